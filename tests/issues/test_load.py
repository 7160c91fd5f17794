from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.content.drafts import Digest, StoryDraft, Term
from app.content.limits import MAX_STORIES
from app.errors import InvalidInput
from app.issues.load import load
from app.issues.stories import drafts_of
from app.models import Category, Issue, Story
from app.words import IssueState


def draft(title: str, category: str = "AI", **fields: object) -> StoryDraft:
    whole: dict[str, object] = {
        "label": "4 minute read",
        "summary": "In a sentence.",
        "what": "It is new.",
        "why_it_matters": "It is cheaper.",
    }
    return StoryDraft(title=title, category=category, **(whole | fields))  # type: ignore[arg-type]


CUT_OFF = StoryDraft(title="Cut off", label="2 minute read")


def test_load_keeps_every_field_and_the_order(session: Session, now: datetime) -> None:
    stories = (
        draft("One", takeaway="Try it.", deep_dive=("a", "b"), article="Long.\n\nLonger."),
        draft("Two", "DevOps", decoder=(Term("SLO", "A promise"),), url="https://example.com/2"),
        draft("Three", label="Podcast"),
    )
    loaded = load(session, Digest(stories), issued_on=now.date(), now=now)
    (issue,) = loaded.issues
    assert (issue.state, issue.issued_on, issue.category_id) == (IssueState.DRAFT, now.date(), None)
    assert drafts_of(session, issue.id) == stories
    minutes = session.scalars(select(Story.minutes).order_by(Story.position)).all()
    assert minutes == [4, 4, None]


def test_load_makes_missing_categories_in_the_order_of_the_digest(
    session: Session, now: datetime
) -> None:
    stories = (draft("One", "Früh & Spät"), draft("Two", "AI"), draft("Three", "früh & spät"))
    load(session, Digest(stories), issued_on=now.date(), now=now)
    made = session.scalars(select(Category).order_by(Category.position)).all()
    assert [(c.slug, c.name, c.bit) for c in made] == [
        ("fruh-spat", "Früh & Spät", 0),
        ("ai", "AI", 1),
    ]


def test_load_keeps_an_incomplete_story_until_it_is_dropped(
    session: Session, now: datetime
) -> None:
    digest = Digest((draft("One"), CUT_OFF))
    kept = load(session, digest, issued_on=now.date(), now=now)
    assert [s.incomplete for s in session.scalars(select(Story).order_by(Story.id))] == [
        False,
        True,
    ]
    assert kept.dropped == ()
    dropping = load(session, digest, issued_on=now.date(), now=now, drop_incomplete=True)
    assert dropping.dropped == ("Cut off",)
    assert len(drafts_of(session, dropping.issues[0].id)) == 1


def test_load_split_makes_one_issue_per_category(session: Session, now: datetime) -> None:
    digest = Digest((draft("One"), draft("Two", "DevOps"), draft("Three")))
    loaded = load(session, digest, issued_on=now.date(), now=now, split_by_category=True)
    names = {c.id: c.name for c in session.scalars(select(Category))}
    assert [
        (names[issue.category_id or 0], [s.title for s in drafts_of(session, issue.id)])
        for issue in loaded.issues
    ] == [("AI", ["One", "Three"]), ("DevOps", ["Two"])]


def test_load_split_refuses_a_story_without_category(session: Session, now: datetime) -> None:
    digest = Digest((draft("One"), CUT_OFF))
    with pytest.raises(InvalidInput) as refused:
        load(session, digest, issued_on=now.date(), now=now, split_by_category=True)
    assert [error.pointer for error in refused.value.errors] == ["/stories/1"]
    assert session.scalars(select(Issue)).all() == []


def test_load_refuses_when_nothing_is_left(session: Session, now: datetime) -> None:
    with pytest.raises(InvalidInput):
        load(session, Digest((CUT_OFF,)), issued_on=now.date(), now=now, drop_incomplete=True)


def test_load_is_refused_when_there_are_more_stories_than_a_digest_may_hold(
    session: Session, now: datetime
) -> None:
    digest = Digest(tuple(draft(f"Story {n}") for n in range(MAX_STORIES + 1)))
    with pytest.raises(InvalidInput, match="more than 500 stories"):
        load(session, digest, issued_on=now.date(), now=now)
    assert session.scalar(select(Issue.id)) is None
