"""Settling: what is written together becomes stories, and what becomes of stories is shown."""

from collections.abc import Callable
from datetime import datetime

import pytest
from pycrdt import Map, Text, XmlFragment
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.actors import CLI, Actor, ActorKind
from app.content.drafts import StoryDraft
from app.content.limits import MAX_STORIES
from app.editing.settle import settle
from app.editing.store import read_head
from app.issues.arranging import order_stories
from app.issues.dropping import drop_story, restore_story
from app.issues.lifecycle import get_issue
from app.issues.stories import change_story, stories_of
from app.models import AuditEntry, Issue, Story
from app.story_fields import STORY_FIELDS, stored
from tests.editing.writers import Writer, rows_of, settled
from tests.factories import make_story


def entries(session: Session) -> list[tuple[str, str]]:
    return [
        (one.who, one.verb) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    ]


def test_document_says_what_the_stories_say(session: Session, issue: Issue, ada: Writer) -> None:
    assert ada.told() == rows_of(session, issue.id)


def test_nothing_is_settled_when_nothing_was_written(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    assert settle(session, issue.id, now) is False
    assert get_issue(session, issue.id).revision == 1


def test_burst_of_one_person_is_one_revision_and_one_entry(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    for letter in "Typed":
        ada.type("s1", "title", letter, at=None)
        ada.send()
    settled(session, issue, now)
    assert rows_of(session, issue.id)[0]["title"] == "Story number 1Typed"
    assert get_issue(session, issue.id).revision == 2
    assert entries(session) == [("Ada", "change_story")]


def test_each_person_is_named_for_what_they_wrote(
    session: Session, issue: Issue, ada: Writer, bo: Writer, now: datetime
) -> None:
    ada.type("s1", "title", "A 🙂 ", at=0)
    bo.type("s1", "summary", "B ", at=0)
    bo.type("s2", "what", "C ", at=0)
    ada.send()
    bo.send()
    settled(session, issue, now)
    assert sorted(entries(session)) == [
        ("Ada", "change_story"),
        ("Bo", "change_story"),
        ("Bo", "change_story"),
    ]
    first = rows_of(session, issue.id)[0]
    assert first["title"].startswith("A 🙂 Story")
    assert first["summary"].startswith("B One")


def test_change_by_the_api_is_merged_with_what_is_typed(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    change_story(session, CLI, issue.id, 1, {"title": "Story number one 🙂"}, now)
    session.commit()
    ada.type("s1", "title", "First: ", at=0)
    ada.send()
    settled(session, issue, now)
    ada.hear()
    assert ada.text("s1", "title") == "First: Story number one 🙂"
    assert rows_of(session, issue.id)[0]["title"] == "First: Story number one 🙂"
    assert settle(session, issue.id, now) is False


def test_lists_keep_the_entries_that_were_not_changed(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    before = ada.keys("s1", "deep_dive")
    points = ["It began as an experiment.", "New between.", "It is in wide use today."]
    change_story(session, CLI, issue.id, 1, {"deep_dive": points}, now)
    session.commit()
    settled(session, issue, now)
    ada.hear()
    after = ada.keys("s1", "deep_dive")
    assert after[0] == before[0]
    assert len(after) == 3
    assert ada.told()[0]["deep_dive"] == points


def test_stories_come_and_go_and_move_as_the_api_says(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    make_story(session, issue)
    order_stories(session, CLI, issue.id, [4, 3, 2, 1], now)
    drop_story(session, CLI, issue.id, 2, now)
    session.commit()
    settled(session, issue, now)
    ada.hear()
    assert ada.told() == rows_of(session, issue.id)
    assert ada.order() == ["s4", "s3", "s1"]
    ada.type("s2", "title", " kept", at=None)
    ada.send()
    restore_story(session, CLI, issue.id, 2, now)
    session.commit()
    settled(session, issue, now)
    ada.hear()
    assert ada.text("s2", "title") == "Story number 2 kept"
    assert ada.told() == rows_of(session, issue.id)


def test_stories_come_and_go_and_move_as_the_document_says(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.add("new-one", 1.5, {"title": "Written here", "deep_dive": ["One."]}, "devops")
    ada.drop("s2")
    ada.place("s1", 9.0)
    ada.send()
    settled(session, issue, now)
    assert [row["title"] for row in rows_of(session, issue.id)] == [
        "Written here",
        "Story number 3",
        "Story number 1",
    ]
    assert ada.told() == rows_of(session, issue.id)
    ada.drop("s2", is_dropped=False)
    ada.send()
    settled(session, issue, now)
    assert [story.id for story in stories_of(session, issue.id)] == [4, 2, 3, 1]


def test_story_that_was_not_begun_is_neither_stored_nor_a_problem(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.add("new-one", 9.0, {})
    ada.send()
    settled(session, issue, now)
    head = read_head(session, issue.id)
    assert head is not None
    assert not head.problems
    assert not head.is_due
    assert len(rows_of(session, issue.id)) == 3


def test_what_cannot_be_stored_stays_and_is_told_and_keeps_nothing_else_waiting(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.type("s1", "title", "x" * 400, at=0)
    ada.type("s1", "url", "no link ", at=0)
    ada.type("s1", "summary", "Kept. ", at=0)
    ada.set("s1", "category", "nowhere")
    ada.type_entry("s1", "deep_dive", 1, "y" * 2_000)
    ada.send()
    settled(session, issue, now)
    row = rows_of(session, issue.id)[0]
    assert row["title"] == "Story number 1"
    assert row["summary"].startswith("Kept. ")
    head = read_head(session, issue.id)
    assert head is not None
    assert {(one["field"], one["detail"]) for one in head.problems} == {
        ("title", "is 414 characters long; at most 300"),
        ("url", "must be an http or https address"),
        ("deep_dive", "is 2,019 characters long; at most 2,000"),
        ("category", "is no category"),
    }
    told = {one["field"]: one["entry"] for one in head.problems}
    assert told["deep_dive"] == ada.keys("s1", "deep_dive")[1]
    assert told["title"] is None
    change_story(session, CLI, issue.id, 1, {"summary": "Elsewhere.", "url": ""}, now)
    session.commit()
    settled(session, issue, now)
    ada.hear()
    assert len(ada.text("s1", "title")) == 414  # nobody changed it elsewhere
    assert ada.text("s1", "url") == ""
    ada.cut("s1", "title", 0, 400)
    ada.send()
    settled(session, issue, now)
    head = read_head(session, issue.id)
    assert head is not None
    assert {one["field"] for one in head.problems} == {"deep_dive", "category"}


@pytest.mark.parametrize("broken", [7, "text", [1], Text("text"), Map({"title": 3})])
def test_document_of_another_shape_hurts_no_story(
    session: Session, issue: Issue, ada: Writer, now: datetime, broken: object
) -> None:
    before = rows_of(session, issue.id)[1:]
    ada.stories["bad key \x00"] = Map({"title": Text("no")})
    ada.stories["s1"]["deep_dive"] = broken if not isinstance(broken, Text | Map) else 5
    ada.stories["other"] = broken
    ada.type("s1", "what", "\x00", at=0)
    ada.send()
    settled(session, issue, now)
    assert rows_of(session, issue.id)[1:] == before
    head = read_head(session, issue.id)
    assert head is not None
    assert [one["field"] for one in head.problems if one["story"] == "s1"] == ["what"]


def test_key_and_person_are_told_apart(session: Session, issue: Issue, now: datetime) -> None:
    robot = Writer(session, issue.id, Actor(ActorKind.KEY, "robot", 5), now).joined()
    robot.type("s1", "title", "R ", at=0)
    robot.send()
    settled(session, issue, now)
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.who_kind, entry.who, entry.who_id) == (ActorKind.KEY, "robot", 5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: 7,
        lambda: [1],
        lambda: {"a": {"text": "x", "term": "y", "place": 1}},
        lambda: Text("text"),
        lambda: Map({"a": 5, "b": Map({"text": 5, "place": "x"})}),
        XmlFragment,
    ],
    ids=["number", "list", "json", "text", "map", "xml"],
)
@pytest.mark.parametrize("at", ["story", "fields"])
def test_api_changes_what_somebody_gave_another_shape(
    session: Session,
    issue: Issue,
    ada: Writer,
    now: datetime,
    make: Callable[[], object],
    at: str,
) -> None:
    if at == "story":
        ada.stories["s1"] = make()
    else:
        for name in (
            *(one.name for one in STORY_FIELDS if one.name != "title"),
            "place",
            "dropped",
        ):
            ada.stories["s1"][name] = make()
    ada.send()
    settled(session, issue, now)
    changes = {"title": "By the API", "what": "New.", "deep_dive": ["One.", "Two."]}
    if at == "fields":
        change_story(session, CLI, issue.id, 1, changes, now)
    change_story(session, CLI, issue.id, 2, changes, now)
    session.commit()
    for _ in range(2):
        settled(session, issue, now)
    ada.hear()
    told = {row["title"]: row for row in rows_of(session, issue.id)}
    assert told["By the API"]["deep_dive"] == ["One.", "Two."]
    assert ada.text("s2", "title") == "By the API"
    if at == "fields":
        assert ada.text("s1", "what") == "New."
        head = read_head(session, issue.id)
        assert head is not None
        assert not head.is_due


def test_story_that_has_no_room_any_more_is_told_and_keeps_no_other_from_being_stored(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.drop("s3")
    ada.send()
    settled(session, issue, now)
    empty = stored(StoryDraft()) | {"issue_id": issue.id, "title": "More", "minutes": None}
    del empty["category"]
    more = [empty | {"position": n} for n in range(3, MAX_STORIES + 1)]
    session.execute(insert(Story), more)
    session.commit()
    ada.drop("s3", is_dropped=False)
    ada.type("s1", "title", "On ", at=0)
    ada.send()
    settled(session, issue, now)
    assert problems(session, issue) == [
        ("s3", f"With 1 more, issue 1 has more than {MAX_STORIES} stories: drop one first.")
    ]
    assert rows_of(session, issue.id)[0]["title"] == "On Story number 1"
    drop_story(session, CLI, issue.id, 2, now)
    session.commit()
    settled(session, issue, now)
    assert problems(session, issue) == []
    assert session.get(Story, 3) is not None


def problems(session: Session, issue: Issue) -> list[tuple[str, str]]:
    head = read_head(session, issue.id)
    assert head is not None
    return [(one["story"], one["detail"]) for one in head.problems]
