"""Categories: what there is to follow, each a bit of a reader's choice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from difflib import get_close_matches
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.errors import AlreadyExists, Conflict, FieldError, InvalidInput, NotFound
from app.models import MAX_CATEGORIES, Category, CategoryState, Publication
from app.publication.accents import GENERAL, PALETTE, refuse_faint
from app.publication.limits import check_limits
from app.publication.line_templates import check_line_templates
from app.publication.names import free_slug, name_key, slug_of
from app.sentences import Sentence
from app.versions import Expected, refuse_stale

IS_OPEN: Final = "categories.state = 'open'"
"""The condition, in SQL, under which readers may choose a category."""
IS_SHOWN: Final = Category.state != CategoryState.HIDDEN
"""The condition under which a category may be seen in public."""
ORDER: Final = (Category.position, Category.id)
"""The order in which editions and pages show categories."""

_CANNOT_BE_CHOSEN: Final = {
    CategoryState.HIDDEN: "is hidden: nobody can follow it until it is opened",
    CategoryState.RETIRED: "is retired: nobody new can follow it",
}

_log = structlog.get_logger(__name__)


def all_categories(session: Session) -> Sequence[Category]:
    """Return every category of any state, in the order in which editions show them."""
    return session.scalars(select(Category).order_by(*ORDER)).all()


def open_categories(session: Session) -> list[Category]:
    """Return the categories that readers may choose, in their order."""
    return [one for one in all_categories(session) if one.state is CategoryState.OPEN]


def shown_categories(session: Session) -> list[Category]:
    """Return the categories that may be seen in public, open and retired, in their order."""
    return [one for one in all_categories(session) if one.state is not CategoryState.HIDDEN]


def categories_by_name(session: Session) -> dict[str, Category]:
    """Return every category by `name_key` of its name, and by that of its slug if that is free."""
    rows = all_categories(session)
    by_slug = {name_key(row.slug): row for row in rows}
    return by_slug | {name_key(row.name): row for row in reversed(rows)}


def get_category(session: Session, slug: str) -> Category:
    """Return the category with this slug, of any state, or raise NotFound."""
    return _get(all_categories(session), slug)


def get_shown_category(session: Session, slug: str) -> Category:
    """Return the category with this slug for a page; a hidden one is NotFound like none."""
    return _get(shown_categories(session), slug)


def _get(categories: Sequence[Category], slug: str) -> Category:
    found = next((one for one in categories if one.slug == slug), None)
    if found is None:
        meant = _meant(slug, categories)
        raise NotFound(
            Sentence("There is no category “%(slug)s”%(meant)s", slug=slug, meant=meant)
            if meant
            else Sentence("There is no category “%(slug)s”.", slug=slug)
        )
    return found


def add_category(
    session: Session,
    actor: Actor,
    name: str,
    *,
    now: datetime,
    state: CategoryState = CategoryState.OPEN,
    slug: str = "",
    template: str = "",
    accent: str = "",
    accent_dark: str = "",
    subject_template: str = "",
    preheader_template: str = "",
    send_time: time | None = None,
    weekdays: list[int] | None = None,
) -> Category:
    """Return a new category, last in order; slug and accent follow from its name unless given.

    Without a `template` it is shown with the one named like its slug, or the default.

    Raises:
        InvalidInput: the name has nothing to make a slug of, a field is out of its limits, a
            template of subject or preheader is wrong, or a given accent is too faint.
        AlreadyExists: another category has that name, or the given slug.
        Conflict: there are 63 categories already.
    """
    lines = {"subject_template": subject_template, "preheader_template": preheader_template}
    check_line_templates(lines)
    words = {"slug": slug, "template": template, "accent": accent, "accent_dark": accent_dark}
    check_limits(
        lines | {"weekdays": weekdays} | {key: value for key, value in words.items() if value}
    )
    rows = lock_categories(session)
    name = checked_name(rows, name)
    taken = {row.slug for row in rows}
    if slug in taken:
        raise AlreadyExists(Sentence("The category “%(slug)s” exists already.", slug=slug))
    slug = slug or free_slug(name, taken)
    bit = max((row.bit for row in rows), default=-1) + 1
    if bit >= MAX_CATEGORIES:
        raise Conflict(Sentence("There can be %(n)s categories at most.", n=MAX_CATEGORIES))
    light, dark = PALETTE.get(slug, GENERAL)
    given = {key: value for key, value in words.items() if value}
    refuse_faint(session, name, (accent or light, accent_dark or dark), given)
    category = Category(
        slug=slug,
        name=name,
        state=state,
        bit=bit,
        position=max((row.position for row in rows), default=0) + 1,
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
    record(session, actor, Verb.ADD_CATEGORY, category, now)
    return category


def change_category(
    session: Session,
    actor: Actor,
    category: Category,
    changes: Mapping[str, Any],
    now: datetime,
    *,
    expected: Expected = None,
) -> None:
    """Set the given fields of a category, its name and its state among them; its slug stays.

    Any state may follow any other: see `CategoryState` for what each means.

    Raises:
        InvalidInput: the name has no letter, digit or picture, a field is out of its limits, a
            template of subject or preheader is wrong, or another accent is too faint.
        AlreadyExists: another category has that name.
        Stale: it is of another version than `expected`.
    """
    rows = lock_categories(session)
    refuse_stale(session, category, expected)
    check_limits({name: value for name, value in changes.items() if name != "name"})
    check_line_templates(changes)
    values = dict(changes)
    if "name" in values:
        others = [row for row in rows if row.id != category.id]
        values["name"] = checked_name(others, values["name"])
    accents = values.get("accent", category.accent), values.get("accent_dark", category.accent_dark)
    other = {name for name, value in values.items() if value != getattr(category, name)}
    refuse_faint(session, values.get("name", category.name), accents, other)
    before, was = category.state, fields_of(category)
    for field, value in values.items():
        setattr(category, field, value)
    if session.is_modified(category):
        category.version += 1
    record(session, actor, Verb.CHANGE_CATEGORY, category, now, before=was)
    if category.state is not before:
        _log.info("category_changed", category=category.slug, was=before, state=category.state)


def checked_name(others: Iterable[Category], name: str) -> str:
    """Return the name as it is kept, if no other category goes by it.

    Raises:
        InvalidInput: it has no letter, digit or picture, or is too long.
        AlreadyExists: it is another's, whatever its case and spaces.
    """
    name = " ".join(name.split())
    if not slug_of(name):
        sentence = Sentence("A name needs a letter, a digit or a picture.")
        raise InvalidInput(sentence, [FieldError("/name", sentence)])
    check_limits({"name": name})
    same = next((one for one in others if name_key(one.name) == name_key(name)), None)
    if same is not None:
        sentence = Sentence(
            "There is a category “%(name)s” already (%(state)s, its slug is %(slug)s).",
            name=same.name,
            state=same.state,
            slug=same.slug,
        )
        raise AlreadyExists(sentence, [FieldError("/name", sentence)])
    return name


def lock_categories(session: Session) -> Sequence[Category]:
    """Return all categories as they are now, and keep others from changing any until the end.

    Two at once would take the same name, slug, bit and position.
    """
    session.execute(select(Publication.id).with_for_update())
    query = select(Category).order_by(*ORDER)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def mask_of(categories: Iterable[Category]) -> int:
    """Return the bits of these categories together."""
    mask = 0
    for category in categories:
        mask |= category.mask
    return mask


def cut_of(session: Session, slugs: Iterable[str] | None) -> int:
    """Return the bits of these categories, of any state, for looking at a cut; None: all.

    Raises:
        InvalidInput: naming every slug that is no category.
    """
    categories = all_categories(session)
    if slugs is None:
        return mask_of(categories)
    return _mask_of_slugs(slugs, categories, {row.slug: "" for row in categories})


def follows_of(session: Session, slugs: Iterable[str] | None, *, before: int = 0) -> int:
    """Return the bits that a reader follows who is to follow these; None: all that are open.

    Only what they follow `before` may be hidden or retired.

    Raises:
        InvalidInput: naming every slug that is no category, or that nobody can choose now.
    """
    if slugs is None:
        return mask_of(open_categories(session))
    categories = all_categories(session)
    refused = {
        row.slug: "" if row.mask & before else _CANNOT_BE_CHOSEN.get(row.state, "")
        for row in categories
    }
    return _mask_of_slugs(slugs, categories, refused)


def chosen_follows(session: Session, slugs: Iterable[str], before: int) -> int:
    """Return what a reader follows who chose these of the open categories.

    What they follow of others stays: they are not asked about those.
    """
    return follows_of(session, slugs) | (before & ~mask_of(open_categories(session)))


def _mask_of_slugs(
    slugs: Iterable[str], categories: Sequence[Category], refused: Mapping[str, str]
) -> int:
    """Return the bits; `refused` has every slug there is, and why it may not be taken."""
    wanted = list(slugs)
    wrong = [
        FieldError(f"/categories/{place}", f"“{slug}” {why}")
        for place, slug in enumerate(wanted)
        if (why := refused.get(slug, f"is no category{_meant(slug, categories)}"))
    ]
    if wrong:
        raise InvalidInput("Not every category can be taken.", wrong)
    return mask_of(row for row in categories if row.slug in set(wanted))


def _meant(given: str, categories: Sequence[Category]) -> str:
    """Return a question for the slug where a name was given, or something like a slug."""
    by_name = {category.name.casefold(): category.slug for category in categories}
    close = get_close_matches(given.casefold(), [one.slug for one in categories], n=1)
    slug = by_name.get(given.strip().casefold()) or next(iter(close), None)
    return f"; did you mean “{slug}”?" if slug else ""


def slugs_of(session: Session, follows: int) -> list[str]:
    """Return the slugs of the categories in these bits, in order."""
    return slugs_in(all_categories(session), follows)


def slugs_in(categories: Iterable[Category], follows: int) -> list[str]:
    """Return the slugs of those of the categories that are in these bits."""
    return [category.slug for category in categories if category.mask & follows]
