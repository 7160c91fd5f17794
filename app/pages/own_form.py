"""The form of a reader's own page: filled from the database, checked, and saved.

All that can be chosen is one form, saved wholly or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Form
from sqlalchemy.orm import Session

from app.delivery.eligibility import pauses
from app.enums import Depth, SubscriberState
from app.errors import InvalidInput
from app.language import mail_languages
from app.models import Subscriber
from app.pages.language import N_, gettext
from app.pages.typed import day_of
from app.publication.categories import chosen_follows, open_categories, slugs_of
from app.publication.publication import get_publication
from app.publication.zones import known_zones
from app.readers.pause import pause_end, resume_day

_NO_DAY: Final = N_("Please choose a day from tomorrow on, at most a year away.")


_Field = Annotated[str, Form()]


@dataclass(frozen=True)
class Sent:
    """The fields as a browser sends them; a box that is not ticked sends none."""

    categories: Annotated[list[str] | None, Form()] = None
    depth: _Field = ""
    hour: _Field = ""
    time_zone: _Field = ""
    asks_language: _Field = ""
    language: _Field = ""
    until: _Field = ""
    resume: _Field = ""
    address: _Field = ""
    withdraw: _Field = ""
    asks_clicks: _Field = ""
    refuse_clicks: _Field = ""


@dataclass(frozen=True)
class PreferencesForm:
    """What stands in the form; `wrong` says per field what must be changed."""

    categories: frozenset[str]
    depth: str
    hour: str
    time_zone: str
    until: str
    language: str = ""
    resume: bool = False
    address: str = ""
    withdraw: bool = False
    refuse_clicks: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)

    def but(self, name: str, sentence: str) -> "PreferencesForm":
        """Return the same, with one more field that must be changed."""
        return replace(self, wrong={**self.wrong, name: sentence})


def form_of(session: Session, reader: Subscriber, now: datetime) -> PreferencesForm:
    """Return what the reader has chosen, as the form shows it."""
    return PreferencesForm(
        frozenset(slugs_of(session, reader.follows)),
        reader.depth.value,
        "" if reader.hour is None else str(reader.hour),
        reader.time_zone or "",
        _day_shown(session, reader, now),
        language=reader.language,
        refuse_clicks=reader.refuses_tracking,
    )


def checked(session: Session, reader: Subscriber, sent: Sent, now: datetime) -> PreferencesForm:
    """Return the form as it was sent, without what is no category, and with what is wrong."""
    known = {category.slug for category in open_categories(session)}
    chosen = PreferencesForm(
        frozenset(sent.categories or ()) & known,
        sent.depth,
        sent.hour,
        sent.time_zone,
        sent.until,
        language=sent.language if sent.asks_language else sent.language or reader.language,
        resume=bool(sent.resume),
        address=sent.address.strip(),
        withdraw=bool(sent.withdraw),
        refuse_clicks=bool(sent.refuse_clicks) if sent.asks_clicks else reader.refuses_tracking,
    )
    if not chosen_follows(session, chosen.categories, reader.follows):
        chosen = chosen.but("categories", gettext("Please choose at least one."))
    for name, allowed in (
        ("depth", set(Depth)),
        ("hour", {"", *map(str, range(24))}),
        ("time_zone", {"", *known_zones(session)}),
        ("language", {"", *mail_languages()}),
    ):
        if getattr(chosen, name) not in allowed:
            chosen = chosen.but(name, gettext("Please choose one of these."))
    if "time_zone" not in chosen.wrong:
        try:
            pause_of(session, reader, chosen, now)
        except (InvalidInput, ValueError, OverflowError):
            chosen = chosen.but("until", gettext(_NO_DAY))
    return chosen


def changes_of(
    session: Session, reader: Subscriber, chosen: PreferencesForm, now: datetime
) -> dict[str, Any]:
    """Return the columns that a form without mistakes sets."""
    return {
        "follows": chosen_follows(session, chosen.categories, reader.follows),
        "depth": Depth(chosen.depth),
        "hour": int(chosen.hour) if chosen.hour else None,
        "time_zone": chosen.time_zone or None,
        "language": chosen.language,
        "paused_until": pause_of(session, reader, chosen, now),
    }


def pause_of(
    session: Session, reader: Subscriber, chosen: PreferencesForm, now: datetime
) -> datetime | None:
    """Return until when the form wants no mail.

    A day that was not changed stays the instant that it was. Who gets nothing anyhow has no pause.

    Raises:
        InvalidInput: the day is not in the future, or too far away.
        ValueError: it is no day.
    """
    if reader.state is not SubscriberState.ACTIVE or chosen.resume or not chosen.until:
        return None
    if chosen.until == _day_shown(session, reader, now):
        return reader.paused_until
    zone = chosen.time_zone or get_publication(session).time_zone
    return pause_end(day_of(chosen.until), zone, now)


def _day_shown(session: Session, reader: Subscriber, now: datetime) -> str:
    if reader.paused_until is None or not pauses(reader, now):
        return ""
    zone = reader.time_zone or get_publication(session).time_zone
    return resume_day(reader.paused_until, zone).isoformat()
