"""What is due and not done yet: how much of it, and since when the oldest waits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.delivery.finish import is_to_render
from app.enums import (
    BatchState,
    CallState,
    DeliveryState,
    EventState,
    IssueState,
)
from app.metrics.families import (
    OLDEST,
    OLDEST_SETBACK,
    SETBACKS,
    WAITING,
    Sample,
    Samples,
    instant,
)
from app.models import (
    Ask,
    Batch,
    Call,
    Correction,
    Edition,
    Event,
    Import,
    Issue,
    Letter,
    Setback,
    Webhook,
)
from app.readers.imports.advance import OPEN
from app.webhooks.record import setback_of

MOST: Final = 20_000
"""So many of a kind are counted, which takes 30 ms; beyond it their age says enough."""


def waiting_work(session: Session, now: datetime, most: int = MOST) -> Samples:
    """Yield how much of each kind is due, counted up to `most`, and since when."""
    for kind, due in _due(now).items():
        some = due.limit(most).subquery()
        n, oldest = session.execute(
            select(func.count(), func.min(some.c.at)).select_from(some)
        ).one()
        yield Sample(WAITING, n, (kind,))
        yield from instant(OLDEST, oldest, kind)


def setbacks(session: Session, _now: datetime) -> Samples:
    """Yield how many parts of our own work fail, and since when.

    A webhook that was disabled is told by itself (`metrics.webhooks`).
    """
    disabled = session.scalars(select(Webhook.id).where(Webhook.disabled_at.is_not(None)))
    is_ours = Setback.what.not_in([setback_of(one) for one in disabled])
    found = select(func.count(), func.min(Setback.first_at)).where(is_ours)
    n, oldest = session.execute(found).one()
    yield Sample(SETBACKS, n)
    yield from instant(OLDEST_SETBACK, oldest)


def _due(now: datetime) -> Mapping[str, Select[Any]]:
    """Return queries for what is due, by kind; the oldest come first where that costs nothing."""
    return {
        "issues": select(Issue.send_at.label("at")).where(
            Issue.state == IssueState.SCHEDULED, Issue.send_at <= now
        ),
        "editions": _editions(),
        "batches": _batches(now),
        "calls": select(Call.opened_at.label("at"))
        .where(Call.state == CallState.OPEN)
        .order_by(Call.opened_at),
        "letters": select(Letter.not_before.label("at"))
        .where(Letter.state == DeliveryState.QUEUED, Letter.not_before <= now)
        .order_by(Letter.not_before),
        "asks": select(Ask.asked_at.label("at")).order_by(Ask.id),
        "events": select(Event.received_at.label("at"))
        .where(Event.state == EventState.NEW)
        .order_by(Event.id),
        "imports": select(func.coalesce(Import.started_at, Import.created_at).label("at")).where(
            Import.state.in_(OPEN)
        ),
    }


def _editions() -> Select[Any]:
    """Return the Editions that a worker has to render; one for a Correction is due since that."""
    of_it = and_(Correction.issue_id == Edition.issue_id, Correction.revision == Edition.revision)
    due_at = func.coalesce(Correction.corrected_at, Issue.launched_at)
    return (
        select(due_at.label("at"))
        .select_from(Edition)
        .join(Issue, Issue.id == Edition.issue_id)
        .outerjoin(Correction, of_it)
        .where(is_to_render())
    )


def _batches(now: datetime) -> Select[Any]:
    """Return the Batches of rendered Issues that could be sent or are being sent."""
    is_due = or_(Batch.not_before.is_(None), Batch.not_before <= now)
    due_at = func.greatest(Issue.rendered_at, Batch.not_before)
    return (
        select(due_at.label("at"))
        .select_from(Batch)
        .join(Issue, Issue.id == Batch.issue_id)
        .where(
            Issue.state == IssueState.SENDING,
            Issue.rendered_at.is_not(None),
            or_(and_(Batch.state == BatchState.QUEUED, is_due), Batch.state == BatchState.LEASED),
        )
    )
