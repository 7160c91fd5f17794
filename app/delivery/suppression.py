"""Suppressions: addresses that must not be written to, whoever asks.

This is the one home of both suppressing and lifting: one address or many, asked for by a person,
told by an Event, by an Import or by the journal of a restored backup.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import TextClause, delete, select, text
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.addresses import Address, address_hmac
from app.audit import record_step
from app.characters import TEXT
from app.enums import SuppressionReason
from app.errors import NotFound
from app.models import Lift, OutboxKind, Subscriber, Suppression
from app.outbox import publishing_sql
from app.outside.journal import JournalStep, remember
from app.written import MAX_TEXT, check_written

PRECEDENCE: Final = (
    SuppressionReason.SOFT_BOUNCES,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.COMPLAINT,
    SuppressionReason.MANUAL,
)
"""The weakest first: what a person said stays, whatever comes back from machines."""

_log = structlog.get_logger(__name__)

# Of equal reasons the smallest note stays, so that the order of what came back makes no difference;
# a person's note stays as it was first written.
_SUPPRESS: Final[TextClause] = text(
    """
    WITH held AS (
        INSERT INTO suppressions AS s (address_hmac, reason, note, created_at)
        SELECT key, reason, note, :now
        FROM unnest(CAST(:keys AS bytea[]), CAST(:reasons AS text[]), CAST(:notes AS text[]))
            AS wanted (key, reason, note)
        ORDER BY key
        ON CONFLICT (address_hmac) DO UPDATE SET reason = excluded.reason, note = excluded.note
        WHERE array_position(CAST(:precedence AS text[]), excluded.reason::text)
                > array_position(CAST(:precedence AS text[]), s.reason::text)
           OR (excluded.reason = s.reason AND s.reason <> 'manual'
               AND excluded.note COLLATE "C" < s.note COLLATE "C")
        RETURNING new.address_hmac, new.reason, old.reason AS reason_before
    ), told AS (
    """  # noqa: S608  # all are constants
    + publishing_sql(
        """
        held JOIN unnest(CAST(:known AS bytea[]), CAST(:readers AS bigint[]))
            AS reader (key, public_id) ON reader.key = held.address_hmac
        WHERE held.reason <> 'manual' AND held.reason IS DISTINCT FROM held.reason_before
        """,
        kind=f"CASE held.reason WHEN 'complaint' THEN '{OutboxKind.READER_COMPLAINED}'"
        f" ELSE '{OutboxKind.READER_BOUNCED}' END",
        facts="jsonb_build_object('reason', held.reason)",
    )
    + ") SELECT address_hmac, reason FROM held"
)


def suppress_all(
    session: Session,
    wanted: Iterable[tuple[bytes, SuppressionReason, str]],
    now: datetime,
    readers: Mapping[bytes, int],
) -> Mapping[SuppressionReason, Sequence[bytes]]:
    """Suppress the addresses with these HMACs, each for a reason and with a note.

    `readers` are the public ids of those whose addresses they are, by HMAC: it is published that
    these bounced or complained. The strongest reason of an address stays. Return the addresses that
    were suppressed, or are now for a stronger reason or with another note, by reason.
    """
    strongest: dict[bytes, tuple[int, str]] = {}
    for key, reason, note in wanted:
        found = (-PRECEDENCE.index(reason), note)
        strongest[key] = min(found, strongest.get(key, found))
    if not strongest:
        return {}
    values = {
        "keys": list(strongest),
        "reasons": [PRECEDENCE[-place].value for place, _ in strongest.values()],
        "notes": [note for _, note in strongest.values()],
        "precedence": [one.value for one in PRECEDENCE],
        "known": list(readers),
        "readers": list(readers.values()),
    }
    written = session.execute(_SUPPRESS, {**values, "now": now}).all()
    suppressed = {
        reason: [row.address_hmac for row in written if row.reason == reason]
        for reason in sorted({SuppressionReason(row.reason) for row in written})
    }
    for reason, keys in suppressed.items():
        remember(session, JournalStep.SUPPRESSED, now, keys, reason=reason)
        _log.info("suppressed", reason=reason, n=len(keys))
    return suppressed


def lift_all(
    session: Session,
    address_hmacs: Collection[bytes],
    now: datetime,
    *,
    only: SuppressionReason | None = None,
) -> Mapping[bytes, SuppressionReason]:
    """Let these addresses be written to again, or those suppressed for `only` that reason.

    Return which were suppressed, and why.
    """
    statement = delete(Suppression).where(Suppression.address_hmac.in_(address_hmacs))
    if only is not None:
        statement = statement.where(Suppression.reason == only)
    rows = session.execute(
        statement.returning(Suppression.address_hmac, Suppression.reason).execution_options(
            synchronize_session=False
        )
    ).all()
    lifted = {row.address_hmac: row.reason for row in rows}
    if lifted:
        remember(session, JournalStep.LIFTED, now, lifted)
        for reason in sorted(set(lifted.values())):
            n = sum(one is reason for one in lifted.values())
            _log.info("suppression_lifted", reason=reason, n=n)
    return lifted


def suppress(
    session: Session,
    actor: Actor,
    address: Address,
    reason: SuppressionReason,
    *,
    note: str,
    pepper: str,
    now: datetime,
) -> None:
    """Never write to this address again until it is lifted; the strongest reason stays.

    Raises InvalidInput for a note of more than `MAX_TEXT` characters.
    """
    check_written("note", note, most=MAX_TEXT, least=0, pattern=TEXT)
    key = address_hmac(address.key, pepper)
    theirs = select(Subscriber.public_id).where(Subscriber.address_key == address.key)
    known = [(key, public_id) for public_id in session.scalars(theirs)]
    suppress_all(session, [(key, reason, note)], now, dict(known))
    record_step(session, actor, Verb.SUPPRESS, "suppression", now, after={"reason": reason})


def suppressions_of(
    session: Session, address_hmacs: Collection[bytes]
) -> Mapping[bytes, Suppression]:
    """Return the Suppressions of those of the addresses that have one, by their HMAC."""
    rows = session.scalars(select(Suppression).where(Suppression.address_hmac.in_(address_hmacs)))
    return {row.address_hmac: row for row in rows}


def get_suppression(session: Session, address: Address, pepper: str) -> Suppression:
    """Return why this address is suppressed; raise NotFound if it is not."""
    found = session.get(Suppression, address_hmac(address.key, pepper))
    if found is None:
        raise NotFound("This address is not suppressed.")
    return found


def lift(
    session: Session,
    actor: Actor,
    address: Address,
    *,
    because: str,
    pepper: str,
    now: datetime,
) -> None:
    """Let this address be written to again, and keep why.

    Raises:
        NotFound: it was not suppressed.
        InvalidInput: the reason is none, or more than a line.
    """
    check_written("because", because)
    key = address_hmac(address.key, pepper)
    reason = lift_all(session, [key], now).get(key)
    if reason is None:
        raise NotFound("This address is not suppressed.")
    session.add(Lift(address_hmac=key, reason=reason, because=because, lifted_at=now))
    record_step(session, actor, Verb.LIFT, "suppression", now, after={"reason": reason})


def lifts_of(session: Session, address: Address, pepper: str) -> Sequence[Lift]:
    """Return each Lift of a Suppression of this address by a person, and why; the latest first."""
    key = address_hmac(address.key, pepper)
    return session.scalars(
        select(Lift).where(Lift.address_hmac == key).order_by(Lift.id.desc())
    ).all()
