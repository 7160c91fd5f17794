"""Suppressions: addresses that must not be written to, whoever asks."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor, Verb
from app.addresses import Address, address_hmac
from app.audit import record_step
from app.delivery.suppressions import keep_strongest
from app.enums import SuppressionReason
from app.errors import NotFound
from app.models import Lift, Suppression
from app.outside.journal import What, remember

_log = structlog.get_logger(__name__)


def suppress(
    session: Session,
    address: Address,
    reason: SuppressionReason,
    *,
    note: str,
    pepper: str,
    now: datetime,
    actor: Actor = SYSTEM,
) -> None:
    """Never write to this address again until it is lifted; the strongest reason stays."""
    key = address_hmac(address.key, pepper)
    row = {
        "address_hmac": key,
        "reason": reason,
        "note": note,
        "created_at": now,
    }
    session.execute(keep_strongest(insert(Suppression).values(row)))
    remember(session, What.SUPPRESSED, now, [key], reason=reason)
    after = {"reason": reason}
    record_step(session, actor, Verb.SUPPRESS, "suppression", now, after=after)
    _log.info("suppressed", reason=reason)


def get_suppression(session: Session, address: Address, pepper: str) -> Suppression:
    """Why this address is suppressed, or NotFound."""
    found = session.get(Suppression, address_hmac(address.key, pepper))
    if found is None:
        raise NotFound("This address is not suppressed.")
    return found


def lift(
    session: Session,
    address: Address,
    *,
    because: str,
    pepper: str,
    now: datetime,
    actor: Actor = SYSTEM,
) -> None:
    """Let this address be written to again, and keep why; NotFound if it was not suppressed."""
    key = address_hmac(address.key, pepper)
    reason = session.scalar(
        delete(Suppression).where(Suppression.address_hmac == key).returning(Suppression.reason)
    )
    if reason is None:
        raise NotFound("This address is not suppressed.")
    session.add(Lift(address_hmac=key, reason=reason, because=because, lifted_at=now))
    remember(session, What.LIFTED, now, [key])
    record_step(session, actor, Verb.LIFT, "suppression", now, after={"reason": reason})
    _log.info("suppression_lifted", reason=reason)


def lifts_of(session: Session, address: Address, pepper: str) -> Sequence[Lift]:
    """Return each Lift of a Suppression of this address by a person, and why; the latest first."""
    key = address_hmac(address.key, pepper)
    return session.scalars(
        select(Lift).where(Lift.address_hmac == key).order_by(Lift.id.desc())
    ).all()
