"""Who got an issue, from the command line."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.account import pause_account
from app.delivery.launch import launch
from app.enums import DeliveryState, EditionState, IssueState
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
    cli: Devoured, session: Session, issue: Issue
) -> None:
    pause_account(session, "the domain is being moved")
    session.commit()
    why = "The account is paused: the domain is being moved."
    for arguments in (("progress", str(issue.id)), ("issues",)):
        ran = cli(*arguments)
        assert why in ran.out
        assert "devoured account resume" in ran.err
    told = cli("reader-issue", str(issue.id), "bob@example.com")
    assert (told.out, "devoured account resume" in told.err) == (f"waits: {why}\n", True)
