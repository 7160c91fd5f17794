"""Versions: two who change the same at once, in two sessions, under the row's lock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.actors import Actor, ActorKind
from app.db.session import Sessions, transaction
from app.errors import Stale
from app.issues.arranging import Move, move_stories, order_stories
from app.issues.dropping import drop_story, restore_story
from app.issues.lifecycle import approve, cancel
from app.issues.stories import change_issue, change_story, stories_of
from app.models import Category, Issue, Story
from tests.factories import make_story

ANN = Actor(ActorKind.KEY, "ann", 1)
BOB = Actor(ActorKind.KEY, "bob", 2)


@pytest.mark.parametrize("n_editors", [2, 8])
def test_one_of_those_who_read_the_same_version_wins(
    sessions: Sessions, session: Session, issue: Issue, now: datetime, n_editors: int
) -> None:
    story = stories_of(session, issue.id)[0]
    session.commit()
    read, number = story.version, story.id

    def edit(n: int) -> str | None:
        try:
            with transaction(sessions) as own:
                actor = Actor(ActorKind.KEY, f"editor {n}", n)
                changes = {"what": f"By {n}."}
                change_story(own, actor, issue.id, number, changes, now, {read})
        except Stale as stale:
            return f"{stale.changes[0].who} made {stale.version}"
        return None

    with ThreadPoolExecutor(n_editors) as pool:
        told = list(pool.map(edit, range(n_editors)))
    (winner,) = [n for n, who in enumerate(told) if who is None]
    assert {who for who in told if who is not None} == {f"editor {winner} made {read + 1}"}
    session.expire_all()
    assert session.get_one(Story, number).what == f"By {winner}."


def test_who_waits_for_the_lock_is_held_against_what_was_committed_meanwhile(
    sessions: Sessions, session: Session, issue: Issue, now: datetime
) -> None:
    session.commit()
    read = issue.version
    with ThreadPoolExecutor(1) as pool, sessions() as first:
        change_issue(first, ANN, issue.id, {"subject": "Hers"}, now, {read})

        def cancel_it() -> None:
            with transaction(sessions) as second:
                cancel(second, BOB, issue.id, now, {read})

        waiting = pool.submit(cancel_it)
        assert not waiting.done()
        first.commit()
        with pytest.raises(Stale, match="ann changed an issue") as refused:
            waiting.result()
    assert refused.value.possible_steps == ("approve", "cancel")


def test_version_grows_whoever_changes_the_row(session: Session, issue: Issue) -> None:
    session.commit()
    read = issue.version
    session.execute(update(Issue).where(Issue.id == issue.id).values(paused_because="by itself"))
    session.refresh(issue)
    assert issue.version == read + 1
    session.execute(update(Issue).where(Issue.id == issue.id).values(paused_because="by itself"))
    session.refresh(issue)
    assert issue.version == read + 1, "nothing changed"


def test_place_of_a_story_is_the_version_of_its_issue(
    session: Session, issue: Issue, ai: Category, now: datetime
) -> None:
    first = stories_of(session, issue.id)[0]
    second = make_story(session, issue, ai)
    session.commit()
    read, of_issue = first.version, issue.version
    order_stories(session, ANN, issue.id, [second.id, first.id], now, {of_issue})
    session.refresh(first)
    assert (first.position, first.version) == (2, read)
    with pytest.raises(Stale, match="ann put stories in another order"):
        approve(session, BOB, issue.id, now, {of_issue})


def test_story_moved_to_another_category_says_who_moved_it(
    session: Session, issue: Issue, now: datetime
) -> None:
    story = stories_of(session, issue.id)[0]
    session.commit()
    read = story.version
    move_stories(session, ANN, issue.id, [story.id], Move(to_category=True), now)
    with pytest.raises(Stale, match="ann moved stories to another category"):
        change_story(session, BOB, issue.id, story.id, {"what": "x"}, now, {read})


def test_story_that_was_restored_is_not_the_one_that_was_read(
    session: Session, issue: Issue, now: datetime
) -> None:
    story = stories_of(session, issue.id)[0]
    session.commit()
    read, number = story.version, story.id
    drop_story(session, ANN, issue.id, number, now, {read})
    restore_story(session, ANN, issue.id, number, now)
    with pytest.raises(Stale, match="ann brought a story back"):
        change_story(session, BOB, issue.id, number, {"what": "x"}, now, {read})
