"""Doubts decided, the account paused and issues sent with options, from the command line."""

from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.delivery.claim import drop_lease, lease_batch, open_call
from app.delivery.pace import Pace
from app.delivery.partitions import ensure_partition
from app.enums import (
    BatchState,
    CallState,
    DeliveryState,
    Depth,
    EditionState,
    InDoubtPolicy,
    IssueState,
)
from app.models import Account, Batch, Call, Delivery, Edition, Issue, Publication
from app.transports.base import Quota, TransportError
from tests.cli.conftest import Devoured
from tests.factories import make_issue, make_subscriber


@pytest.fixture
def issue(session: Session, now: datetime) -> Issue:
    """Make a sending issue of four readers, of whom three are in doubt."""
    issue = make_issue(session, state=IssueState.SENDING, n_due=4, launched_at=now, rendered_at=now)
    ensure_partition(session, issue.id)
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        subject="Subject",
        html="<p>Text</p>",
        text="Text",
        n_readers=4,
    )
    session.add(edition)
    session.flush()
    for reader in range(1, 5):
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=reader,
                edition_id=edition.id,
                call_id=1,
                state=DeliveryState.IN_DOUBT if reader < 4 else DeliveryState.ACCEPTED,
                attempt=1,
                reason="worker_lost",
                at=now,
            )
        )
    session.commit()
    return issue


def _states(session: Session) -> list[str]:
    session.expire_all()
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id))
    return [row.state.value for row in rows]


def test_doubts_are_listed_and_say_when_there_are_more(cli: Devoured, issue: Issue) -> None:
    ran = cli("doubts", str(issue.id), "--limit", "2")

    assert (ran.code, ran.err) == (0, "There are more: --after 2\n")
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == ["1", "2"]
    assert "worker_lost" in ran.out
    assert "3" in cli("doubts", str(issue.id), "--after", "2").out


@pytest.mark.parametrize(
    ("choice", "state"), [("resend", "queued"), ("sent", "accepted"), ("give-up", "failed")]
)
def test_decide_settles_those_who_are_named_and_then_the_rest(
    cli: Devoured, session: Session, issue: Issue, choice: str, state: str
) -> None:
    some = cli("decide", str(issue.id), choice, "--subscriber", "1", "--subscriber", "3")
    assert (some.code, some.out.startswith("2 readers ")) == (0, True)
    assert _states(session) == [state, "in_doubt", state, "accepted"]
    assert cli("decide", str(issue.id), choice).out.startswith("1 reader ")
    assert cli("doubts", str(issue.id)).err == "Nobody is in doubt.\n"


def test_decide_exits_when_it_cannot(cli: Devoured, issue: Issue) -> None:
    assert cli("decide", str(issue.id), "maybe").code == 2
    assert cli("decide", "99", "sent").code == 1
    assert cli("doubts", "99").code == 1
    assert cli("decide", str(issue.id), "sent", "--subscriber", "0").code == 2


def test_running_issue_is_paused_resumed_and_cancelled_between_two_calls(
    cli: Devoured, session: Session, issue: Issue
) -> None:
    """A worker asks before each call, so what is said here holds from its next one on."""
    now = system_clock()
    edition_id = session.scalars(select(Edition.id)).one()
    batch = Batch(
        issue_id=issue.id,
        edition_id=edition_id,
        subscriber_ids=[make_subscriber(session).id for _ in range(60)],
        n_readers=60,
        state=BatchState.QUEUED,
        n_taken=0,
        tries=0,
        lease_number=0,
    )
    session.add(batch)
    session.commit()

    def may_open() -> bool:
        session.rollback()
        lease = lease_batch(session, "one", now)
        is_open = lease is not None and open_call(session, lease, 10, now) is not None
        if lease is not None:
            drop_lease(session, lease)
        session.commit()
        return is_open

    number = str(issue.id)
    assert may_open()
    assert cli("pause", number, "--because", "a wrong link").code == 0
    assert not may_open()
    session.refresh(issue)
    assert issue.paused_because == "a wrong link"
    assert cli("resume", number).code == 0
    assert may_open()
    assert cli("cancel", number).code == 0
    assert not may_open()


def test_account_is_shown_paused_and_resumed(cli: Devoured, session: Session) -> None:
    assert cli("account").out == "The account sends.\n"
    paused = cli("account", "pause", "--because", "the domain is being moved")
    said = "The account is paused until you resume it: the domain is being moved\n"
    assert (paused.code, paused.out, cli("account").out) == (0, said, said)
    assert session.get_one(Account, 1).paused_because == "the domain is being moved"
    assert cli("account", "resume").out == "The account sends.\n"
    later = cli("account", "pause", "--until", "2199-01-01T00:00Z").out
    assert later == "The account is paused until 2199-01-01 00:00 UTC: paused by hand\n"


def test_account_says_a_large_rate_in_full(cli: Devoured, valkey_url: str) -> None:
    with Redis.from_url(valkey_url) as valkey:
        Pace(valkey, lambda: Quota(1e7, None), max_rate=0).take(1)
    assert "keep to 9,000,000 recipients a second." in cli("account").out


def test_account_says_what_permission_is_missing(cli: Devoured, valkey_url: str) -> None:
    def fetch() -> Quota:
        raise TransportError("The credentials lack the IAM action ses:GetAccount.", is_final=True)

    with Redis.from_url(valkey_url) as valkey:
        Pace(valkey, fetch, max_rate=10).take(1)
    assert cli("account").out == (
        "The account sends.\n"
        "The workers keep to 10 recipients a second.\n"
        "The provider's quota is not known: The credentials lack the IAM action ses:GetAccount."
        " Until it is, DEVOURED_MAX_RATE is the rate, or 1 a second where that is not set.\n"
    )


@pytest.mark.parametrize("until", ["2000-01-01T00:00Z", "2000-01-01T00:00", "tomorrow"])
def test_account_pause_exits_2_when_its_end_cannot_be(cli: Devoured, until: str) -> None:
    assert cli("account", "pause", "--until", until).code == 2
    assert cli("account").out == "The account sends.\n"


def test_schedule_says_how_the_issue_goes_out(cli: Devoured, session: Session) -> None:
    issue = make_issue(session, state=IssueState.APPROVED)
    session.commit()
    ran = cli(
        *("schedule", str(issue.id), "--at", "2199-01-01T06:00Z"),
        *("--not-after", "2199-01-01T07:00Z", "--canary", "10", "--in-doubt", "resend"),
    )

    assert ran.code == 0, ran.err
    session.refresh(issue)
    assert (issue.canary_percent, issue.in_doubt_policy) == (10, InDoubtPolicy.RESEND)
    assert str(issue.send_not_after) == "2199-01-01 07:00:00+00:00"
    assert cli("schedule", str(issue.id), "--at-local-hours").code == 2
    too_many = cli("schedule", str(issue.id), "--canary", "51")
    assert (too_many.code, ". See devoured schedule --help." in too_many.err) == (2, True)


def test_schedule_exits_2_when_its_time_is_a_day_alone(cli: Devoured, session: Session) -> None:
    """Its midnight is often gone by, and an issue whose time is gone by goes out at once."""
    issue = make_issue(session, state=IssueState.APPROVED)
    session.commit()

    ran = cli("schedule", str(issue.id), "--at", "2025-11-28")

    assert (ran.code, ran.err) == (
        2,
        "devoured: “2025-11-28” is a day; say an hour too, as 2025-11-28T07:00.\n",
    )
    session.refresh(issue)
    assert issue.state is IssueState.APPROVED


def test_publication_set_changes_the_brakes(cli: Devoured, session: Session) -> None:
    ran = cli("publication", "set", "--brake-after", "100", "--bounce-limit", "0.1")

    assert ran.code == 0
    session.expire_all()
    row = session.get_one(Publication, 1)
    assert (row.brake_after, row.bounce_limit, row.complaint_limit) == (100, 0.1, 0.003)
    assert "10.00% bounces or 0.30% complaints after 100 readers" in ran.out
    assert cli("publication", "set", "--bounce-limit", "1.1").code == 2


def test_publication_set_changes_what_suppresses_softly(cli: Devoured, session: Session) -> None:
    assert "5 soft bounces within 30 days" in cli("publication", "show").out
    ran = cli("publication", "set", "--soft-bounces", "1", "--soft-bounce-days", "14")

    assert ran.code == 0
    assert "1 soft bounce within 14 days" in ran.out
    session.expire_all()
    row = session.get_one(Publication, 1)
    assert (row.soft_bounce_limit, row.soft_bounce_days) == (1, 14)
    for option, value in (("--soft-bounces", "0"), ("--soft-bounce-days", "366")):
        assert cli("publication", "set", option, value).code == 2


def test_progress_says_how_fast_it_goes_and_how_long_it_takes(
    cli: Devoured, session: Session, issue: Issue
) -> None:
    issue.n_due = 1_000_000
    batch = Batch(
        issue_id=issue.id,
        edition_id=session.scalars(select(Edition.id)).one(),
        subscriber_ids=[],
        n_readers=0,
        state=BatchState.DONE,
        n_taken=4,
        tries=0,
        lease_number=1,
    )
    session.add(batch)
    session.flush()
    at = system_clock()
    issue.rendered_at = at - timedelta(minutes=2)
    session.add(
        Call(
            batch_id=batch.id,
            subscriber_ids=[1, 2, 3, 4],
            state=CallState.CLOSED,
            attempt=1,
            worker="one",
            opened_at=at,
            closed_at=at,
        )
    )
    session.commit()
    assert " a second, " in cli("progress", str(issue.id)).out
