"""Best: the latest issue with something for a reader, and the first stories of their categories."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from app.delivery.public import is_public, is_story_public
from app.markup.prose import words_of
from app.models import Category, Issue, Story, Subscriber

N_STORIES: Final = 5


@dataclass(frozen=True)
class BestStory:
    """A complete story of an Issue that came out, in bare words, and the name of its category."""

    id: int
    title: str
    summary: str
    category: str


def latest_issue_for(session: Session, reader: Subscriber) -> Issue | None:
    """Return the latest issue that has something for this reader; reads only."""
    theirs = select(Story.id).join(Category, Category.id == Story.category_id)
    return session.scalar(
        select(Issue)
        .where(is_public(), Issue.cancelled_at.is_(None))
        .where(theirs.where(Story.issue_id == Issue.id, *_is_for(reader)).exists())
        .order_by(Issue.issued_on.desc(), Issue.id.desc())
        .limit(1)
    )


def best_of(session: Session, issue: Issue, reader: Subscriber) -> tuple[BestStory, ...]:
    """Return the first complete stories of the reader's categories, the first of each before all.

    The lead story comes before them, where it is one of theirs. So each category is there, where
    there is room, however many stories another has.
    """
    place = func.row_number().over(partition_by=Story.category_id, order_by=Story.position)
    rows = session.execute(
        select(Story.id, Story.title, Story.summary, Category.name, Story.reads_markdown)
        .join(Category, Category.id == Story.category_id)
        .where(Story.issue_id == issue.id, *_is_for(reader))
        .order_by(Story.id.is_distinct_from(issue.lead_story_id), place, Story.position)
        .limit(N_STORIES)
    )
    return tuple(
        BestStory(story_id, title, words_of(summary, reads_markdown=reads_markdown), category)
        for story_id, title, summary, category, reads_markdown in rows
    )


def _is_for(reader: Subscriber) -> tuple[ColumnElement[bool], ...]:
    """Ask whether a story, joined with its category, is complete and for this reader."""
    mask = literal(1, BigInteger).bitwise_lshift(Category.bit)
    return Story.summary != "", is_story_public(), mask.bitwise_and(reader.follows) != 0
