"""The order of categories, in which editions and pages show them."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.actors import Actor
from app.models import Category
from app.publication.categories import change_category, get_category, lock_categories


def move_category(session: Session, actor: Actor, slug: str, by: int, now: datetime) -> Category:
    """Move a category so many places down in the order of editions, or up where `by` is below 0.

    The others make room, and are numbered from 1 again. It stops at the first and the last place.

    Raises:
        NotFound: there is no such category.
    """
    rows = list(lock_categories(session))
    category = get_category(session, slug)
    at = rows.index(category)
    rows.remove(category)
    rows.insert(max(0, at + by), category)
    for place, row in enumerate(rows, start=1):
        if row.position != place:
            change_category(session, actor, row, {"position": place}, now)
    return category
