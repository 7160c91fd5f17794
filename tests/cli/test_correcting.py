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
