"""What is known of stored images, for whoever shows them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Image


def stored_images(session: Session, names: Iterable[str]) -> Mapping[str, Image]:
    """Return those of these images that are stored, by name; ask nothing for no name."""
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    kept = select(Image).where(Image.name.in_(wanted), Image.deleting_at.is_(None))
    return {row.name: row for row in session.scalars(kept)}
