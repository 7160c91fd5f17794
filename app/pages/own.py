"""A reader's own page: find the reader of a link, and render it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from fastapi import Response
from sqlalchemy.orm import Session

from app.container import Container
from app.enums import SubscriberState
from app.errors import Gone, NotFound
from app.language import mail_languages
from app.models import CategoryState, Subscriber
from app.pages.coming import coming
from app.pages.depths import depths_of_reader
from app.pages.own_form import PreferencesForm, form_of
from app.pages.render import scripted_page, site_of
from app.pages.when import usual_time
from app.publication.categories import open_categories, shown_categories
from app.publication.publication import get_publication
from app.publication.zones import known_zones, offered_zones
from app.readers.current import current_reader, is_before, subscriber_id_of
from app.readers.links import LINK_WITHIN
from app.readers.new_address import awaited_address
from app.readers.pause import resume_day
from app.tokens import Purpose, Signer, TokenSubject

PREFERENCES_WITHIN: Final = timedelta(days=90)
"""How long a link out of a mail is good for: mails are passed on, and this one may erase."""


def reader_of(
    session: Session, signer: Signer, token: str, now: datetime, *, lock: bool = False
) -> Subscriber:
    """Return whose page this link opens: out of any mail, or out of one that was asked for.

    Raises:
        NotFound: it is none of ours.
        Gone: it is too old, its reader was erased or is not known, or it went to an address that
            they had before.
    """
    named = _read(signer, token, now)
    reader = current_reader(session, subscriber_id_of(session, named), lock=lock)
    if reader is None or reader.state is SubscriberState.ERASED:
        raise Gone("This link no longer works. Please sign up again.")
    if is_before(named.made_at, reader.moved_at):
        raise Gone("This link went to an address that was changed since. Please ask for a new one.")
    return reader


def made_at(signer: Signer, token: str, now: datetime) -> datetime:
    """Return when the link was made that opens a reader's page.

    Raises:
        NotFound, Gone: as `reader_of`.
    """
    return _read(signer, token, now).made_at


def own_page(
    session: Session,
    container: Container,
    reader: Subscriber,
    token: str,
    now: datetime,
    *,
    done: Sequence[str] = (),
    chosen: PreferencesForm | None = None,
) -> Response:
    """Return the page as it is now, 422 where something must be changed first."""
    publication = get_publication(session)
    chosen = chosen or form_of(session, reader, now)
    site = site_of(session, container.settings)
    categories = open_categories(session)
    return scripted_page(
        "preferences.html",
        422 if chosen.wrong else 200,
        site=site,
        base=f"{site.root}/preferences/{token}",
        leave_token=container.signer.sign(Purpose.LEAVE, reader.public_id, now=now),
        reader=reader,
        chosen=chosen,
        done=done,
        coming=coming(session, reader, now),
        categories=categories,
        ended=[
            one.name
            for one in shown_categories(session)
            if one.state is CategoryState.RETIRED and one.mask & reader.follows
        ],
        depths=depths_of_reader(publication, reader.depth),
        hours=range(24),
        languages=mail_languages(),
        zones=offered_zones(known_zones(session)),
        publication=publication,
        usual_time=usual_time(publication, categories),
        first_day=resume_day(now, reader.time_zone or publication.time_zone),
        awaited=awaited_address(session, reader, now),
    )


def _read(signer: Signer, token: str, now: datetime) -> TokenSubject:
    try:
        return signer.read(Purpose.PREFERENCES, token, now=now, good_for=PREFERENCES_WITHIN)
    except NotFound:
        return signer.read(Purpose.ASKED, token, now=now, good_for=LINK_WITHIN)
