"""Apply the journal again: who left, was erased or suppressed since the backup stays so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.suppression import suppress_all
from app.enums import ConsentSource, ConsentStep, SubscriberState, SuppressionReason
from app.models import Consent, Lift, Subscriber, Suppression
from app.outbox import publish_changed
from app.outside.journal import Entry, JournalStep
from app.readers.consent import Origin, record_consent
from app.readers.erasure import erase, remember_erased
from app.readers.leave import leave

_NOTE = "re-applied after a restore"


@dataclass(frozen=True)
class Applied:
    """How many people the journal changed; each counts where the backup did not know."""

    n_left: int = 0
    n_erased: int = 0
    n_suppressed: int = 0


@dataclass(frozen=True)
class _Person:
    """A Subscriber as the backup has them; `known_at` is the last step of theirs that it knows."""

    subscriber_id: int
    public_id: int
    created_at: datetime
    known_at: datetime


def apply_journal(session: Session, entries: Sequence[Entry], now: datetime) -> Applied:
    """Apply what the journal tells and this database does not know; once more changes nothing.

    Of leaving and coming back the last one counts, and nobody is made active by it: who signed up
    or came back since the backup has to do so again.
    """
    people = _people(session, {key for one in entries for key in one.keys})
    return Applied(
        n_erased=_erase(session, entries, people, now),
        n_left=_leave(session, entries, people),
        n_suppressed=_suppress(session, entries, people),
    )


def _people(session: Session, keys: Iterable[bytes]) -> Mapping[bytes, _Person]:
    """Find the Subscribers with these HMACs, by them."""
    wanted = list(keys)
    known_at = func.coalesce(func.max(Consent.at), Subscriber.created_at)
    rows = session.execute(
        select(
            Subscriber.address_hmac,
            Subscriber.id,
            Subscriber.public_id,
            Subscriber.created_at,
            known_at,
        )
        .outerjoin(Consent, Consent.subscriber_id == Subscriber.id)
        .where(Subscriber.address_hmac == func.any(wanted))
        .group_by(Subscriber.id)
    )
    return {row[0]: _Person(*row[1:]) for row in rows}


def _erase(
    session: Session, entries: Sequence[Entry], people: Mapping[bytes, _Person], now: datetime
) -> int:
    """Erase who was erased; who signed up after that is somebody new."""
    n_erased = 0
    for entry in entries:
        for key in entry.keys if entry.what is JournalStep.ERASED else ():
            remember_erased(session, key, entry.at)
            person = people.get(key)
            if person is not None and person.created_at <= entry.at:
                reader = session.get_one(Subscriber, person.subscriber_id)
                n_erased += reader.state != SubscriberState.ERASED
                erase(session, None, person.subscriber_id, now, Origin(ConsentSource.EDITOR))
    return n_erased


def _leave(session: Session, entries: Sequence[Entry], people: Mapping[bytes, _Person]) -> int:
    """Let those leave, or follow less, whose last step says so and is news here."""
    last: dict[bytes, Entry] = {}
    for entry in entries:
        if entry.what in {JournalStep.LEFT, JournalStep.JOINED, JournalStep.CHANGED}:
            last |= dict.fromkeys(entry.keys, entry)
    n_left = 0
    for key, entry in last.items():
        person = people.get(key)
        if person is None or entry.at <= person.known_at:
            continue
        reader = session.get_one(Subscriber, person.subscriber_id)
        origin = Origin(ConsentSource(entry.facts.get("source", ConsentSource.EDITOR)))
        if entry.what is JournalStep.LEFT:
            n_left += reader.state in {SubscriberState.PENDING, SubscriberState.ACTIVE}
            leave(session, reader.id, entry.at, origin)
        elif reader.follows & ~int(entry.facts["follows"]):
            reader.follows &= int(entry.facts["follows"])
            record_consent(session, reader, ConsentStep.CHANGED, origin, entry.at, note=_NOTE)
            publish_changed(session, reader, ["follows"], entry.at)
            n_left += 1
    return n_left


def _suppress(session: Session, entries: Sequence[Entry], people: Mapping[bytes, _Person]) -> int:
    """Suppress what was suppressed and not lifted afterwards."""
    last: dict[bytes, Entry] = {}
    for entry in entries:
        if entry.what in {JournalStep.SUPPRESSED, JournalStep.LIFTED}:
            last |= dict.fromkeys(entry.keys, entry)
    held = {key: one for key, one in last.items() if one.what is JournalStep.SUPPRESSED}
    lifted = dict(
        session.execute(
            select(Lift.address_hmac, func.max(Lift.lifted_at))
            .where(Lift.address_hmac == func.any(list(held)))
            .group_by(Lift.address_hmac)
        ).all()
    )
    n_suppressed = 0
    for key, entry in held.items():
        if key in lifted and lifted[key] >= entry.at:
            continue
        n_suppressed += session.get(Suppression, key) is None
        readers = {key: people[key].public_id} if key in people else {}
        reason = SuppressionReason(entry.facts["reason"])
        suppress_all(session, [(key, reason, _NOTE)], entry.at, readers)
    return n_suppressed
