"""The publication: read and changed here, by the API and the command line alike."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.addresses import parse_address
from app.audit import fields_of, record
from app.enums import Tracking
from app.errors import FieldError, InvalidInput
from app.look import Look
from app.models import Publication
from app.publication.limits import check_limits
from app.publication.line_templates import check_line_templates
from app.publication.zones import check_zone
from app.sentences import Sentence
from app.transports.headers import names_two_addresses, split_mailbox, written_mailbox
from app.versions import Expected, refuse_stale

_MAILBOXES: Final = ("from_address", "reply_to")
_ADDRESSES: Final = (*_MAILBOXES, "postal_address")


def get_publication(session: Session) -> Publication:
    """Return the publication: there is always exactly one."""
    return session.get_one(Publication, 1)


def look_of(publication: Publication) -> Look:
    """Return the look of the publication: ours, but for what was chosen."""
    return Look.model_validate(publication.look)


def set_publication(
    session: Session,
    actor: Actor,
    changes: Mapping[str, Any],
    now: datetime,
    *,
    allow_reserved: bool = False,
    expected: Expected = None,
) -> Publication:
    """Set the given fields and return the publication; `archive_is_open` opens or closes it.

    Closing keeps the instant: what came out before was public and stays readable by its address.

    Raises:
        InvalidInput: a field is out of its limits, a time zone or an address is none, or a
            template of subject or preheader is wrong.
        Stale: it is of another version than `expected`.
    """
    publication = session.get_one(Publication, 1, with_for_update=True, populate_existing=True)
    refuse_stale(session, publication, expected)
    before = fields_of(publication)
    addresses = {name: getattr(publication, name) for name in _ADDRESSES}
    rest = dict(changes)
    check_limits(rest)
    check_line_templates(rest)
    check_zone(session, rest.get("time_zone"))
    for name in _MAILBOXES:
        if rest.get(name):
            rest[name] = sender_of(name, rest[name], allow_reserved=allow_reserved)
    if "unwanted_warnings" in rest:
        rest["unwanted_warnings"] = sorted({str(code) for code in rest["unwanted_warnings"]})
    is_open = rest.pop("archive_is_open", publication.archive_is_open)
    if is_open != publication.archive_is_open:
        publication.archive_closed_at = None if is_open else now
    tracking = Tracking(rest.get("tracking", publication.tracking))  # a form's is a word
    if tracking is not publication.tracking:
        publication.clicks_kept_since = now if tracking is Tracking.PER_READER else None
    for name, value in rest.items():
        setattr(publication, name, value)
    if session.is_modified(publication):
        publication.version += 1
    unsaid = [name for name, was in addresses.items() if getattr(publication, name) != was]
    after = fields_of(publication) | ({"addresses": unsaid} if unsaid else {})
    verb = Verb.CHANGE_PUBLICATION
    record(session, actor, verb, publication, now, before=before, after=after)
    return publication


def sender_of(field: str, text: str, *, allow_reserved: bool) -> str:
    """Return `Name <address>` or the bare address as it is kept, its domain as we write to it.

    Raises:
        InvalidInput: it is no address, or more than one; points to `field`.
    """
    if names_two_addresses(text):
        sentence = Sentence("Give one address alone, as in Name <name@example.com>.")
        raise InvalidInput(sentence, [FieldError(f"/{field}", sentence)])
    name, address = split_mailbox(text)
    try:
        found = parse_address(address, allow_reserved=allow_reserved).text
    except InvalidInput as error:
        raise InvalidInput(error.detail, [FieldError(f"/{field}", error.detail)]) from None
    return written_mailbox(name, found)
