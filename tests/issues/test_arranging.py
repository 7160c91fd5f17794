"""Stories in another order, moved several at once, dropped and restored."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.content.limits import MAX_STORIES
from app.enums import IssueState
from app.errors import InvalidInput, NotFound, Stale, WrongState
from app.issues.arranging import Move, move_stories, order_stories
from app.issues.dropping import (
    drop_stories,
    drop_story,
    dropped_stories,
    forget_dropped,
    restore_story,
)
from app.issues.stories import stories_of
from app.models import Category, DroppedStory, Issue, Story
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def five(session: Session, issue: Issue, ai: Category) -> list[int]:
    """Return the numbers of a draft's five stories, of two categories in turn."""
    other = make_category(session, "devops")
    for n in range(4):
        make_story(session, issue, other if n % 2 else ai)
    return _ids(session, issue)


def _ids(session: Session, issue: Issue) -> list[int]:
    return [story.id for story in stories_of(session, issue.id)]


def test_all_stories_come_into_the_order_that_is_given(
    session: Session, issue: Issue, five: list[int], now: datetime
) -> None:
    wanted = [five[3], five[0], five[4], five[2], five[1]]
    order_stories(session, CLI, issue.id, wanted, now)
    assert _ids(session, issue) == wanted
    assert [story.position for story in stories_of(session, issue.id)] == [1, 2, 3, 4, 5]
    assert issue.revision == 2


def test_stories_that_are_not_named_keep_their_places(
    session: Session, issue: Issue, five: list[int], now: datetime
) -> None:
    order_stories(session, CLI, issue.id, [five[4], five[1]], now)
    assert _ids(session, issue) == [five[0], five[4], five[2], five[3], five[1]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_story_is_lost_or_doubled_however_they_are_arranged(
    session: Session, issue: Issue, five: list[int], now: datetime, data: st.DataObject
) -> None:
    before = _ids(session, issue)
    chosen = data.draw(st.lists(st.sampled_from(five), min_size=1, unique=True))
    place = data.draw(st.integers(1, 7))
    move_stories(session, CLI, issue.id, chosen, Move(position=place), now)
    after = _ids(session, issue)
    start = min(place - 1, 5 - len(chosen))
    assert after[start : start + len(chosen)] == chosen
    others = [number for number in before if number not in chosen]
    assert [number for number in after if number not in chosen] == others


def test_several_stories_move_to_another_category_and_place_at_once(
    session: Session, issue: Issue, ai: Category, five: list[int], now: datetime
) -> None:
    chosen = [five[4], five[1]]
    to_ai = Move(to_category=True, category_id=ai.id, position=1)
    move_stories(session, CLI, issue.id, chosen, to_ai, now)
    assert _ids(session, issue)[:2] == chosen
    assert [session.get_one(Story, number).category_id for number in chosen] == [ai.id] * 2
    move_stories(session, CLI, issue.id, chosen, Move(to_category=True), now)
    assert _ids(session, issue)[:2] == chosen, "without a position they stay"
    assert [session.get_one(Story, number).incomplete for number in chosen] == [True] * 2


def test_wrong_stories_are_named_and_nothing_moves(
    session: Session, issue: Issue, five: list[int], now: datetime
) -> None:
    other = make_story(session, make_issue(session))
    wrong = [five[0], other.id, five[0]]
    with pytest.raises(InvalidInput) as order:
        order_stories(session, CLI, issue.id, wrong, now)
    with pytest.raises(InvalidInput) as move:
        move_stories(session, CLI, issue.id, wrong, Move(position=1), now)
    for refused in (order.value, move.value):
        assert [place.pointer for place in refused.errors] == ["/story_ids/1", "/story_ids/2"]
    with pytest.raises(InvalidInput, match="Say where to"):
        move_stories(session, CLI, issue.id, [five[0]], Move(), now)
    with pytest.raises(InvalidInput, match="Name stories"):
        order_stories(session, CLI, issue.id, [], now)
    assert (_ids(session, issue), issue.revision) == (five, 1)


def test_restored_story_is_whole_and_where_it_stood(
    session: Session, issue: Issue, five: list[int], now: datetime
) -> None:
    story = session.get_one(Story, five[1])
    names = [one.key for one in Story.__table__.columns if one.key not in {"words", "version"}]
    before = {name: getattr(story, name) for name in names}
    drop_story(session, CLI, issue.id, five[1], now)
    assert _ids(session, issue) == [five[0], *five[2:]]
    assert [one.story_id for one in dropped_stories(session, issue.id)] == [five[1]]
    restored = restore_story(session, CLI, issue.id, five[1], now)
    session.refresh(restored)
    assert {name: getattr(restored, name) for name in names} == before
    assert _ids(session, issue) == five
    assert dropped_stories(session, issue.id) == []
    with pytest.raises(NotFound, match="no dropped story"):
        restore_story(session, CLI, issue.id, five[1], now)


def test_restored_story_comes_before_who_took_its_place(
    session: Session, issue: Issue, five: list[int], now: datetime
) -> None:
    drop_story(session, CLI, issue.id, five[1], now)
    order_stories(session, CLI, issue.id, [five[4], five[0], five[2], five[3]], now)
    restore_story(session, CLI, issue.id, five[1], now)
    assert _ids(session, issue) == [five[4], five[1], five[0], five[2], five[3]]


def test_story_is_restored_only_to_its_own_draft_with_room(
    session: Session, issue: Issue, five: list[int], now: datetime
) -> None:
    drop_story(session, CLI, issue.id, five[1], now)
    with pytest.raises(NotFound):
        restore_story(session, CLI, make_issue(session).id, five[1], now)
    for place in range(6, MAX_STORIES + 2):
        make_story(session, issue, position=place)
    with pytest.raises(InvalidInput, match="more than 500 stories"):
        restore_story(session, CLI, issue.id, five[1], now)
    issue.state = IssueState.APPROVED
    session.flush()
    with pytest.raises(WrongState, match="Reopen it first"):
        restore_story(session, CLI, issue.id, five[1], now)


@pytest.mark.parametrize("state", list(IssueState))
def test_dropped_stories_are_forgotten_once_the_issue_cannot_be_a_draft_again(
    session: Session, issue: Issue, five: list[int], now: datetime, state: IssueState
) -> None:
    drop_story(session, CLI, issue.id, five[1], now - timedelta(days=900))
    issue.state = state
    session.flush()
    forget_dropped(session)
    left = session.scalars(select(DroppedStory.story_id)).all()
    assert left == ([] if state in {IssueState.SENT, IssueState.CANCELLED} else [five[1]])


def test_several_stories_are_dropped_at_once_or_none(
    session: Session, issue: Issue, five: list[int], now: datetime
) -> None:
    for wrong in ([five[0], five[4] + 1], [five[0], five[0]], []):
        with pytest.raises(InvalidInput):
            drop_stories(session, CLI, issue.id, wrong, now)
    with pytest.raises(Stale):
        drop_stories(session, CLI, issue.id, five[:2], now, {issue.version + 1})
    assert (_ids(session, issue), issue.revision) == (five, 1)
    drop_stories(session, CLI, issue.id, [five[3], five[0]], now, {issue.version})
    assert (_ids(session, issue), issue.revision) == ([five[1], five[2], five[4]], 2)
    assert {one.story_id for one in dropped_stories(session, issue.id)} == {five[0], five[3]}
    restore_story(session, CLI, issue.id, five[0], now)
    assert _ids(session, issue) == [five[0], five[1], five[2], five[4]]
