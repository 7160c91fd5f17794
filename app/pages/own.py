"""One reader's own page: whose it is, what it shows, and the form as it is sent back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import Response
from sqlalchemy.orm import Session

from app.container import Container
from app.delivery.eligibility import pauses
from app.errors import Gone, NotFound
from app.models import CategoryState, Subscriber
from app.pages.language import gettext
from app.pages.render import scripted_page, site_of
from app.pages.signup import DEPTHS
from app.publication.categories import chosen_follows, open_categories, shown_categories, slugs_of
from app.publication.publication import get_publication
from app.publication.zones import known_zones, offered_zones
from app.readers.current import current_reader, subscriber_id_of
from app.readers.links import LINK_WITHIN
from app.readers.new_address import awaited_address
from app.readers.pause import resume_day
from app.tokens import Named, Purpose, Signer
from app.words import Depth, SubscriberState

PREFERENCES_WITHIN: Final = timedelta(days=90)
"""How long a link out of a mail is good for: mails are passed on, and this one may erase."""


@dataclass(frozen=True)
class Chosen:
    """What stands in the form; `wrong` says per field what must be changed."""

    categories: frozenset[str]
    depth: str
    hour: str
    time_zone: str
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What the page says of the step just taken; `wrong` is by the form's field."""

    done: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)
    typed: str = ""


def reader_of(
    session: Session, signer: Signer, token: str, now: datetime, *, lock: bool = False
) -> Subscriber:
    """Whose page this link opens: out of any mail, or out of one that was asked for.

    Raises:
        NotFound: it is none of ours.
        Gone: it is too old, its reader was erased or is not known, or it went to an address that
            they had before.
    """
    named = _read(signer, token, now)
    reader = current_reader(session, subscriber_id_of(session, named), lock=lock)
    if reader is None or reader.state is SubscriberState.ERASED:
        raise Gone("This link no longer works. Please sign up again.")
    # A token tells its second only.
    if reader.moved_at is not None and named.made_at < reader.moved_at.replace(microsecond=0):
        raise Gone("This link went to an address that was changed since. Please ask for a new one.")
    return reader


def own_page(
    session: Session,
    container: Container,
    reader: Subscriber,
    token: str,
    now: datetime,
    *,
    said: Said | None = None,
    chosen: Chosen | None = None,
) -> Response:
    """The page as it is now, 422 where something must be changed first."""
    publication = get_publication(session)
    said = said or Said()
    chosen = chosen or chosen_by(session, reader)
    site = site_of(session, container.settings)
    is_paused = pauses(reader, now)
    zone = reader.time_zone or publication.time_zone
    return scripted_page(
        "preferences.html",
        422 if said.wrong or chosen.wrong else 200,
        site=site,
        base=f"{site.root}/preferences/{token}",
        leave_token=container.signer.sign(Purpose.LEAVE, reader.public_id, now=now),
        reader=reader,
        chosen=chosen,
        said=said,
        categories=open_categories(session),
        ended=[
            one.name
            for one in shown_categories(session)
            if one.state is CategoryState.RETIRED and one.mask & reader.follows
        ],
        depths=DEPTHS,
        hours=range(24),
        zones=offered_zones(known_zones(session)),
        publication=publication,
        paused_until=resume_day(reader.paused_until, zone)
        if is_paused and reader.paused_until
        else None,
        first_day=resume_day(now, zone),
        awaited=awaited_address(session, reader, now),
    )


def chosen_by(session: Session, reader: Subscriber) -> Chosen:
    """What the reader has chosen, as the form shows it."""
    return Chosen(
        frozenset(slugs_of(session, reader.follows)),
        reader.depth.value,
        "" if reader.hour is None else str(reader.hour),
        reader.time_zone or "",
    )


def checked(session: Session, reader: Subscriber, sent: Chosen) -> Chosen:
    """The form as it was sent, without what is no category, and with what is wrong."""
    known = {category.slug for category in open_categories(session)}
    categories = sent.categories & known
    wrong = {}
    if not chosen_follows(session, categories, reader.follows):
        wrong["categories"] = gettext("Please choose at least one.")
    if sent.depth not in set(Depth):
        wrong["depth"] = gettext("Please choose one of these.")
    if sent.hour not in {"", *map(str, range(24))}:
        wrong["hour"] = gettext("Please choose one of these.")
    if sent.time_zone and sent.time_zone not in known_zones(session):
        wrong["time_zone"] = gettext("Please choose one of these.")
    return Chosen(categories, sent.depth, sent.hour, sent.time_zone, wrong)


def changes_of(session: Session, reader: Subscriber, chosen: Chosen) -> dict[str, Any]:
    """The columns that a form without mistakes sets."""
    return {
        "follows": chosen_follows(session, chosen.categories, reader.follows),
        "depth": Depth(chosen.depth),
        "hour": int(chosen.hour) if chosen.hour else None,
        "time_zone": chosen.time_zone or None,
    }


def _read(signer: Signer, token: str, now: datetime) -> Named:
    try:
        return signer.read(Purpose.PREFERENCES, token, now=now, good_for=PREFERENCES_WITHIN)
    except NotFound:
        return signer.read(Purpose.ASKED, token, now=now, good_for=LINK_WITHIN)
