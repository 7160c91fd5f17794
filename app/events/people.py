"""People: let readers leave and suppress addresses after bounces and complaints.

Suppressing follows the ledger; for soft bounces that is `delivery.soft_bounces`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.delivery.soft_bounces import judge_alone, too_many_soft
from app.delivery.suppression import lift_all, suppress_all
from app.enums import ConsentSource, DeliveryState, SuppressionReason
from app.events.evidence import NOTHING, Consequence
from app.events.ledger import Change
from app.models import Subscriber, Suppression
from app.readers.consent import Origin
from app.readers.leave import leave_all

_log = structlog.get_logger(__name__)


def act(
    session: Session,
    consequences: Iterable[tuple[int, Consequence]],
    changes: Sequence[Change],
    pepper: str,
    now: datetime,
) -> None:
    """Let the Subscribers of the first leave or be suppressed, and judge soft bounces anew.

    All of it is last in the caller's transaction and one at a time, so that nobody's bounce and
    delivery, told to two workers at once, miss each other.
    """
    wanted = [(who, what) for who, what in consequences if what is not NOTHING]
    judged = _to_judge(changes)
    reached = _reached(changes) - judged
    if not wanted and not judged and not reached:
        return
    judge_alone(session)
    wanted = _as_they_are_now(session, wanted)
    _leave(session, wanted, now)
    judged |= _softly_suppressed(session, reached)
    too_many, note = too_many_soft(session, judged)
    soft = Consequence(suppress=SuppressionReason.SOFT_BOUNCES, note=note)
    unwanted = [*wanted, *((who, soft) for who in sorted(too_many))]
    readers = _public_ids(session, {who for who, _ in unwanted})
    suppress_all(session, _suppressed(session, unwanted, pepper), now, readers)
    _lift_soft(session, judged - too_many, now)


def _to_judge(changes: Sequence[Change]) -> set[int]:
    """Return the Subscribers whose bounces or last delivery differ from before."""
    return {
        change.subscriber_id
        for change in changes
        if change.subscriber_id is not None
        and (
            change.before.state in {DeliveryState.BOUNCED, DeliveryState.DELIVERED}
            or change.after.state is DeliveryState.BOUNCED
        )
    }


def _reached(changes: Sequence[Change]) -> set[int]:
    """Return who got a mail: it matters only for those suppressed for soft bounces."""
    return {
        change.subscriber_id
        for change in changes
        if change.subscriber_id is not None and change.after.state is DeliveryState.DELIVERED
    }


def _as_they_are_now(
    session: Session, wanted: Sequence[tuple[int, Consequence]]
) -> list[tuple[int, Consequence]]:
    """Return the same, where a person who wants to leave has moved to another reader."""
    ids = {who for who, what in wanted if what.leave}
    if not ids:
        return list(wanted)
    rows = session.execute(
        select(Subscriber.id, Subscriber.moved_to_id).where(
            Subscriber.id.in_(sorted(ids)), Subscriber.moved_to_id.is_not(None)
        )
    )
    moved = {who: found for who, found in rows if found is not None}
    return [(moved.get(who, who) if what.leave else who, what) for who, what in wanted]


def _leave(session: Session, wanted: Sequence[tuple[int, Consequence]], now: datetime) -> None:
    ways: dict[tuple[ConsentSource, str], set[int]] = defaultdict(set)
    for who, what in wanted:
        if what.leave:
            ways[what.source, "" if what.suppress else what.note].add(who)
    for (source, note), ids in ways.items():
        for subscriber_id in leave_all(session, ids, now, Origin(source), note=note):
            _log.info("left", subscriber_id=subscriber_id, because="event", source=source)


def _softly_suppressed(session: Session, ids: set[int]) -> set[int]:
    if not ids:
        return set()
    return set(
        session.scalars(
            select(Subscriber.id)
            .join(Suppression, Suppression.address_hmac == Subscriber.address_hmac)
            .where(
                Suppression.reason == SuppressionReason.SOFT_BOUNCES,
                Subscriber.id == text("ANY(:ids)").bindparams(ids=sorted(ids)),
            )
        )
    )


def _suppressed(
    session: Session, wanted: Sequence[tuple[int, Consequence]], pepper: str
) -> Iterator[tuple[bytes, SuppressionReason, str]]:
    """Yield the HMAC of each address that is to be suppressed, why, and a note.

    It is the Subscriber's own address, unless the mail may have gone to another, which they had
    before they moved or were erased: then it is the one that the Event names.
    """
    ids = sorted({who for who, what in wanted if what.suppress is not None})
    rows = session.execute(
        select(Subscriber.id, Subscriber.address_hmac, Subscriber.moved_at).where(
            Subscriber.id.in_(ids)
        )
    )
    known = {row[0]: (row[1], row[2]) for row in rows}
    for who, what in wanted:
        if what.suppress is None or who not in known:
            continue
        key, moved_at = known[who]
        if what.address is not None and (not key or moved_at is not None):
            key = address_hmac(what.address, pepper)
        if key:
            yield key, what.suppress, what.note


def _lift_soft(session: Session, ids: set[int], now: datetime) -> None:
    """Let those be written to again who were suppressed for soft bounces and nothing else."""
    if not ids:
        return
    keys = _address_hmacs(session, ids).values()
    lift_all(session, keys, now, only=SuppressionReason.SOFT_BOUNCES)


def _address_hmacs(session: Session, ids: set[int]) -> Mapping[int, bytes]:
    if not ids:
        return {}
    rows = session.execute(
        select(Subscriber.id, Subscriber.address_hmac).where(
            # Who was erased has none any more, and none is nobody's.
            Subscriber.id.in_(sorted(ids)),
            Subscriber.address_hmac != b"",
        )
    )
    return {row[0]: row[1] for row in rows}


def _public_ids(session: Session, ids: set[int]) -> Mapping[bytes, int]:
    """Return the public ids of these Subscribers by the HMACs of their addresses."""
    if not ids:
        return {}
    rows = session.execute(
        select(Subscriber.address_hmac, Subscriber.public_id).where(Subscriber.id.in_(sorted(ids)))
    )
    return {row[0]: row[1] for row in rows}
