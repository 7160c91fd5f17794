"""What providers put off is kept by whose doing it is, the same in any order."""

import threading
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.delivery.deferrals import PutOff, put_off_of
from app.delivery.doubt import Decision, decide
from app.enums import Cause, DeliveryState
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.models import Deferral, Delivery, Issue, Suppression
from localdev.processes import wait_until
from tests.events.conftest import Tell, World
from tests.events.told import bounce, said
from tests.factories import PEPPER, SIGNER


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


def test_ledger_stays_free_while_the_issue_of_a_delay_is_held(
    session: Session, sessions: Sessions, world: World, now: datetime
) -> None:
    session.add(world.written(0, now, state=DeliveryState.IN_DOUBT, provider_id=None))
    message = said("DeliveryDelay", now, delivery_id=world.tag(), part=BUSY)
    store(session, [RawEvent("delay", message)], now)
    issue_id = world.issue.id
    session.commit()

    def apply() -> None:
        with transaction(sessions) as other:
            apply_new(other, 1, PEPPER, SIGNER, now)

    applying = threading.Thread(target=apply)
    with transaction(sessions) as deciding:
        deciding.get_one(Issue, issue_id, with_for_update=True)
        own = deciding.scalars(select(func.pg_backend_pid())).one()
        applying.start()
        wait_until(lambda: _blocked_by(deciding, own), 60)
        held = select(Delivery).with_for_update(nowait=True)
        assert len(deciding.scalars(held).all()) == 1
        assert decide(deciding, CLI, issue_id, Decision.GIVE_UP, now) == 1
    applying.join()
    assert session.scalars(select(Deferral.reason)).one() == "IPFailure 4.7.28"


def _blocked_by(session: Session, pid: int) -> bool:
    # Of locks and not of activity, which a transaction sees as it was when it first looked.
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND :pid = ANY(pg_blocking_pids(pid))"
    )
    return bool(session.execute(waiting, {"pid": pid}).scalar_one())


def test_delay_of_an_issue_that_was_never_launched_is_not_kept(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    world.issue.launched_at = None
    session.commit()
    tell(said("DeliveryDelay", now, delivery_id=world.tag(), part=BUSY))
    assert session.scalars(select(Deferral)).all() == []
