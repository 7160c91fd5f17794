"""An issue's steps, from the command line: approved, scheduled, paused, cancelled, taken down."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.delivery.claim import drop_lease, lease_batch
from app.enums import (
    BatchState,
    InDoubtPolicy,
    IssueState,
)
from app.models import Batch, Edition, Issue, Publication, Story
from tests.claims import open_call
from tests.cli.conftest import Devoured
from tests.cli.samples import CUT_OFF, DIGEST, load
from tests.factories import make_category, make_issue, make_story, make_subscriber


def test_an_issue_goes_from_load_to_schedule_to_cancel(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = load(cli, tmp_path)

    assert cli("approve", issue).out.startswith(f"Issue {issue} is approved.")
    scheduled = cli("schedule", issue, "--at", "now").out
    assert f"Issue {issue} is scheduled" in scheduled
    assert "Readers who chose an hour get it at that hour, the last by" in scheduled
    assert "chose an hour" not in cli("schedule", issue, "--at", "now", "--at-once").out
    assert "draft" in cli("reopen", issue).out
    assert "cancelled" in cli("cancel", issue).out
    assert session.get_one(Issue, int(issue)).state is IssueState.CANCELLED


def test_schedule_takes_an_instant_with_its_offset(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = load(cli, tmp_path)
    cli("approve", issue)
    ran = cli("schedule", issue, "--at", "2199-01-01T07:00+01:00")

    assert "2199-01-01 06:00 UTC" in ran.out
    assert session.get_one(Issue, int(issue)).state is IssueState.SCHEDULED


@pytest.mark.parametrize(
    ("zone", "at", "meant"),
    [
        ("Europe/Vienna", "2199-01-01T07:00", "2199-01-01 06:00 UTC"),
        ("America/New_York", "2199-01-01 07:00", "2199-01-01 12:00 UTC"),
    ],
)
def test_schedule_reads_a_time_without_zone_on_the_publications_clocks_and_says_so(
    cli: Devoured, tmp_path: Path, session: Session, zone: str, at: str, meant: str
) -> None:
    session.get_one(Publication, 1).time_zone = zone
    session.commit()
    (issue,) = load(cli, tmp_path)
    cli("approve", issue)
    ran = cli("schedule", issue, "--at", at)

    assert ran.err == f"“{at}” is taken in {zone}, the publication's time zone: {meant}.\n"
    assert meant in ran.out


@pytest.mark.parametrize(
    "at", ["tomorrow", "0001-01-01T07:00", "2199-03-31T02:30", "2199-10-27T02:30"]
)
def test_schedule_exits_2_when_the_instant_is_none(
    cli: Devoured, tmp_path: Path, session: Session, at: str
) -> None:
    session.get_one(Publication, 1).time_zone = "Europe/Vienna"
    session.commit()
    (issue,) = load(cli, tmp_path)
    ran = cli("schedule", issue, "--at", at)

    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_wrong_step_exits_1_and_says_what_is_possible(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path)
    ran = cli("resume", issue)

    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "Possible: approve and cancel." in ran.err


def test_approve_names_the_incomplete_story(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path, CUT_OFF)
    ran = cli("approve", issue)

    assert ran.code == 2
    assert "“A story without an end”" in ran.err
    assert ran.err.endswith(f"See devoured check {issue}.\n")
    assert "`" not in ran.err
    (dropped,) = load(cli, tmp_path, CUT_OFF, "--drop-incomplete")
    assert cli("approve", dropped).code == 0


def test_no_such_issue_exits_1(cli: Devoured) -> None:
    assert cli("approve", "99").code == 1
    assert cli("progress", "99").code == 1
    assert cli("export", "99").code == 1


def test_issues_lists_them_newest_first(cli: Devoured, tmp_path: Path) -> None:
    assert "no issue yet" in cli("issues").err
    load(cli, tmp_path, DIGEST, "--date", "2026-11-23")
    load(cli, tmp_path, DIGEST, "--date", "2026-11-24")
    ran = cli("issues")

    assert re.findall(r"^ *(\d+) +\d+ +(\S+) +draft", ran.out, re.MULTILINE) == [
        ("2", "2026-11-24"),
        ("1", "2026-11-23"),
    ]
    assert cli("issues", "--state", "sent").out == ""


def test_issue_and_story_are_taken_down_and_put_back(
    cli: Devoured, session: Session, now: datetime
) -> None:
    issue = make_issue(session, state=IssueState.SENT, launched_at=now)
    story = make_story(session, issue, make_category(session))
    session.commit()
    number, of = str(issue.id), ("--story", str(story.id))
    assert cli("take-down", number).out == f"Issue {number} is off the web, without a trace.\n"
    noted = cli("take-down", number, *of, "--note", "We had\nit wrong.")
    assert noted.out == f"Story {story.id} of issue {number} is off the web, with a note.\n"
    session.expire_all()
    assert session.get_one(Issue, issue.id).taken_down_at is not None
    assert session.get_one(Story, story.id).taken_down_note == "We had it wrong."
    assert cli("put-back", number).out == f"Issue {number} is on the web as before.\n"
    assert cli("put-back", number, *of).code == 0
    session.expire_all()
    assert session.get_one(Issue, issue.id).taken_down_at is None
    assert session.get_one(Story, story.id).taken_down_at is None


@pytest.mark.parametrize("note", ["", " ", "x" * 501, "a\x00b"])
def test_take_down_exits_2_when_the_note_cannot_be_shown(
    cli: Devoured, session: Session, now: datetime, note: str
) -> None:
    issue = make_issue(session, state=IssueState.SENT, launched_at=now)
    session.commit()
    assert cli("take-down", str(issue.id), "--note", note).code == 2


def test_draft_is_not_taken_down(cli: Devoured, session: Session) -> None:
    issue = make_issue(session)
    session.commit()
    said = cli("take-down", str(issue.id))
    assert said.code == 1
    assert "not public" in said.err


def test_running_issue_is_paused_resumed_and_cancelled_between_two_calls(
    cli: Devoured, session: Session, sending_issue: Issue
) -> None:
    """A worker asks before each call, so what is said here holds from its next one on."""
    now = system_clock()
    edition_id = session.scalars(select(Edition.id)).one()
    batch = Batch(
        issue_id=sending_issue.id,
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

    number = str(sending_issue.id)
    assert may_open()
    assert cli("pause", number, "--because", "a wrong link").code == 0
    assert not may_open()
    session.refresh(sending_issue)
    assert sending_issue.paused_because == "a wrong link"
    assert cli("resume", number).code == 0
    assert may_open()
    assert cli("cancel", number).code == 0
    assert not may_open()


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
