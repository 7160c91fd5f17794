"""Apply: read stored Events and update the ledger, hundreds at a time in a few statements.

Each is looked at until it is applied, or is seen to concern nobody here. One whose Delivery is
not written yet waits for it, since SES may be quicker than the answer to our own call.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from app.delivery.alone import each_alone, each_part
from app.enums import ConsentSource, EventState
from app.events.ahead import hold_if_ahead
from app.events.deferrals import note_deferrals
from app.events.errors import EventError
from app.events.evidence import Consequence, consequence_of
from app.events.leavers import find_leavers
from app.events.ledger import Proof, move_deliveries, move_letters, proof_of
from app.events.ours import Known, is_ahead, owners_of
from app.events.payload import HeardEvent, read_event
from app.events.people import act
from app.events.stored import LockedEvent, Outcome, give_up_waiting, lock_events, note
from app.events.targets import DeliveryKey, LetterKey, Target, find_by_address
from app.tokens import Signer

_Key = TypeVar("_Key", DeliveryKey, LetterKey)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A stored Event and what it says; `error` when it cannot be read.

    `targets` are the mails of ours that it is about, `to_come` those of them whose row may still
    be written. `foreign` is why it is none of ours.
    """

    taken: LockedEvent
    heard: Sequence[HeardEvent]
    error: str | None = None
    targets: Sequence[tuple[HeardEvent, Target]] = ()
    to_come: Sequence[Target] = ()
    foreign: str | None = None


def apply_new(session: Session, limit: int, pepper: str, signer: Signer, now: datetime) -> int:
    """Apply up to `limit` Events (500 to 1,000 are good) in the caller's transaction.

    Return how many were looked at: 0 when there is nothing to do now. It moves Deliveries and
    Letters, suppresses and lets leave. It may run at any time, in any number of workers; the same
    Events give the same ledger in any order and however often they come. `pepper` keys the HMAC of
    an address that only the Event names any more; `signer` made the links to leave.
    """
    each_part(session, "apply_events", ["give up"], lambda _: give_up_waiting(session, now), now)
    taken = lock_events(session, limit, now)
    _apply_parts(session, [taken] if taken else [], pepper, signer, now)
    return len(taken)


def _apply_parts(
    session: Session,
    parts: Iterable[Sequence[LockedEvent]],
    pepper: str,
    signer: Signer,
    now: datetime,
) -> None:
    """Apply each of these parts; one that fails is halved, down to the Events that are at fault.

    Those are kept as unreadable: a person may have them applied again (`events.unreadable`).
    """

    def set_aside(part: Sequence[LockedEvent], reason: str) -> None:
        if len(part) > 1:
            middle = len(part) // 2
            _apply_parts(session, [part[:middle], part[middle:]], pepper, signer, now)
        else:
            unreadable = Outcome(part[0].event_id, EventState.UNREADABLE, None, reason)
            note(session, [unreadable], now)

    def apply(part: Sequence[LockedEvent]) -> None:
        _apply(session, part, pepper, signer, now)

    each_alone(session, "apply_events", parts, apply, set_aside)


def _apply(
    session: Session, taken: Sequence[LockedEvent], pepper: str, signer: Signer, now: datetime
) -> None:
    readings = _located(session, [_read(one) for one in taken])
    readings = _aimed(session, readings, pepper, now)
    proofs = _proofs(readings)
    # Before any row of the ledger is locked: its foreign key locks the Issue, as people do first
    # who decide something of its mails, and in the other order the two would wait in a circle.
    note_deferrals(session, _put_off(readings))
    deliveries = move_deliveries(session, _of_kind(proofs, DeliveryKey))
    letters = move_letters(session, _of_kind(proofs, LetterKey), now)
    known: dict[Target, int | None] = dict(
        chain(deliveries.subscriber_ids.items(), letters.subscriber_ids.items())
    )
    to_come = _to_come(readings, deliveries.subscriber_ids)
    owners = known | {key: key.subscriber_id for key in to_come}
    changes = [*deliveries.changes, *letters.changes]
    mailed = find_leavers(session, signer, [event for one in readings for event in one.heard], now)
    consequences = chain(_consequences(readings, owners), _by_mail(mailed))
    act(session, consequences, changes, pepper, now)
    note(session, [_outcome(one, known, to_come, mailed) for one in readings], now)
    _log.info("events_applied", n_events=len(readings), n_waiting=len(to_come))


def _read(taken: LockedEvent) -> _Reading:
    try:
        return _Reading(taken, read_event(taken.body, taken.received_at))
    except EventError as error:
        _log.warning("event_unreadable", event_id=taken.event_id, reason=error.reason)
        return _Reading(taken, (), error.reason)


def _located(session: Session, readings: Sequence[_Reading]) -> Sequence[_Reading]:
    """Return the same, with untagged Events tagged where we wrote that mail.

    Whoever is none of our Subscribers loses the address, so that nobody waits for them.
    """
    untagged = [event for one in readings for event in one.heard if event.address is not None]
    if not untagged:
        return readings
    found = find_by_address(session, untagged)
    return [
        replace(
            one,
            heard=[
                event if event.address is None else found.get(event, replace(event, address=None))
                for event in one.heard
            ],
        )
        for one in readings
    ]


def _aimed(
    session: Session, readings: Sequence[_Reading], pepper: str, now: datetime
) -> Sequence[_Reading]:
    """Return the same with the mails of ours that they are about, and why others are foreign.

    The account is held where they show that this database is an old one.
    """
    events = [event for one in readings for event in one.heard]
    found = list(zip(events, owners_of(session, events, pepper), strict=True))
    hold_if_ahead(session, [event for event, mail in found if is_ahead(mail)], now)
    each = iter(found)
    return [_aim(one, list(islice(each, len(one.heard)))) for one in readings]


def _aim(reading: _Reading, found: Sequence[tuple[HeardEvent, Known | str | None]]) -> _Reading:
    known = [(event, mail) for event, mail in found if isinstance(mail, Known)]
    foreign = next((mail for _, mail in found if isinstance(mail, str)), None)
    if foreign is not None:
        _log.warning("event_foreign", event_id=reading.taken.event_id, reason=foreign)
    return _Reading(
        reading.taken,
        reading.heard,
        reading.error,
        targets=[(event, mail.target) for event, mail in known],
        to_come=[mail.target for _, mail in known if mail.may_come],
        foreign=foreign,
    )


def _to_come(readings: Sequence[_Reading], written: Container[DeliveryKey]) -> set[DeliveryKey]:
    """Return those that are not in the ledger but may yet be: their Issue was launched."""
    return {
        target
        for one in readings
        for target in one.to_come
        if isinstance(target, DeliveryKey) and target not in written
    }


def _proofs(readings: Sequence[_Reading]) -> dict[Target, Proof]:
    """Return what all these Events together prove, by mail."""
    events_of: dict[Target, list[HeardEvent]] = defaultdict(list)
    for one in readings:
        for event, target in one.targets:
            events_of[target].append(event)
    return {target: proof_of(events) for target, events in events_of.items()}


def _of_kind(proofs: Mapping[Target, Proof], kind: type[_Key]) -> dict[_Key, Proof]:
    return {key: proof for key, proof in proofs.items() if isinstance(key, kind)}


def _put_off(readings: Iterable[_Reading]) -> Iterator[tuple[HeardEvent, Target]]:
    """Yield what is told of mails of Issues that were launched; none else has any in the ledger."""
    for one in readings:
        yield from ((event, target) for event, target in one.targets if target in one.to_come)


def _consequences(
    readings: Sequence[_Reading], owners: Mapping[Target, int | None]
) -> Iterator[tuple[int, Consequence]]:
    """Yield what the Events mean for whom, each of them once.

    Nobody waits for it: a complaint counts before its Delivery is written. What a person lifts
    meanwhile stays lifted.
    """
    for one in readings:
        if not one.taken.is_new:
            continue
        for event, target in one.targets:
            subscriber_id = owners.get(target)
            if subscriber_id is not None:
                yield subscriber_id, consequence_of(event)


def _by_mail(mailed: Mapping[HeardEvent, Sequence[int]]) -> Iterator[tuple[int, Consequence]]:
    """Yield that these readers leave, and what SES thought of the mail that said so."""
    for event, ids in mailed.items():
        consequence = Consequence(leave=True, note=event.subtype, source=ConsentSource.MAIL)
        for subscriber_id in ids:
            yield subscriber_id, consequence


def _outcome(
    reading: _Reading,
    known: Container[Target],
    to_come: Container[Target],
    mailed: Container[HeardEvent],
) -> Outcome:
    targets = [target for _, target in reading.targets]
    heard = reading.heard[0] if reading.heard else None
    is_awaited = any(
        event.address is not None and event.delivery_id is None for event in reading.heard
    )
    if reading.error is not None:
        state = EventState.UNREADABLE
    elif any(target in known for target in targets) or heard in mailed:
        state = EventState.APPLIED
    elif is_awaited or any(target in to_come for target in targets):
        state = EventState.WAITING
    elif reading.foreign is not None:
        state = EventState.FOREIGN
    else:
        state = EventState.IGNORED
    error = reading.error or (reading.foreign if state is EventState.FOREIGN else None)
    return Outcome(reading.taken.event_id, state, heard, error)
