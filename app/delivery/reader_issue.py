"""One reader and one Issue: say what they got or will get of it, or why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.deliveries import DeliveryFilter, ListedDelivery, list_deliveries
from app.delivery.launch import wave_of
from app.delivery.left_out import why_left_out, why_not_due
from app.delivery.receptions import ListedState, Reason, Reception, WhyNot, format_instant
from app.delivery.standstill import standstill_of
from app.enums import BatchState, EditionState, IssueState
from app.errors import Gone
from app.models import Batch, Edition, Issue, Subscriber

_HAS: Final = {
    ListedState.ACCEPTED: "The provider took it{at}, and no event has told more.",
    ListedState.DELIVERED: "It was delivered{at}.",
    ListedState.COMPLAINED: "They got it and complained about it{at}.",
}
_HAS_NOT: Final = {
    ListedState.SENDING: (Reception.WAITS, WhyNot.IN_FLIGHT),
    ListedState.CANCELLED: (Reception.NOTHING, WhyNot.CANCELLED),
    ListedState.IN_DOUBT: (Reception.UNKNOWN, WhyNot.IN_DOUBT),
    ListedState.BOUNCED: (Reception.NOTHING, WhyNot.BOUNCED),
    ListedState.FAILED: (Reception.NOTHING, WhyNot.REFUSED),
}


@dataclass(frozen=True)
class ReaderIssue:
    """What became of one Issue for one reader.

    `row` is None for who is not among its readers. `reason` is None for who has it; `words` says
    it in any case. `mend` is what can be done where the whole Issue stands still.
    """

    reception: Reception
    words: str
    row: ListedDelivery | None = None
    reason: Reason | None = None
    mend: str | None = None
    due_at: datetime | None = None


def reader_issue(session: Session, issue: Issue, reader: Subscriber, now: datetime) -> ReaderIssue:
    """Return what this reader got of the Issue, or will get, or why not; reads only."""
    try:
        rows = list_deliveries(
            session, issue, DeliveryFilter(subscriber_id=reader.id), after=0, limit=1
        )
    except Gone:
        return _not(Reception.UNKNOWN, Reason(WhyNot.FORGOTTEN))
    if rows:
        return _of_row(session, issue, reader, rows[0], now)
    if issue.launched_at is not None:
        left_out = why_left_out(session, issue, reader, issue.launched_at)
        return _not(Reception.NOTHING, left_out)
    return _to_come(session, issue, reader, now)


def _of_row(
    session: Session, issue: Issue, reader: Subscriber, row: ListedDelivery, now: datetime
) -> ReaderIssue:
    at = row.event_at or row.at
    if row.state is ListedState.QUEUED:
        return _waiting(session, issue, reader, row, now)
    if row.state in _HAS:
        words = _HAS[row.state].format(at=f" on {format_instant(at)}" if at else "")
        return ReaderIssue(Reception.HAS, words, row)
    if row.state is ListedState.SKIPPED:
        return _not(Reception.NOTHING, Reason(_skipped(row)), row)
    if row.state is ListedState.CANCELLED:
        at = issue.cancelled_at
    reception, why = _HAS_NOT[row.state]
    return _not(reception, Reason(why, at=at, because=row.reason), row)


def _not(
    reception: Reception,
    reason: Reason,
    row: ListedDelivery | None = None,
    mend: str | None = None,
    due_at: datetime | None = None,
) -> ReaderIssue:
    return ReaderIssue(reception, reason.words, row, reason, mend, due_at)


def _skipped(row: ListedDelivery) -> WhyNot:
    """Return why a reader was passed by when their turn came."""
    known = {one.value for one in WhyNot}
    return WhyNot(row.reason) if row.reason in known else WhyNot.NOT_DUE_THEN


def _waiting(
    session: Session, issue: Issue, reader: Subscriber, row: ListedDelivery, now: datetime
) -> ReaderIssue:
    """Return what holds up a reader who waits: the first of what has to end before their turn."""
    if (never := why_not_due(session, reader, None, now)) is not None:
        return _not(Reception.NOTHING, never, row)
    if (standstill := standstill_of(session, issue, now)) is not None:
        return _not(Reception.WAITS, standstill.reason, row, standstill.mend, row.due_at)
    return _not(Reception.WAITS, _held_up(session, issue, row, now), row, due_at=row.due_at)


def _held_up(session: Session, issue: Issue, row: ListedDelivery, now: datetime) -> Reason:
    batch_state, edition_state, error = session.execute(
        select(Batch.state, Edition.state, Edition.error)
        .join(Edition, Edition.id == Batch.edition_id)
        .where(
            Batch.issue_id == issue.id,
            Batch.state != BatchState.DONE,
            func.array_position(Batch.subscriber_ids, row.subscriber_id) > Batch.n_taken,
        )
        .limit(1)
    ).one()
    if edition_state is EditionState.FAILED:
        return Reason(WhyNot.NOT_RENDERED, because=error)
    if issue.rendered_at is None or edition_state is EditionState.PENDING:
        return Reason(WhyNot.RENDERING)
    if row.due_at is not None and row.due_at > now:
        return Reason(WhyNot.NEXT_TRY if row.attempt else WhyNot.WAVE, at=row.due_at)
    if batch_state is BatchState.HELD:
        return Reason(WhyNot.CANARY, until=issue.canary_until)
    return Reason(WhyNot.NEXT)


def _to_come(session: Session, issue: Issue, reader: Subscriber, now: datetime) -> ReaderIssue:
    """Return what a reader would get of an Issue whose readers are not counted out yet."""
    if issue.state is IssueState.CANCELLED:
        return _not(Reception.NOTHING, Reason(WhyNot.CANCELLED, at=issue.cancelled_at))
    if (never := why_not_due(session, reader, issue, now)) is not None:
        return _not(Reception.NOTHING, never)
    if (standstill := standstill_of(session, issue, now)) is not None:
        return _not(Reception.WAITS, standstill.reason, mend=standstill.mend)
    if issue.state is IssueState.DRAFT:
        return _not(Reception.WAITS, Reason(WhyNot.DRAFT))
    if issue.send_at is None:
        return _not(Reception.WAITS, Reason(WhyNot.APPROVED))
    due_at = max(wave_of(session, issue, reader.id, now) or issue.send_at, issue.send_at)
    return _not(Reception.WAITS, Reason(WhyNot.SCHEDULED, at=due_at), due_at=due_at)
