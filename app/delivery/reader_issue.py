"""One reader and some Issues: say what they got or will get of each, or why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.deliveries import ListedDelivery, deliveries_of_reader, forgotten_among
from app.delivery.left_out import why_left_out, why_not_due, why_nothing
from app.delivery.one_reader import OneReader
from app.delivery.receptions import ListedState, Reason, Reception, WhyNot, when
from app.delivery.warm_up import day_of
from app.delivery.waves import wave_of
from app.enums import BatchState, Cause, EditionState, IssueState
from app.models import Batch, Edition, Issue, Subscriber
from app.publication.issue_masks import issue_masks
from app.sentences import N_, Sentence

_HAS: Final = {
    ListedState.ACCEPTED: N_("The provider took it%(at)s, and no event has told more."),
    ListedState.DELIVERED: N_("It was delivered%(at)s."),
    ListedState.COMPLAINED: N_("They got it and complained about it%(at)s."),
}
_HAS_NOT: Final = {
    ListedState.SENDING: (Reception.WAITS, WhyNot.IN_FLIGHT),
    ListedState.CANCELLED: (Reception.NOTHING, WhyNot.CANCELLED),
    ListedState.IN_DOUBT: (Reception.UNKNOWN, WhyNot.IN_DOUBT),
    ListedState.BOUNCED: (Reception.NOTHING, WhyNot.BOUNCED),
    ListedState.FAILED: (Reception.NOTHING, WhyNot.REFUSED),
}
_BOUNCED: Final[Mapping[Cause | None, WhyNot]] = {
    Cause.OURS: WhyNot.REFUSES_US,
    Cause.CONTENT: WhyNot.REFUSES_TEXT,
    Cause.HELD_BACK: WhyNot.HELD_BACK,
}


@dataclass(frozen=True)
class ReaderIssue:
    """What became of one Issue for one reader.

    `row` is None for who is not among its readers. `reason` is None for who has it; `words` says
    it in any case. `mend` is what can be done where the whole Issue stands still.
    """

    reception: Reception
    words: Sentence
    row: ListedDelivery | None = None
    reason: Reason | None = None
    mend: str | None = None
    due_at: datetime | None = None


def reader_issue(session: Session, issue: Issue, reader: Subscriber, now: datetime) -> ReaderIssue:
    """Return what this reader got of the Issue, or will get, or why not; reads only."""
    return reader_issues(OneReader(session, reader, now), [issue])[0]


def reader_issues(one: OneReader, issues: Sequence[Issue]) -> list[ReaderIssue]:
    """Return what a reader got of each Issue, or will get, or why not; reads only.

    Several are asked as often as one, but for those that the reader waits for: each once more.
    """
    launched = [issue for issue in issues if issue.launched_at is not None]
    forgotten = forgotten_among(one.session, [issue.id for issue in launched])
    kept = [issue for issue in launched if issue.id not in forgotten]
    rows = deliveries_of_reader(one.session, kept, one.reader.id)
    others = [issue.id for issue in issues if issue.id not in forgotten | rows.keys()]
    masks = issue_masks(one.session, others)
    return [
        _of_row(one, issue, rows[issue.id])
        if issue.id in rows
        else _without_row(one, issue, masks.get(issue.id))
        for issue in issues
    ]


def _without_row(one: OneReader, issue: Issue, mask: int | None) -> ReaderIssue:
    """Return what an Issue of these categories is to a reader; None for one that is forgotten."""
    if mask is None:
        return _not(Reception.UNKNOWN, Reason(WhyNot.FORGOTTEN))
    if issue.launched_at is None:
        return _to_come(one, issue, mask)
    return _not(Reception.NOTHING, why_left_out(one, issue, mask, issue.launched_at))


def _of_row(one: OneReader, issue: Issue, row: ListedDelivery) -> ReaderIssue:
    at = row.event_at or row.at
    if row.state is ListedState.QUEUED:
        return _waiting(one, issue, row)
    if row.state in _HAS:
        words = Sentence(_HAS[row.state], at=when(at))
        return ReaderIssue(Reception.HAS, words, row)
    if row.state is ListedState.SKIPPED:
        return _not(Reception.NOTHING, Reason(_skipped(row)), row)
    if row.state is ListedState.CANCELLED:
        at = issue.cancelled_at
    reception, why = _HAS_NOT[row.state]
    why = _BOUNCED.get(row.cause, why)
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


def _waiting(one: OneReader, issue: Issue, row: ListedDelivery) -> ReaderIssue:
    """Return what holds up a reader who waits: the first of what has to end before their turn."""
    if (never := why_not_due(one)) is not None:
        return _not(Reception.NOTHING, never, row)
    if (standstill := one.standstill_of(issue)) is not None:
        return _not(Reception.WAITS, standstill.reason, row, standstill.mend, row.due_at)
    held_up = _held_up(one.session, issue, row, one.now)
    return _not(Reception.WAITS, held_up, row, due_at=row.due_at)


def _held_up(session: Session, issue: Issue, row: ListedDelivery, now: datetime) -> Reason:
    batch_state, day, edition_state, error = session.execute(
        select(Batch.state, Batch.warm_up_day, Edition.state, Edition.error)
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
    if day is not None and day < day_of(now):
        return Reason(WhyNot.NEXT_DAY)
    if batch_state is BatchState.HELD:
        return Reason(WhyNot.CANARY, until=issue.canary_until)
    return Reason(WhyNot.NEXT)


def _to_come(one: OneReader, issue: Issue, mask: int) -> ReaderIssue:
    """Return what a reader would get of an Issue whose readers are not counted out yet."""
    if issue.state is IssueState.CANCELLED:
        return _not(Reception.NOTHING, Reason(WhyNot.CANCELLED, at=issue.cancelled_at))
    if (never := why_nothing(one, issue, mask)) is not None:
        return _not(Reception.NOTHING, never)
    if (standstill := one.standstill_of(issue)) is not None:
        return _not(Reception.WAITS, standstill.reason, mend=standstill.mend)
    if issue.state is IssueState.DRAFT:
        return _not(Reception.WAITS, Reason(WhyNot.DRAFT))
    if issue.send_at is None:
        return _not(Reception.WAITS, Reason(WhyNot.APPROVED))
    wave = wave_of(one.session, issue, one.reader.id, one.now)
    due_at = max(wave or issue.send_at, issue.send_at)
    return _not(Reception.WAITS, Reason(WhyNot.SCHEDULED, at=due_at), due_at=due_at)
