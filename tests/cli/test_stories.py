"""`devoured stories`, `correct` and `--if-version`."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.launch import launch
from app.enums import IssueState
from app.models import Correction, Issue, Story
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story

_NOTE = ("--note", "We had the figure wrong.")


Ids = tuple[str, str]


@pytest.fixture
def running(session: Session, now: datetime) -> Ids:
    """Return the ids of a launched issue and its story, as a person types them."""
    issue = make_issue(session, state=IssueState.SCHEDULED)
    story = make_story(session, issue, make_category(session))
    launch(session, issue, now)
    session.commit()
    return str(issue.id), str(story.id)


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


def test_story_is_corrected_and_listed(cli: Devoured, session: Session, running: Ids) -> None:
    ran = cli("correct", *running, *_NOTE, "--set", "why-it-matters=It saves a minute.")
    assert (ran.code, ran.err) == (0, "")
    assert "is at revision 2" in ran.out
    story = session.get_one(Story, int(running[1]), populate_existing=True)
    assert story.why_it_matters == "It saves a minute."
    assert "We had the figure wrong." in cli("corrections", running[0]).out


def test_entries_of_deep_dive_and_decoder_are_all_said_anew(
    cli: Devoured, session: Session, running: Ids
) -> None:
    changes = (
        *("--set", "deep-dive=One = two.", "--set", "deep_dive=Another."),
        *("--set", "decoder=Latency: how long it takes: all of it"),
    )
    assert cli("correct", *running, *_NOTE, *changes).code == 0
    story = session.get_one(Story, int(running[1]), populate_existing=True)
    assert story.deep_dive == ["One = two.", "Another."]
    assert story.decoder == [{"term": "Latency", "definition": "how long it takes: all of it"}]
    assert cli("correct", *running, *_NOTE, "--set", "deep_dive=", "--set", "decoder=").code == 0
    session.refresh(story)
    assert (story.deep_dive, story.decoder) == ([], [])


def test_article_is_read_from_a_file(
    cli: Devoured, session: Session, running: Ids, tmp_path: Path
) -> None:
    file = tmp_path / "article.txt"
    file.write_text("Another beginning.\n\nAnd an end.", encoding="utf-8")
    assert cli("correct", *running, *_NOTE, "--article", str(file)).code == 0
    story = session.get_one(Story, int(running[1]), populate_existing=True)
    assert story.article == "Another beginning.\n\nAnd an end."
    file.write_bytes(b"\xff")
    for source in (str(file), str(tmp_path / "none.txt")):
        assert cli("correct", *running, *_NOTE, "--article", source).code == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((), "Say what to correct"),
        (("--set", "what=x", "--set", "what=y"), "The what is said twice."),
        (("--set", "article=x", "--article", "-"), "The article is said twice."),
        (("--set", "decoder=Latency"), "Term: what it means"),
        (("--set", "decoder=: nothing"), "Term: what it means"),
    ],
)
def test_nothing_is_changed_when_it_is_not_clear_what_to(
    cli: Devoured, session: Session, running: Ids, changes: tuple[str, ...], says: str
) -> None:
    ran = cli("correct", *running, *_NOTE, *changes)
    assert ran.code == 2
    assert says in ran.err
    assert session.scalars(select(Correction)).all() == []


@pytest.mark.parametrize("change", ["what", "category=x", "=x"])
def test_nothing_is_changed_when_a_field_is_none(
    cli: Devoured, session: Session, running: Ids, change: str
) -> None:
    ran = cli("correct", *running, *_NOTE, "--set", change)
    assert ran.code == 2
    assert "should be FIELD=TEXT" in ran.err
    assert session.scalars(select(Correction)).all() == []


def test_mail_is_refused_in_a_sentence_when_nobody_got_it_wrong(
    cli: Devoured, session: Session, running: Ids
) -> None:
    cli("correct", *running, *_NOTE, "--set", "what=It is twice as fast.")
    ran = cli("correction-mail", running[0], "1")
    assert ran.code != 0
    assert "Nobody who can be written to" in ran.err
    assert len(session.scalars(select(Issue)).all()) == 1


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
    assert "Since then: Command line put stories in another order. Read it again." in refused.err
    assert cli("cancel", "1").code == 0
