"""How mails and pages look: the publication's look, and the section template of a category."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.errors import FieldError, InvalidInput, RenderError
from app.look import Look
from app.look_contrast import faint_accents, measured
from app.models import Category, Publication
from app.publication.categories import all_categories
from app.publication.publication import look_of
from app.rendering.inputs import Section
from app.rendering.template_contrast import check_contrast
from app.rendering.templates import Templates
from app.rendering.views import template_of
from app.sentences import Sentence
from app.versions import Expected, refuse_stale


def change_look(
    session: Session, actor: Actor, look: Look, now: datetime, *, expected: Expected = None
) -> Publication:
    """Give the publication this look, whole, and return it; what is as ours is not kept.

    Raises:
        InvalidInput: two colours that meet have too little contrast, or a category's accent on the
            card; names each.
        Stale: the publication is of another version than `expected`.
    """
    row = session.get_one(Publication, 1, with_for_update=True, populate_existing=True)
    refuse_stale(session, row, expected)
    check_look(look, look_of(row), all_categories(session))
    before = fields_of(row)
    row.look = _kept(look)
    if session.is_modified(row):
        row.version += 1
    record(session, actor, Verb.CHANGE_LOOK, row, now, before=before)
    return row


def check_own_templates(session: Session, look: Look, templates: Templates) -> None:
    """Raise InvalidInput where an own section template of a category cannot be read in this look.

    It is measured with the category's accents, in about 40 ms; ours go by the pairs of the look.
    """
    names = templates.section_names()
    for one in all_categories(session):
        accents = one.accent, one.accent_dark
        name = template_of(Section(one.slug, one.name, one.template, *accents, ()), names)
        if f"sections/{name}.mjml.j2" not in templates.own:
            continue
        try:
            check_contrast(name, templates, look, accents)
        except RenderError as error:
            sentence = Sentence(
                "The template of %(name)s: %(fault)s", name=one.name, fault=str(error)
            )
            raise InvalidInput(sentence, [FieldError("", sentence)]) from None


def check_look(look: Look, before: Look, categories: Iterable[Category]) -> None:
    """Raise InvalidInput naming every pair of colours of the look that cannot be read."""
    wrong = [one.fault() for one in measured(look) if not one.is_enough]
    wrong += _faint_accents(look, before, categories)
    if wrong:
        raise InvalidInput(wrong[0].detail, wrong)


def _faint_accents(
    look: Look, before: Look, categories: Iterable[Category]
) -> Iterator[FieldError]:
    """Yield what is wrong with accents of categories where the card is to be another.

    Those that are faint already are told by the checks of an issue.
    """
    cards = {"accent": "light", "accent_dark": "dark"}
    for category in categories:
        accents = category.name, category.accent, category.accent_dark
        was = dict(faint_accents(*accents, before))
        for field, sentence in faint_accents(*accents, look):
            if field not in was:
                yield FieldError(f"/{cards[field]}/card", sentence)


def _kept(look: Look) -> dict[str, Any]:
    """Return what is other than ours, as JSON."""
    return look.model_dump(mode="json", exclude_defaults=True)


def check_template(templates: Templates, name: str | None) -> None:
    """Raise InvalidInput for a section template that is not there; empty is the usual one."""
    names = templates.section_names()
    if name and name not in names:
        raise InvalidInput(
            Sentence(
                "There is no section template “%(name)s”; there are %(names)s.",
                name=name,
                names=list(names),
            ),
            [FieldError("/template", "is not there")],
        )
