"""The audience of a drill: readers of a few cuts, some of them not due, and an issue for them."""

from datetime import datetime
from importlib.resources import files
from random import Random
from typing import Final

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import address_hmac
from app.content.parse import parse
from app.enums import (
    BatchState,
    CallState,
    ConsentSource,
    DeliveryState,
    Depth,
    InDoubtPolicy,
    SubscriberState,
    SuppressionReason,
)
from app.errors import WrongState
from app.issues.lifecycle import approve
from app.issues.load import load
from app.issues.scheduling import schedule
from app.models import Batch, Call, CategoryState, Delivery, Issue, Subscriber, Suppression
from app.publication.categories import change_category
from app.publication.issue_masks import issue_mask
from app.readers.consent import Origin
from app.readers.leave import leave
from benchmarks.drill.plan import Scope

_AT_ONCE: Final = 5000
_NOT_DUE: Final = 40
"""Of so many readers one is not due, each for another reason than the one before."""
_FIRST_HOUR: Final = 2
"""How many hours from now the first Wave is, so that they all are still to come."""
_BUSY: Final = 0.8
"""The part of a drill's time in which its Waves begin."""
_BOUNCES: Final = 500
"""Of so many readers one has a mailbox that bounces."""


_TOGETHER: Final = text(
    """
    UPDATE batches b
    SET not_before = CAST(:now AS timestamptz) + w.place * CAST(:seconds AS float) * interval '1 s'
    FROM (SELECT not_before, row_number() OVER (ORDER BY not_before) - 1 AS place
          FROM (SELECT DISTINCT not_before FROM batches WHERE issue_id = :issue_id) AS waves) AS w
    WHERE b.issue_id = :issue_id AND b.not_before = w.not_before
    """
)


def add_issue(session: Session, scope: Scope, now: datetime) -> int:
    """Load and approve the sample digest as an issue of today; return its number."""
    data = files("localdev").joinpath("samples/digest.txt").read_bytes()
    issue = load(session, CLI, parse(data), issued_on=now.date(), now=now, drop_incomplete=True)
    for category in issue.proposed:
        change_category(session, CLI, category, {"state": CategoryState.OPEN}, now)
    row = session.get_one(Issue, issue.issues[0].id)
    row.at_local_hours = scope.n_waves > 0
    row.canary_percent = scope.canary_percent
    row.in_doubt_policy = InDoubtPolicy(scope.in_doubt)
    approve(session, CLI, issue.issues[0].id, now)
    return issue.issues[0].id


def add_readers(session: Session, issue_id: int, scope: Scope, pepper: str, now: datetime) -> None:
    """Readers who are due, of four cuts and with Waves of as many hours, and some who are not."""
    mask, n = issue_mask(session, issue_id), scope.n_readers
    rows = [_row(number, mask, pepper, now) for number in range(n + n // _NOT_DUE)]
    for number, row in enumerate(rows):
        if scope.n_waves:
            row["hour"] = (now.hour + _FIRST_HOUR + number // 8 % scope.n_waves) % 24
        row["time_zone"] = "UTC" if scope.n_waves else None
    for row, number in zip(rows[n:], range(n), strict=False):
        _not_due(session, row, number, now)
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(Subscriber), rows[start : start + _AT_ONCE])


def send_now(session: Session, issue_id: int, now: datetime) -> None:
    """Give the issue the present instant, unless a tick has already."""
    try:
        schedule(session, CLI, issue_id, now, send_at=now)
    except WrongState:
        if session.get_one(Issue, issue_id).launched_at is None:
            raise


def draw_waves_together(session: Session, issue_id: int, scope: Scope, now: datetime) -> None:
    """Move the Waves of a launched issue into the time of the drill, in their order.

    Nobody can have been sent anything before: all of them are hours ahead.
    """
    if scope.n_waves:
        seconds = _BUSY * scope.seconds / scope.n_waves
        session.execute(_TOGETHER, {"issue_id": issue_id, "now": now, "seconds": seconds})


def n_early(session: Session, issue_id: int) -> int:
    """Return how many Calls were opened before the Wave's time, or before a next try was due."""
    early = select(func.count()).select_from(Call).join(Batch, Batch.id == Call.batch_id)
    is_early = Call.opened_at < Batch.not_before
    return session.scalar(early.where(Batch.issue_id == issue_id, is_early)) or 0


def n_undone(session: Session, issue_id: int) -> int:
    """Return how many Batches are not done plus how many Calls are open."""
    undone = func.count().filter(Batch.state != BatchState.DONE)
    is_open = func.count().filter(Call.state == CallState.OPEN)
    counts = (
        select(undone + is_open)
        .select_from(Batch)
        .outerjoin(Call, Call.batch_id == Batch.id)
        .where(Batch.issue_id == issue_id)
    )
    return session.scalar(counts) or 0


def n_just_opened(session: Session, since: datetime) -> int:
    """Return how many Calls were opened since then and are not closed."""
    is_open = (Call.state == CallState.OPEN, Call.opened_at > since)
    return session.scalar(select(func.count()).where(*is_open)) or 0


def n_young_doubts(session: Session, issue_id: int, since: datetime) -> int:
    """Return how many readers came in doubt since then, so that the policy may still send again."""
    young = select(func.count()).where(
        Delivery.issue_id == issue_id,
        Delivery.state == DeliveryState.IN_DOUBT,
        Delivery.at > since,
    )
    return session.scalar(young) or 0


def audience(session: Session, issue_id: int) -> list[int]:
    """Return the readers that the launch froze: those of batches not made by a second try."""
    batches = select(Batch.subscriber_ids).where(Batch.issue_id == issue_id, Batch.tries == 0)
    return [reader for ids in session.scalars(batches) for reader in ids]


def let_leave(session: Session, draw: float, now: datetime) -> None:
    """Let some readers leave while the issue is on its way."""
    random = Random(draw)
    # Not from a range: a PostgreSQL that is killed leaves out numbers of a sequence.
    readers = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).all()
    for subscriber_id in random.sample(readers, 5):
        leave(session, subscriber_id, now, Origin(ConsentSource.PAGE))


def _row(number: int, mask: int, pepper: str, now: datetime) -> dict[str, object]:
    bounces = number % _BOUNCES == _BOUNCES - 1
    local = f"bounce+{number}@simulator.amazonses.com" if bounces else f"r{number}@readers.example"
    return {
        "address": local,
        "address_key": local,
        "address_hmac": address_hmac(local, pepper),
        "state": SubscriberState.ACTIVE,
        "follows": mask if number % 2 else mask & -mask,
        "depth": Depth.BRIEF if number % 4 < 2 else Depth.HEADLINES,
        "paused_until": None,
        "created_at": now,
        "confirmed_at": now,
    }


def _not_due(session: Session, row: dict[str, object], number: int, now: datetime) -> None:
    """Make this reader one who must get nothing."""
    match number % 4:
        case 0:
            row["follows"] = 0
        case 1:
            row["state"] = SubscriberState.LEFT
        case 2:
            row["paused_until"] = now.replace(year=now.year + 1)
        case _:
            session.add(
                Suppression(
                    address_hmac=row["address_hmac"],
                    reason=SuppressionReason.HARD_BOUNCE,
                    note="",
                    created_at=now,
                )
            )
