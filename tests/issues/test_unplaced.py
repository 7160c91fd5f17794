"""Lines that no field took: kept with their issue, blocking it, until dropped or placed."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.parse import Form, parse
from app.content.placing import PlaceField
from app.enums import IssueState
from app.errors import ChecksFailed, InvalidInput, NotFound, WrongState
from app.issues.approval import approve_checked
from app.issues.checks.check import check
from app.issues.export import export
from app.issues.load import load
from app.issues.stories import drafts_of, stories_of
from app.issues.unplaced import drop_unplaced, place_unplaced, unplaced_of
from app.models import Issue
from app.story_fields import Term
from tests.issues.conftest import LOOKS

STORY = StoryDraft(
    title="One",
    category="AI",
    url="https://example.org/one",
    summary="S.",
    what="W.",
    why_it_matters="Y.",
)
LINES = (
    Unplaced(3, "Hello", "it stands before the first story"),
    Unplaced(9, "  • A point: of two", "a point outside a list", "One"),
)


def loaded(session: Session, now: datetime, *lines: Unplaced, **options: Any) -> Issue:
    digest = Digest((STORY,), unplaced=lines or LINES)
    return load(session, CLI, digest, issued_on=now.date(), now=now, **options).issues[0]


def test_lines_are_kept_as_they_were_found_when_a_digest_is_loaded(
    session: Session, now: datetime
) -> None:
    issue = loaded(session, now)
    kept = [Unplaced(r.line, r.text, r.reason, r.after) for r in unplaced_of(session, issue.id)]
    assert tuple(kept) == LINES


def test_each_line_blocks_until_it_is_dropped(session: Session, now: datetime) -> None:
    issue = loaded(session, now)
    for left in (2, 1, 0):
        found = [
            f for f in check(session, issue.id, LOOKS, now).blocking if f.code == "unplaced_line"
        ]
        assert len(found) == left
        if found:
            with pytest.raises(ChecksFailed):
                approve_checked(session, CLI, issue.id, LOOKS, now)
            revision = issue.revision
            first = unplaced_of(session, issue.id)[0].id
            assert found[0].place.pointer == f"/unplaced/{first}"
            assert drop_unplaced(session, CLI, issue.id, first, now) == 1
            assert issue.revision == revision + 1


def test_all_lines_go_at_once_when_asked(session: Session, now: datetime) -> None:
    issue = loaded(session, now)
    assert drop_unplaced(session, CLI, issue.id, None, now) == 2
    assert unplaced_of(session, issue.id) == []
    assert drop_unplaced(session, CLI, issue.id, None, now) == 0


def test_the_first_lines_are_found_and_the_others_counted_when_there_are_many(
    session: Session, now: datetime
) -> None:
    issue = loaded(session, now, *(Unplaced(n, f"line {n}", "r") for n in range(1, 101)))
    found = [f for f in check(session, issue.id, LOOKS, now).blocking if f.code == "unplaced_line"]
    assert len(found) == 21
    assert found[-1].detail == "80 more lines found no place."
    assert found[0].detail == "Line 1 found no place, “line 1”: r."


@pytest.mark.parametrize(
    ("field", "line", "changed"),
    [
        (PlaceField.SUMMARY, "Hello.", {"summary": "S. Hello."}),
        (PlaceField.WHAT, "What: more.", {"what": "W. more."}),
        (PlaceField.WHAT, "Takeaway: more.", {"what": "W. Takeaway: more."}),
        (PlaceField.TAKEAWAY, "- more.", {"takeaway": "more."}),
        (PlaceField.DEEP_DIVE, "  • more", {"deep_dive": ("more",)}),
        (
            PlaceField.DECODER,
            "  • Term: what it means",
            {"decoder": (Term("Term", "what it means"),)},
        ),
        (PlaceField.ARTICLE, "    indented", {"article": "    indented"}),
    ],
)
def test_line_stands_at_the_end_of_the_field_when_placed(
    session: Session, now: datetime, field: PlaceField, line: str, changed: dict[str, object]
) -> None:
    issue = loaded(session, now, Unplaced(1, line, "r"))
    (row,) = unplaced_of(session, issue.id)
    (story,) = stories_of(session, issue.id)
    place_unplaced(session, CLI, issue.id, row.id, field, story.id, now)
    assert drafts_of(session, issue.id) == (StoryDraft(**{**vars(STORY), **changed}),)
    assert unplaced_of(session, issue.id) == []


def test_line_begins_a_story_when_placed_as_a_title(session: Session, now: datetime) -> None:
    issue = loaded(session, now, Unplaced(1, "Two (5 minute read)", "r"))
    (row,) = unplaced_of(session, issue.id)
    story = place_unplaced(session, CLI, issue.id, row.id, PlaceField.TITLE, None, now)
    assert (story.title, story.label, story.minutes, story.position) == (
        "Two",
        "5 minute read",
        5,
        2,
    )


@pytest.mark.parametrize(
    ("field", "line", "of", "pointer"),
    [
        (PlaceField.TITLE, "Two", "the story", "/story_id"),
        (PlaceField.WHAT, "more", "nothing", "/story_id"),
        (PlaceField.URL, "https://example.org/two", "the story", "/field"),
        (PlaceField.TAKEAWAY, "Takeaway:", "the story", "/field"),
        (PlaceField.WHAT, "x" * 4_001, "the story", "/what"),
    ],
)
def test_nothing_changes_when_a_line_does_not_fit(
    session: Session, now: datetime, field: PlaceField, line: str, of: str, pointer: str
) -> None:
    issue = loaded(session, now, Unplaced(1, line, "r"))
    (row,) = unplaced_of(session, issue.id)
    (story,) = stories_of(session, issue.id)
    story_id = story.id if of == "the story" else None
    with pytest.raises(InvalidInput) as refused:
        place_unplaced(session, CLI, issue.id, row.id, field, story_id, now)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert drafts_of(session, issue.id) == (STORY,)
    assert len(unplaced_of(session, issue.id)) == 1


def test_only_the_lines_of_a_draft_are_touched(session: Session, now: datetime) -> None:
    issue, other = loaded(session, now), loaded(session, now)
    strange = unplaced_of(session, other.id)[0].id
    with pytest.raises(NotFound):
        drop_unplaced(session, CLI, issue.id, strange, now)
    issue.state = IssueState.CANCELLED
    session.flush()
    with pytest.raises(WrongState):
        drop_unplaced(session, CLI, issue.id, None, now)
    assert len(unplaced_of(session, other.id)) == 2


def test_lines_go_to_the_issue_of_their_story_when_a_digest_is_split(
    session: Session, now: datetime
) -> None:
    stories = (STORY, StoryDraft(**{**vars(STORY), "title": "Two", "category": "Ops"}))
    lines = (Unplaced(1, "a", "r"), Unplaced(5, "b", "r", "One"), Unplaced(9, "c", "r", "Two"))
    digest = Digest(stories, unplaced=lines)
    issues = load(
        session, CLI, digest, issued_on=now.date(), now=now, split_by_category=True
    ).issues
    assert [[row.text for row in unplaced_of(session, i.id)] for i in issues] == [["a", "b"], ["c"]]


def test_lines_go_with_their_story_when_it_is_dropped_as_incomplete(
    session: Session, now: datetime
) -> None:
    lines = (*LINES, Unplaced(20, "Summary", "a mark with nothing after it", "Cut"))
    digest = Digest((STORY, StoryDraft("Cut")), unplaced=lines)
    issue = load(session, CLI, digest, issued_on=now.date(), now=now, drop_incomplete=True).issues[
        0
    ]
    assert [row.line for row in unplaced_of(session, issue.id)] == [3, 9]


def test_export_as_json_keeps_the_lines_when_loaded_again(session: Session, now: datetime) -> None:
    issue = loaded(session, now)
    digest = parse(export(session, issue.id, Form.JSON).encode())
    assert digest.unplaced == LINES
    again = load(session, CLI, digest, issued_on=now.date(), now=now).issues[0]
    assert [row.text for row in unplaced_of(session, again.id)] == [item.text for item in LINES]


def test_nothing_is_kept_when_the_load_is_refused(session: Session, now: datetime) -> None:
    digest = Digest((StoryDraft("Cut"),), unplaced=LINES)
    with pytest.raises(InvalidInput):
        load(session, CLI, digest, issued_on=now.date(), now=now, drop_incomplete=True)
    assert session.scalars(select(Issue)).all() == []
