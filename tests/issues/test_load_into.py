"""A digest into a draft that is there: added behind it, or into the stories of its titles."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.limits import MAX_STORIES
from app.enums import IssueState
from app.errors import InvalidInput, Stale, WrongState
from app.issues.load import load
from app.issues.load_into import LoadedInto, Mode, load_into
from app.issues.stories import stories_of
from app.issues.unplaced import unplaced_of
from app.models import Issue
from tests.factories import make_story

ONE = StoryDraft("One", category="AI", summary="S.", what="W.", why_it_matters="Y.")
TWO = replace(ONE, title="Two")


@pytest.fixture
def draft(session: Session, now: datetime) -> Issue:
    """Make a draft with the stories One and Two."""
    return load(session, CLI, Digest((ONE, TWO)), issued_on=now.date(), now=now).issues[0]


def _into(
    session: Session, draft: Issue, now: datetime, mode: Mode, *stories: StoryDraft
) -> LoadedInto:
    return load_into(session, CLI, draft.id, Digest(stories), mode, now)


def _titles(session: Session, issue: Issue) -> list[str]:
    return [story.title for story in stories_of(session, issue.id)]


def test_stories_are_added_behind_those_that_are_there(
    session: Session, draft: Issue, now: datetime
) -> None:
    made = _into(session, draft, now, Mode.ADD, replace(ONE, title="Three"), ONE)
    assert _titles(session, draft) == ["One", "Two", "Three", "One"]
    assert (len(made.added), made.replaced, draft.revision) == (2, (), 2)


def test_story_of_the_same_title_is_replaced_in_its_place(
    session: Session, draft: Issue, now: datetime
) -> None:
    first, second = stories_of(session, draft.id)
    changed = replace(TWO, title=" two ", what="Mended.", category="DevOps")
    made = _into(session, draft, now, Mode.REPLACE, changed, replace(ONE, title="Three"))
    after = stories_of(session, draft.id)
    assert [story.id for story in after[:2]] == [first.id, second.id]
    assert (first.what, second.what, len(after)) == ("W.", "Mended.", 3)
    assert (made.replaced, made.added) == ((second.id,), (after[2].id,))
    assert [category.name for category in made.loaded.proposed] == ["DevOps"]


def test_same_digest_once_more_changes_no_text_and_adds_nothing(
    session: Session, draft: Issue, now: datetime
) -> None:
    before = [story.version for story in stories_of(session, draft.id)]
    made = _into(session, draft, now, Mode.REPLACE, ONE, TWO)
    assert (len(made.replaced), made.added) == (2, ())
    assert [story.version for story in stories_of(session, draft.id)] == before


def test_title_that_is_there_twice_is_named_and_nothing_is_loaded(
    session: Session, draft: Issue, now: datetime
) -> None:
    twin = make_story(session, draft, title="two", position=9)
    with pytest.raises(InvalidInput, match="which story is meant") as refused:
        _into(session, draft, now, Mode.REPLACE, ONE, TWO, replace(ONE, title="ONE"))
    assert [place.pointer for place in refused.value.errors] == ["/stories/1", "/stories/2"]
    assert f"and {twin.id} of issue" in refused.value.errors[0].detail
    assert _titles(session, draft) == ["One", "Two", "two"]


def test_lines_come_from_the_digest_where_it_has_them(
    session: Session, draft: Issue, now: datetime
) -> None:
    whole = Digest((ONE,), subject="New", unplaced=(Unplaced(7, "Left over", "no field takes it"),))
    load_into(session, CLI, draft.id, whole, Mode.ADD, now)
    assert draft.subject == "New"
    load_into(session, CLI, draft.id, replace(whole, subject="Newer"), Mode.ADD, now)
    assert draft.subject == "New"
    other = Digest((TWO,), subject="Newest")
    load_into(session, CLI, draft.id, other, Mode.REPLACE, now)
    assert draft.subject == "Newest"
    assert [line.text for line in unplaced_of(session, draft.id)] == ["Left over"] * 2


def test_draft_takes_no_more_than_it_may_hold(
    session: Session, draft: Issue, now: datetime
) -> None:
    many = [replace(ONE, title=f"Story {n}") for n in range(MAX_STORIES - 1)]
    with pytest.raises(InvalidInput, match="more than 500"):
        _into(session, draft, now, Mode.ADD, *many)
    with pytest.raises(InvalidInput, match="No story is left"):
        _into(session, draft, now, Mode.ADD)
    assert len(_titles(session, draft)) == 2


def test_issue_of_one_category_takes_no_other(session: Session, now: datetime) -> None:
    digest = Digest((ONE, replace(TWO, category="DevOps")))
    day = now.date()
    issue, _ = load(session, CLI, digest, issued_on=day, now=now, split_by_category=True).issues
    with pytest.raises(InvalidInput, match="one category alone") as refused:
        _into(session, issue, now, Mode.ADD, *digest.stories)
    assert [place.pointer for place in refused.value.errors] == ["/stories/1"]


def test_only_a_draft_that_is_still_as_it_was_read_is_loaded_into(
    session: Session, draft: Issue, now: datetime
) -> None:
    with pytest.raises(Stale):
        load_into(session, CLI, draft.id, Digest((ONE,)), Mode.ADD, now, expected={999})
    draft.state = IssueState.APPROVED
    session.flush()
    with pytest.raises(WrongState, match="Reopen it first"):
        _into(session, draft, now, Mode.ADD, ONE)
