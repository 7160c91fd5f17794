from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.content.drafts import Digest, StoryDraft
from app.content.limits import MAX_STORIES
from app.enums import IssueState
from app.errors import InvalidInput
from app.issues.load import load
from app.issues.stories import drafts_of
from app.models import Category, CategoryState, Issue, Story
from app.publication.categories import all_categories
from app.story_fields import Term
from tests.factories import make_category


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
    loaded = load(session, CLI, Digest(stories), issued_on=now.date(), now=now)
    (issue,) = loaded.issues
    assert (issue.state, issue.issued_on, issue.category_id) == (IssueState.DRAFT, now.date(), None)
    assert drafts_of(session, issue.id) == stories
    minutes = session.scalars(select(Story.minutes).order_by(Story.position)).all()
    assert minutes == [4, 4, None]


def test_load_proposes_missing_categories_in_the_order_of_the_digest(
    session: Session, now: datetime
) -> None:
    make_category(session, "ai", name="AI")
    stories = (draft("One", "Früh & Spät"), draft("Two", "a I"), draft("Three", "früh &  spät"))
    loaded = load(session, CLI, Digest(stories), issued_on=now.date(), now=now)
    assert [(c.slug, c.name, c.state) for c in loaded.proposed] == [
        ("fruh-spat", "Früh & Spät", CategoryState.HIDDEN)
    ]
    assert len(all_categories(session)) == 2
    assert load(session, CLI, Digest(stories), issued_on=now.date(), now=now).proposed == ()


def test_load_keeps_apart_what_differs_by_a_sign_alone(session: Session, now: datetime) -> None:
    names = ("C#", "C++", "C", ".NET", "Net", "🚀", "🛸", "Node.js")
    stories = tuple(draft(f"Story {n}", name) for n, name in enumerate(names))
    loaded = load(session, CLI, Digest(stories), issued_on=now.date(), now=now)
    assert [one.name for one in loaded.proposed] == list(names)
    assert drafts_of(session, loaded.issues[0].id) == stories


def test_load_finds_a_category_by_its_slug_when_it_was_renamed(
    session: Session, now: datetime
) -> None:
    ai = make_category(session, "ai", name="Artificial intelligence")
    loaded = load(session, CLI, Digest((draft("One", "AI"),)), issued_on=now.date(), now=now)
    assert loaded.proposed == ()
    assert session.scalars(select(Story.category_id)).one() == ai.id


def test_load_keeps_an_incomplete_story_until_it_is_dropped(
    session: Session, now: datetime
) -> None:
    digest = Digest((draft("One"), CUT_OFF))
    kept = load(session, CLI, digest, issued_on=now.date(), now=now)
    assert [s.incomplete for s in session.scalars(select(Story).order_by(Story.id))] == [
        False,
        True,
    ]
    assert kept.dropped == ()
    dropping = load(session, CLI, digest, issued_on=now.date(), now=now, drop_incomplete=True)
    assert dropping.dropped == ("Cut off",)
    assert len(drafts_of(session, dropping.issues[0].id)) == 1


def test_load_split_makes_one_issue_per_category(session: Session, now: datetime) -> None:
    digest = Digest((draft("One"), draft("Two", "DevOps"), draft("Three")))
    loaded = load(session, CLI, digest, issued_on=now.date(), now=now, split_by_category=True)
    names = {c.id: c.name for c in session.scalars(select(Category))}
    assert [
        (names[issue.category_id or 0], [s.title for s in drafts_of(session, issue.id)])
        for issue in loaded.issues
    ] == [("AI", ["One", "Three"]), ("DevOps", ["Two"])]


def test_load_split_refuses_a_story_without_category(session: Session, now: datetime) -> None:
    digest = Digest((draft("One"), CUT_OFF))
    with pytest.raises(InvalidInput) as refused:
        load(session, CLI, digest, issued_on=now.date(), now=now, split_by_category=True)
    assert [error.pointer for error in refused.value.errors] == ["/stories/1"]
    assert session.scalars(select(Issue)).all() == []


def test_load_refuses_when_nothing_is_left(session: Session, now: datetime) -> None:
    with pytest.raises(InvalidInput):
        load(session, CLI, Digest((CUT_OFF,)), issued_on=now.date(), now=now, drop_incomplete=True)


def test_load_is_refused_when_there_are_more_stories_than_a_digest_may_hold(
    session: Session, now: datetime
) -> None:
    digest = Digest(tuple(draft(f"Story {n}") for n in range(MAX_STORIES + 1)))
    with pytest.raises(InvalidInput, match="more than 500 stories"):
        load(session, CLI, digest, issued_on=now.date(), now=now)
    assert session.scalar(select(Issue.id)) is None
