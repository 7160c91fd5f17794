"""Of several reasons to suppress an address the strongest stays, whatever was told first."""

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import Address
from app.delivery.suppression import suppress
from app.enums import SuppressionReason
from app.models import Suppression
from tests.events.conftest import Tell, World
from tests.events.told import bounce, complaint, said
from tests.factories import PEPPER


@pytest.fixture
def ledger(session: Session, world: World, now: datetime) -> World:
    """Return the World, with an answer for its first reader."""
    session.add(world.written(0, now))
    session.commit()
    return world


def _found(session: Session) -> list[tuple[SuppressionReason, str]]:
    return [(row.reason, row.note) for row in session.scalars(select(Suppression))]


@pytest.mark.parametrize("order", list(permutations(["manual", "complaint", "bounce"])))
def test_strongest_reason_stays_in_any_order(
    session: Session, ledger: World, tell: Tell, now: datetime, order: Sequence[str]
) -> None:
    key = ledger.readers[0].address_key or ""
    for what in order:
        if what == "manual":
            asked = SuppressionReason.MANUAL
            suppress(
                session, CLI, Address(key, key), asked, note="they asked", pepper=PEPPER, now=now
            )
            session.commit()
        else:
            part = complaint() if what == "complaint" else bounce()
            tell(said(what.title(), now, delivery_id=ledger.tag(), part=part))
    assert _found(session) == [(SuppressionReason.MANUAL, "they asked")]


@pytest.mark.parametrize("order", [("NoEmail", "General"), ("General", "NoEmail")])
def test_note_is_the_same_in_any_order_when_the_reasons_are_equal(
    session: Session, ledger: World, tell: Tell, now: datetime, order: tuple[str, str]
) -> None:
    for subtype in order:
        part = bounce(f"Permanent/{subtype}")
        tell(said("Bounce", now, delivery_id=ledger.tag(), part=part))
    assert _found(session) == [(SuppressionReason.HARD_BOUNCE, "Permanent/General")]
