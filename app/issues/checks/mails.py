"""The mails of an Issue that the checks look at, each rendered with all that it can hold."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import exists, literal, select
from sqlalchemy.orm import Session

from app.delivery.compose import WholeIssue
from app.delivery.eligibility import is_due
from app.enums import Depth
from app.errors import RenderError
from app.issues.checks.facts import CheckedEdition, Lines
from app.models import Category, Publication, Subscriber
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts
from app.rendering.merge import fields_for, fill, neutralise_text
from app.rendering.templates import Templates
from app.rendering.views import edition_view

_READER: Final = "reader@example.com"


def depths_to_check(
    session: Session, publication: Publication, mask: int, now: datetime
) -> tuple[Depth, ...]:
    """Return the depths at which to render an Issue with the categories of `mask`.

    `whole` is among them only where somebody gets the Issue so, and it says more than `deep`: a
    mail that is too long for nobody stops nobody.
    """
    # The word itself stands in the statement: with a parameter a prepared one is planned once for
    # any depth, without the index of those who read the whole.
    whole = literal(Depth.WHOLE, Subscriber.depth.type, literal_execute=True)
    reader = exists().where(Subscriber.depth == whole, is_due(mask, now))
    with_whole = not publication.shows_all_points and session.scalar(select(reader))
    return tuple(one for one in Depth if one is not Depth.WHOLE or with_whole)


def checked_editions(
    whole: WholeIssue, mask: int, depths: Iterable[Depth], templates: Templates, base_url: str
) -> tuple[CheckedEdition, ...]:
    """Return the Issue with all categories at each depth: every other cut holds less than these."""
    return tuple(_checked_edition(whole.cut(mask, depth), templates, base_url) for depth in depths)


def lines_of_categories(whole: WholeIssue, mask: int, templates: Templates) -> tuple[Lines, ...]:
    """Return the lines for readers of one category that has templates of its own."""
    own = [
        category
        for category in whole.categories
        if category.mask & mask
        and category.mask != mask  # then it is the whole
        and (category.subject_template or category.preheader_template)
    ]
    return tuple(filter(None, (_lines_of(whole, category, templates) for category in own)))


def _lines_of(whole: WholeIssue, category: Category, templates: Templates) -> Lines | None:
    facts = whole.cut(category.mask, Depth.DEEP)
    try:
        view = edition_view(facts, templates.section_names())
    except RenderError:  # it is told of the edition with all categories
        return None
    return Lines(
        view.subject,
        view.preheader,
        makes_subject=not facts.subject,
        makes_preheader=not facts.preheader,
        category=category.slug,
    )


def _checked_edition(facts: EditionFacts, templates: Templates, base_url: str) -> CheckedEdition:
    leave_url = f"{base_url}/leave/the-readers-own"
    fields = fields_for(_READER, leave_url, f"{base_url}/preferences/the-readers-own")
    try:
        mail = render_edition(facts, templates)
        view = edition_view(facts, templates.section_names())
        html, text = fill(mail.html, fields), fill(mail.text, fields)
    except RenderError as error:
        return CheckedEdition(facts.depth, error=str(error))
    except KeyError as error:
        return CheckedEdition(facts.depth, error=f"there is no merge field {error}")
    return CheckedEdition(
        facts.depth,
        mail.subject,
        neutralise_text(view.preheader),
        html,
        text,
        leave_url,
        trimmed=mail.trimmed,
        n_bytes=mail.n_bytes,
    )
