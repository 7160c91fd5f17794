"""What providers put off is kept by whose doing it is, the same in any order."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.deferrals import PutOff, put_off_of
from app.enums import Cause, DeliveryState
from app.models import Deferral, Delivery, Suppression
from tests.events.conftest import Tell, World
from tests.events.told import bounce, said


def delay(kind: str = "General", diagnostic: str = "") -> dict[str, Any]:
    told = {"emailAddress": "reader1@example.com", "status": "4.0.0", "diagnosticCode": diagnostic}
    return {"delayType": kind, "delayedRecipients": [told]}


BUSY = delay("IPFailure", "smtp; 421-4.7.28 unusual rate of unsolicited mail")
FULL = delay("MailboxFull", "smtp; 452-4.2.2 out of storage")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_last_delay_counts_in_any_order_and_however_often(
    session: Session, world: World, tell: Tell, now: datetime, order: tuple[int, ...]
) -> None:
    session.add(world.written(0, now))
    session.commit()
    told = [
        said("DeliveryDelay", now + timedelta(minutes=n), delivery_id=world.tag(), part=part)
        for n, part in enumerate((FULL, delay("SendingDeferral"), BUSY))
    ]
    for n in (*order, *order):
        tell(told[n])
    (row,) = session.scalars(select(Deferral))
    assert (row.cause, row.reason, row.at) == (
        Cause.OURS,
        "IPFailure 4.7.28",
        now + timedelta(minutes=2),
    )
    delivery = session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.cause) == (DeliveryState.ACCEPTED, None)
    assert session.scalars(select(Suppression)).all() == []


def test_same_instant_gives_the_same_row_together_as_one_by_one(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add_all([world.written(0, now), world.written(1, now)])
    session.commit()
    parts = (BUSY, FULL)
    tell(*[said("DeliveryDelay", now, delivery_id=world.tag(0), part=one) for one in parts])
    address = world.readers[1].address or ""
    for one in reversed(parts):
        told = said("DeliveryDelay", now, delivery_id=world.tag(1), address=address, part=one)
        tell(told)
    rows = session.execute(select(Deferral.cause, Deferral.reason)).all()
    assert len(rows) == 2
    assert rows[0] == rows[1]


def test_delay_is_kept_before_the_ledger_has_the_mail(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    tell(said("DeliveryDelay", now, delivery_id=world.tag(), part=BUSY))
    assert put_off_of(session, world.issue.id) == [
        PutOff(None, Cause.OURS, 1, 1, "IPFailure 4.7.28")
    ]


@pytest.mark.parametrize(
    ("kind", "part"), [("Delivery", {}), ("Bounce", bounce("Transient/General"))]
)
def test_mail_that_arrives_or_comes_back_waits_no_more_and_was_put_off(
    session: Session, world: World, tell: Tell, now: datetime, kind: str, part: dict[str, Any]
) -> None:
    session.add(world.written(0, now))
    session.commit()
    tell(said("DeliveryDelay", now, delivery_id=world.tag(), part=BUSY))
    tell(said(kind, now + timedelta(hours=1), delivery_id=world.tag(), part=part))
    (found,) = put_off_of(session, world.issue.id)
    assert (found.n, found.n_waiting) == (1, 0)
