"""Cuts as bits: which Categories an Issue has."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.models import Category, Story
from app.publication.categories import mask_of


def issue_mask(session: Session, issue_id: int) -> int:
    """Return the bits of the categories that have a story in this issue."""
    has_story = exists().where(Story.issue_id == issue_id, Story.category_id == Category.id)
    return mask_of(session.scalars(select(Category).where(has_story)))
