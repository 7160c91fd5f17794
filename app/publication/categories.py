"""Categories: what there is to follow, each a bit of a reader's choice."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import AlreadyExists, Conflict, FieldError, InvalidInput, NotFound
from app.models import MAX_CATEGORIES, Category, Publication
from app.publication.line_templates import check_line_templates

PALETTE: Final = {
    "ai": ("#5B3FD6", "#B3A4FF"),
    "devops": ("#0B6B57", "#63CDB2"),
    "security": ("#A3285F", "#F08CB5"),
    "data": ("#1F5FA8", "#8AB8F0"),
    "design": ("#8F4500", "#F0A968"),
}
GENERAL: Final = ("#B4371F", "#F58A72")


def slug_of(name: str) -> str:
    """`DevOps & Cloud` as `devops-cloud`; letters of any script are kept, accents are not."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^\w]+", "-", kept).strip("-_")


def all_categories(session: Session) -> Sequence[Category]:
    """Every category, in the order in which editions show them."""
    return session.scalars(select(Category).order_by(Category.position, Category.id)).all()


def get_category(session: Session, slug: str) -> Category:
    """The category with this slug, or NotFound."""
    category = session.scalar(select(Category).where(Category.slug == slug))
    if category is None:
        raise NotFound(f"There is no category “{slug}”{_meant(slug, all_categories(session))}.")
    return category


def add_category(
    session: Session,
    name: str,
    *,
    now: datetime,
    slug: str = "",
    template: str = "",
    accent: str = "",
    accent_dark: str = "",
    subject_template: str = "",
    preheader_template: str = "",
    send_time: time | None = None,
    weekdays: list[int] | None = None,
) -> Category:
    """A new category, last in order; its accent is its slug's unless given.

    Without a `template` it is shown with the one named like its slug, or the default.

    Raises:
        InvalidInput: the name has no letter or digit to make a slug of, or a template of subject
            or preheader is wrong.
        AlreadyExists: the slug is taken.
        Conflict: there are 63 categories already.
    """
    slug = slug or slug_of(name)
    if not slug:
        raise InvalidInput("A name needs a letter or a digit.", [FieldError("/name", "no letters")])
    check_line_templates(
        {"subject_template": subject_template, "preheader_template": preheader_template}
    )
    # One at a time: two at once would take the same slug, bit and position.
    session.execute(select(Publication.id).with_for_update())
    if session.scalar(select(Category.id).where(Category.slug == slug)) is not None:
        raise AlreadyExists(f"The category “{slug}” exists already.")
    bit = session.scalars(select(func.coalesce(func.max(Category.bit) + 1, 0))).one()
    position = session.scalars(select(func.coalesce(func.max(Category.position) + 1, 1))).one()
    if bit >= MAX_CATEGORIES:
        raise Conflict(f"There can be {MAX_CATEGORIES} categories at most.")
    light, dark = PALETTE.get(slug, GENERAL)
    category = Category(
        slug=slug,
        name=name.strip(),
        bit=bit,
        position=position,
        template=template,
        accent=accent or light,
        accent_dark=accent_dark or dark,
        subject_template=subject_template,
        preheader_template=preheader_template,
        send_time=send_time,
        weekdays=weekdays,
        created_at=now,
    )
    session.add(category)
    session.flush()  # stories and answers carry its id
    return category


def change_category(category: Category, changes: Mapping[str, Any]) -> None:
    """Set the given fields of a category.

    Raises:
        InvalidInput: a template of subject or preheader is wrong.
    """
    check_line_templates(changes)
    for name, value in changes.items():
        setattr(category, name, value)


def mask_of(categories: Iterable[Category]) -> int:
    """Return the bits of these categories together."""
    mask = 0
    for category in categories:
        mask |= category.mask
    return mask


def follows_of(session: Session, slugs: Iterable[str] | None) -> int:
    """The bits of the categories with these slugs; None means all there are.

    Raises:
        InvalidInput: naming every slug that is no category.
    """
    categories = all_categories(session)
    if slugs is None:
        return mask_of(categories)
    wanted = list(slugs)
    known = {category.slug: category for category in categories}
    unknown = [
        FieldError(f"/categories/{place}", f"“{slug}” is no category{_meant(slug, categories)}")
        for place, slug in enumerate(wanted)
        if slug not in known
    ]
    if unknown:
        raise InvalidInput("Not every category is known.", unknown)
    return mask_of(known[slug] for slug in wanted)


def _meant(given: str, categories: Sequence[Category]) -> str:
    """Return a question for the slug where a name was given, or something like a slug."""
    by_name = {category.name.casefold(): category.slug for category in categories}
    close = get_close_matches(given.casefold(), [one.slug for one in categories], n=1)
    slug = by_name.get(given.strip().casefold()) or next(iter(close), None)
    return f"; did you mean “{slug}”?" if slug else ""


def slugs_of(session: Session, follows: int) -> list[str]:
    """The slugs of the categories in these bits, in order."""
    return [category.slug for category in all_categories(session) if category.mask & follows]
