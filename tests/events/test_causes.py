"""What a provider has against us or the text costs no reader; the ledger says whose doing it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.enums import Cause, DeliveryState
from app.models import Delivery, Publication, Suppression
from tests.events.conftest import Tell, World
from tests.events.told import bounce, said

UNAUTHENTICATED = (
    "smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated."
)
GONE = "smtp; 550-5.1.1 The email account that you tried to reach does not exist."


def answered(subtype: str, diagnostic: str) -> dict[str, Any]:
    part = bounce(subtype)
    part["bouncedRecipients"][0] |= {"status": "5.0.0", "diagnosticCode": diagnostic}
    return part


@pytest.mark.parametrize(
    ("subtype", "diagnostic", "cause", "reason", "is_suppressed"),
    [
        ("Permanent/General", GONE, Cause.MAILBOX, "Permanent/General", True),
        ("Permanent/General", UNAUTHENTICATED, Cause.OURS, "Permanent/General 5.7.26", False),
        ("Permanent/EmailValidationSuppressed", "", Cause.HELD_BACK,
         "Permanent/EmailValidationSuppressed", True),
    ],
)  # fmt: skip
def test_whose_doing_a_bounce_is_stands_in_the_ledger_and_decides_who_is_suppressed(
    session: Session,
    world: World,
    tell: Tell,
    now: datetime,
    *,
    subtype: str,
    diagnostic: str,
    cause: Cause,
    reason: str,
    is_suppressed: bool,
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(said("Bounce", now, delivery_id=world.tag(), part=answered(subtype, diagnostic)))
    row = session.scalars(select(Delivery)).one()
    assert (row.state, row.cause, row.reason) == (DeliveryState.BOUNCED, cause, reason)
    assert bool(session.scalars(select(Suppression)).all()) is is_suppressed


def test_soft_bounces_that_are_ours_are_not_counted_against_the_mailbox(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.execute(update(Publication).values(soft_bounce_limit=1))
    session.add(world.written(0, now))
    session.commit()
    ours = answered("Transient/General", UNAUTHENTICATED)
    tell(said("Bounce", now, delivery_id=world.tag(), part=ours))
    assert session.scalars(select(Suppression)).all() == []
    full = answered("Transient/MailboxFull", "smtp; 552 5.2.2 Over quota")
    earlier = now - timedelta(minutes=1)
    tell(said("Bounce", earlier, delivery_id=world.tag(), part=full))
    session.expire_all()
    assert session.scalars(select(Delivery.cause)).one() is Cause.MAILBOX
    assert len(session.scalars(select(Suppression)).all()) == 1
