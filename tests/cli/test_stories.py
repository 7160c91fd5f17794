"""`devoured stories`, `--if-version` and `devoured audit`."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Issue, Story
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make a draft with three stories, number 1 to 3."""
    made = make_issue(session)
    ai = make_category(session)
    make_category(session, "devops")
    for _ in range(3):
        make_story(session, made, ai)
    session.commit()
    return made


def _order(session: Session) -> list[int]:
    session.expire_all()
    return list(session.scalars(select(Story.id).order_by(Story.position)))


def test_stories_are_ordered_moved_dropped_and_restored(
    cli: Devoured, session: Session, issue: Issue
) -> None:
    number = str(issue.id)
    assert cli("stories", "order", number, "3", "1", "2").code == 0
    assert _order(session) == [3, 1, 2]
    moved = cli("stories", "move", number, "2", "1", "--category", "devops", "--to", "1")
    assert (moved.code, moved.out) == (0, f"2 stories of issue {number} moved.\n")
    assert _order(session) == [2, 1, 3]
    dropped = cli("stories", "drop", number, "1").out
    assert dropped.endswith(f"Back with: devoured stories restore {number} 1\n")
    listed = cli("stories", "list", number)
    assert "Story 1 was dropped at 2" in listed.out
    assert "devops" in listed.out
    assert cli("stories", "restore", number, "1").out.endswith("in place 2.\n")
    assert _order(session) == [2, 1, 3]
    assert cli("stories", "move", number, "2", "--category", "none").code == 0


def test_stories_exit_2_when_a_number_is_none_of_the_issue(
    cli: Devoured, session: Session, issue: Issue
) -> None:
    said = cli("stories", "order", str(issue.id), "1", "9")
    assert (said.code, "issue 1 has no story 9" in said.err) == (2, True)
    assert cli("stories", "move", str(issue.id), "1").code == 2
    assert cli("stories", "move", str(issue.id), "1", "--category", "x").code == 1


def test_command_with_a_version_is_refused_when_somebody_was_quicker(
    cli: Devoured, session: Session, issue: Issue
) -> None:
    read = str(issue.version)
    assert read in cli("issues").out
    assert cli("stories", "order", "1", "2", "1", "--if-version", read).code == 0
    refused = cli("approve", "1", "--if-version", read)
    assert refused.code == 1
    assert "Since then cli did order_stories of issue 1. Read it again." in refused.err
    assert cli("cancel", "1").code == 0


def test_digest_is_loaded_into_a_draft(
    cli: Devoured, session: Session, issue: Issue, tmp_path: Path
) -> None:
    story = {"category": "Ai", "summary": "S.", "what": "W.", "why_it_matters": "Y."}
    titles = ("Story number 2", "Another")
    file = tmp_path / "more.json"
    file.write_text(json.dumps({"stories": [{"title": one, **story} for one in titles]}))
    replaced = cli("load-into", "1", str(file), "--mode", "replace")
    assert (replaced.code, replaced.out) == (0, "Issue 1: 1 story added, 1 replaced.\n")
    assert session.get_one(Story, 2, populate_existing=True).what == "W."
    assert cli("load-into", "1", str(file)).out == "Issue 1: 2 stories added, 0 replaced.\n"
    twice = cli("load-into", "1", str(file), "--mode", "replace")
    assert (twice.code, "“Another” is the title of stories 4 and" in twice.err) == (2, True)


def test_audit_says_who_did_what(cli: Devoured, session: Session, issue: Issue) -> None:
    assert cli("audit").err == "Nothing was changed.\n"
    cli("stories", "move", "1", "2", "--category", "devops")
    cli("cancel", "1")
    told = cli("audit", "--issue", "1").out
    assert [word in told for word in ("cli", "cancel", "move_stories", "story 2", "→")] == [
        True
    ] * 5
    assert 'state: "draft" → "cancelled"' in told
    assert "move_stories" not in cli("audit", "--verb", "cancel").out
    assert cli("audit", "--who", "nobody").err == "Nothing was changed.\n"
    assert cli("audit", "--since", "now").out == ""
    assert cli("audit", "--since", "yesterday").code == 2
