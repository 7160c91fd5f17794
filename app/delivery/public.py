"""Public: an Issue is, from its first mail on, until a person takes it down."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from app.models import Category, Issue, Story
from app.publication.categories import IS_SHOWN


def is_public() -> ColumnElement[bool]:
    """Tell whether an Issue is shown to everybody: a first reader can have it, and it is up.

    The mail about a correction is no issue of its own there.
    """
    return and_(
        Issue.public_at.is_not(None), Issue.taken_down_at.is_(None), Issue.corrects_id.is_(None)
    )


def is_story_public() -> ColumnElement[bool]:
    """Tell whether a Story of a public Issue is shown with it: up, and of no hidden Category."""
    public_categories = select(Category.id).where(IS_SHOWN)
    return and_(Story.category_id.in_(public_categories), Story.taken_down_at.is_(None))


def publish(session: Session, issue_id: int, now: datetime) -> None:
    """Make an Issue public, unless it is already: call it before its first mail leaves.

    The links in that mail must lead somewhere.
    """
    session.execute(
        update(Issue)
        .where(Issue.id == issue_id, Issue.public_at.is_(None))
        .values(public_at=now)
        .execution_options(synchronize_session=False)
    )
