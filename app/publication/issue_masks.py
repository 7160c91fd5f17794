"""Issue masks: the categories that issues have stories of, as the bits that readers follow."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Category, Story


def issue_mask(session: Session, issue_id: int) -> int:
    """Return the bits of the categories that have a story in this issue."""
    return issue_masks(session, [issue_id])[issue_id]


def issue_masks(session: Session, issue_ids: Iterable[int]) -> dict[int, int]:
    """Return the bits of the categories that have a story in each of these issues."""
    masks = dict.fromkeys(issue_ids, 0)
    if not masks:
        return masks
    query = select(Story.issue_id, Category.bit).join(Category, Category.id == Story.category_id)
    for issue_id, bit in session.execute(query.where(Story.issue_id.in_(masks)).distinct()):
        masks[issue_id] |= 1 << bit
    return masks
