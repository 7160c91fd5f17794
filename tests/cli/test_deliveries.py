"""Who got an issue, and what becomes of readers in doubt, from the command line."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.delivery.account import pause_account
from app.delivery.launch import launch
from app.enums import (
    DeliveryState,
    EditionState,
    IssueState,
)
from app.models import Batch, Delivery, Edition, Issue, Resend
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story, make_subscriber


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make an issue of three readers, of whom the first has it; a fourth follows nothing of it."""
    now = datetime.fromisoformat("2026-11-23T06:00Z")
    ai = make_category(session, "ai")
    issue = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
    make_story(session, issue, ai)
    for name in ("ada", "bob", "cy"):
        make_subscriber(session, f"{name}@example.com", follows=ai.mask)
    make_subscriber(session, "dora@example.com", follows=0)
    launch(session, issue, now)
    issue.rendered_at = now
    edition = session.scalars(select(Edition)).one()
    edition.state = EditionState.RENDERED
    batch = session.scalars(select(Batch)).one()
    batch.n_taken = 1
    session.add(
        Delivery(
            issue_id=issue.id,
            subscriber_id=batch.subscriber_ids[0],
            edition_id=edition.id,
            state=DeliveryState.ACCEPTED,
            attempt=1,
            at=now,
        )
    )
    session.commit()
    return issue


def _states(session: Session) -> list[str]:
    session.expire_all()
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id))
    return [row.state.value for row in rows]


def test_deliveries_are_listed_narrowed_and_written_as_csv(cli: Devoured, issue: Issue) -> None:
    number = str(issue.id)
    ran = cli("deliveries", number, "--limit", "2")
    lines = ran.out.splitlines()[1:]
    assert [line.split()[1:3] for line in lines] == [
        ["ada@example.com", "accepted"],
        ["bob@example.com", "queued"],
    ]
    assert ran.err.startswith("There are more: --after ")
    queued = cli("deliveries", number, "--state", "queued").out
    assert len(queued.splitlines()) == 3
    assert "cy@example.com" in cli("deliveries", number, "--reader", "cy@example.com").out
    assert cli("deliveries", number, "--state", "bounced").err == "Nobody.\n"
    written = cli("deliveries", number, "--csv").out.splitlines()
    assert written[0].startswith("subscriber_id,address,edition_id,state,")
    assert len(written) == 4
    assert cli("deliveries", "99").code == 1
    assert cli("deliveries", number, "--state", "gone").code == 2


def test_reader_issue_says_what_they_got_or_why_not(cli: Devoured, issue: Issue) -> None:
    number = str(issue.id)
    told = cli("reader-issue", number, "ada@example.com").out
    taken = "The provider took it on 2026-11-23 06:00 UTC, and no event has told more."
    assert told == f"has: {taken}\n"
    told = cli("reader-issue", number, "dora@example.com").out
    assert told == "nothing: They followed none of its categories when it was launched.\n"
    assert cli("reader-issue", number, "no@example.com").code == 1


def test_resend_is_refused_with_what_is_known_unless_again_is_said(
    cli: Devoured, session: Session, issue: Issue
) -> None:
    number = str(issue.id)
    refused = cli("resend", number, "ada@example.com")
    assert refused.code == 1
    assert "The provider took it on 2026-11-23 06:00 UTC" in refused.err
    assert "--again" in refused.err
    ran = cli("resend", number, "ada@example.com", "--again")
    assert (ran.code, ran.out) == (0, "waits: It is their turn: a worker takes them next.\n")
    assert [one.asked_by for one in session.scalars(select(Resend))] == ["cli"]
    told = cli("reader-issue", number, "ada@example.com").err
    assert "asked by cli; accepted until then" in told


def test_paused_account_is_the_reason_in_progress_and_listing(
    cli: Devoured, session: Session, issue: Issue, now: datetime
) -> None:
    pause_account(session, SYSTEM, "the domain is being moved", now)
    session.commit()
    why = "The account is paused: the domain is being moved."
    for arguments in (("progress", str(issue.id)), ("issues",)):
        ran = cli(*arguments)
        assert why in ran.out
        assert "devoured account resume" in ran.err
    told = cli("reader-issue", str(issue.id), "bob@example.com")
    assert (told.out, "devoured account resume" in told.err) == (f"waits: {why}\n", True)


def test_doubts_are_listed_and_say_when_there_are_more(cli: Devoured, sending_issue: Issue) -> None:
    ran = cli("doubts", str(sending_issue.id), "--limit", "2")

    assert (ran.code, ran.err) == (0, "There are more: --after 2\n")
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == ["1", "2"]
    assert "worker_lost" in ran.out
    assert "3" in cli("doubts", str(sending_issue.id), "--after", "2").out


@pytest.mark.parametrize(
    ("choice", "state"), [("resend", "queued"), ("sent", "accepted"), ("give-up", "failed")]
)
def test_decide_settles_those_who_are_named_and_then_the_rest(
    cli: Devoured, session: Session, sending_issue: Issue, choice: str, state: str
) -> None:
    some = cli("decide", str(sending_issue.id), choice, "--subscriber", "1", "--subscriber", "3")
    assert (some.code, some.out.startswith("2 readers ")) == (0, True)
    assert _states(session) == [state, "in_doubt", state, "accepted"]
    assert cli("decide", str(sending_issue.id), choice).out.startswith("1 reader ")
    assert cli("doubts", str(sending_issue.id)).err == "Nobody is in doubt.\n"


def test_decide_exits_when_it_cannot(cli: Devoured, sending_issue: Issue) -> None:
    assert cli("decide", str(sending_issue.id), "maybe").code == 2
    assert cli("decide", "99", "sent").code == 1
    assert cli("doubts", "99").code == 1
    assert cli("decide", str(sending_issue.id), "sent", "--subscriber", "0").code == 2
