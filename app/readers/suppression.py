"""Suppressions: addresses that must not be written to, whoever asks."""

from datetime import datetime

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.addresses import Address, address_hmac
from app.delivery.suppressions import keep_strongest
from app.errors import NotFound
from app.models import Suppression
from app.words import SuppressionReason

_log = structlog.get_logger(__name__)


def suppress(
    session: Session,
    address: Address,
    reason: SuppressionReason,
    *,
    note: str,
    pepper: str,
    now: datetime,
) -> None:
    """Never write to this address again until it is lifted; the strongest reason stays."""
    row = {
        "address_hmac": address_hmac(address.key, pepper),
        "reason": reason,
        "note": note,
        "created_at": now,
    }
    session.execute(keep_strongest(insert(Suppression).values(row)))
    _log.info("suppressed", reason=reason)


def get_suppression(session: Session, address: Address, pepper: str) -> Suppression:
    """Why this address is suppressed, or NotFound."""
    found = session.get(Suppression, address_hmac(address.key, pepper))
    if found is None:
        raise NotFound("This address is not suppressed.")
    return found


def lift(session: Session, address: Address, pepper: str) -> None:
    """Let this address be written to again; NotFound if it was not suppressed."""
    key = address_hmac(address.key, pepper)
    lifted = session.scalars(
        delete(Suppression)
        .where(Suppression.address_hmac == key)
        .returning(Suppression.address_hmac)
    )
    if not lifted.all():
        raise NotFound("This address is not suppressed.")
    _log.info("suppression_lifted")
