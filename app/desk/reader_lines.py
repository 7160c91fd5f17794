"""The lines of a reader's time line: when, what, what became of it, and where it leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Final

from app.delivery.receptions import Reception
from app.desk.plan_words import DEPTHS, names_of
from app.desk.reader_words import (
    LETTERS,
    SOURCES,
    STEPS,
    SUPPRESSED,
    found_in_words,
    mail_in_words,
    row_in_words,
)
from app.desk.times import day_of_week
from app.desk.verbs import did, name_in_words
from app.enums import ConsentStep, DeliveryState, Depth, LetterKind
from app.models import AuditEntry, Category, Consent, Letter, Lift, Suppression
from app.pages.language import gettext
from app.readers.timeline import Moment, OfIssue

_CHOOSING: Final = {ConsentStep.CHANGED, ConsentStep.SIGNED_UP, ConsentStep.ADDED}


@dataclass(frozen=True)
class Line:
    """Show a moment; `issue_id` leads to an issue, and `has_mail` to the mail they got of it."""

    at: datetime
    title: str
    details: Sequence[str] = ()
    issue_id: int | None = None
    has_mail: bool = False


def lines_of(moments: Sequence[Moment], categories: Sequence[Category], zone: str) -> list[Line]:
    """Return the moments as lines, in their order."""
    return [_line(one.what, one.at, categories, zone) for one in moments]


def in_words(cut: str, depth: Depth) -> str:
    """Return a cut as `AI + DevOps, Brief`; nothing for none."""
    return f"{cut}, {gettext(DEPTHS[depth])}" if cut else ""


@singledispatch
def _line(what: object, at: datetime, _categories: Sequence[Category], _zone: str) -> Line:
    raise TypeError(f"{type(what).__name__} at {at} has no line.")


@_line.register
def _of_consent(what: Consent, at: datetime, categories: Sequence[Category], _zone: str) -> Line:
    details = [gettext(SOURCES[what.source])]
    if what.step in _CHOOSING:
        details.append(in_words(names_of(categories, what.follows), what.depth))
    return Line(at, gettext(STEPS[what.step]), _said(*details, what.note))


@_line.register
def _of_letter(what: Letter, at: datetime, _categories: Sequence[Category], zone: str) -> Line:
    became = mail_in_words(what.state, what.event_at or what.settled_at, zone)
    unwelcome = what.state not in {DeliveryState.ACCEPTED, DeliveryState.DELIVERED}
    to = what.address if what.kind is LetterKind.NEW_ADDRESS else ""
    return Line(
        at, gettext(LETTERS[what.kind]), _said(to, became, what.reason if unwelcome else "")
    )


@_line.register
def _of_change(what: AuditEntry, at: datetime, _categories: Sequence[Category], _zone: str) -> Line:
    fields = what.after.get("fields", [])
    names = [str(name).replace("_", " ") for name in fields] if isinstance(fields, list) else []
    who = name_in_words(what.who) or gettext("A reader")
    return Line(at, f"{who} {did(what.verb)}", _said(", ".join(names)))


@_line.register
def _of_mark(what: Suppression, at: datetime, _categories: Sequence[Category], _zone: str) -> Line:
    title = gettext("The address was suppressed")
    return Line(at, title, _said(gettext(SUPPRESSED[what.reason]), what.note))


@_line.register
def _of_lift(what: Lift, at: datetime, _categories: Sequence[Category], _zone: str) -> Line:
    title = gettext("The suppression was lifted")
    return Line(at, title, _said(gettext(SUPPRESSED[what.reason]), what.because))


@_line.register
def _of_issue(what: OfIssue, at: datetime, categories: Sequence[Category], zone: str) -> Line:
    title = gettext("Issue of %(day)s") % {"day": day_of_week(what.issue.issued_on)}
    said, is_nothing = _became(what, zone)
    if is_nothing:
        said = gettext("nothing: %(why)s") % {"why": said}
    if what.cut is None or is_nothing:
        return Line(at, title, _said(said), what.issue.id)
    cut = in_words(names_of(categories, what.cut.follows), what.cut.depth)
    revision = gettext("revision %(n)s") % {"n": what.cut.revision}
    return Line(at, title, _said(cut, revision, said), what.issue.id, has_mail=True)


def _became(what: OfIssue, zone: str) -> tuple[str, bool]:
    """Return what an issue became for them, and whether nothing was sent."""
    if what.row is not None:
        return row_in_words(what.row, zone), what.row.state is DeliveryState.SKIPPED
    if what.found is None:
        return "", False
    return found_in_words(what.found, zone), what.found.reception is Reception.NOTHING


def _said(*details: str | None) -> list[str]:
    return [one for one in details if one]
