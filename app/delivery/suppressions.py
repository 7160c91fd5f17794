"""Suppressions: which reason stays when an address is suppressed for several."""

from typing import Final

from sqlalchemy import ColumnElement, and_, case, literal, or_
from sqlalchemy.dialects.postgresql import Insert

from app.enums import SuppressionReason
from app.models import Suppression

PRECEDENCE: Final = (
    SuppressionReason.SOFT_BOUNCES,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.COMPLAINT,
    SuppressionReason.MANUAL,
)
"""The weakest first: what a person said stays, whatever comes back from machines."""


def keep_strongest(statement: Insert) -> Insert:
    """Return the same insert of Suppressions; a stronger reason replaces a weaker one.

    Of equal reasons the smallest note stays, so that the order of what came back makes no
    difference; a person's note stays as it was first written.
    """
    new, old = statement.excluded, Suppression.__table__.c
    is_stronger = _place(new.reason) > _place(old.reason)
    is_equal = and_(
        new.reason == old.reason,
        old.reason != SuppressionReason.MANUAL,
        new.note.collate("C") < old.note.collate("C"),
    )
    return statement.on_conflict_do_update(
        index_elements=[Suppression.address_hmac],
        set_={"reason": new.reason, "note": new.note},
        where=or_(is_stronger, is_equal),
    )


def _place(reason: ColumnElement[SuppressionReason]) -> ColumnElement[int]:
    places = {one.value: literal(place) for place, one in enumerate(PRECEDENCE)}
    return case(places, value=reason)
