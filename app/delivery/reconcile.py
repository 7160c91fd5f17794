"""Reconcile: settle the readers of lost Calls by Events, or leave them to a person.

A Call that has been open for too long is in doubt. Any Event proves that its reader got the mail.
That no Event came proves the opposite only where the stream of Events is measurably whole for that
time; else the Issue's policy says whether to hold or to send once more.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, func, or_, select, text, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db.session import EnqueueNow, Sessions, enqueue_after_commit, is_alone, transaction
from app.delivery.alone import each_alone
from app.delivery.launch import BATCH_READERS
from app.delivery.pausing import pause_issue
from app.delivery.record import ReaderResult, Result, write_deliveries
from app.delivery.timing import USUAL, Timing
from app.delivery.warm_up import warm_up
from app.enums import BatchOrigin, BatchState, CallState, DeliveryState, InDoubtPolicy, IssueState
from app.models import Batch, Call, Delivery, Issue

MAX_RESENDS: Final = 4
"""How often a reader in doubt is queued again, where silence proves that nothing was sent."""

DOUBTS_AT_ONCE: Final = 5000
"""Readers in doubt that one transaction looks at."""

RESTORED: Final = "restored"
"""Why somebody is in doubt since a backup was restored: only Events or a person settle that."""

IsWhole = Callable[[Session, datetime, datetime], bool]
"""Whether every mail accepted between two instants has had its Event, and there was one."""

_Place = tuple[int, int]
"""An Issue and a reader of it: those behind them in this order come next."""

_Group = tuple[InDoubtPolicy, list["Doubt"]]
"""An Issue's readers in doubt, and what it wants done with them."""

_START: Final[_Place] = (0, 0)

# Refusals, which raise the attempt too, do not count.
_TIMES_RESENT: Final = text(
    """
    SELECT who, count(*) FROM batches CROSS JOIN unnest(subscriber_ids) AS who
    JOIN unnest(CAST(:subscriber_ids AS bigint[])) AS asked (id) ON asked.id = who
    WHERE issue_id = :issue_id AND origin = 'doubt'
    GROUP BY who
    """
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Doubt:
    """A reader of a lost Call."""

    issue_id: int
    subscriber_id: int
    edition_id: int
    attempt: int
    opened_at: datetime


def doubt_lost_calls(session: Session, now: datetime, timing: Timing = USUAL) -> int:
    """Put Calls that were open for too long in doubt with all their readers; return how many.

    A Call that a clock far ahead of ours opened is put in doubt too: its age could never be known.
    """
    lost = session.execute(
        select(Call, Batch)
        .join(Batch, Batch.id == Call.batch_id)
        .where(
            Call.state == CallState.OPEN,
            or_(
                Call.opened_at < now - timing.lost_after,
                Call.opened_at > now + timing.clocks_apart,
            ),
        )
        .with_for_update(of=Call, skip_locked=True)
    ).all()

    def doubt(pair: tuple[Call, Batch]) -> None:
        doubt_call(session, *pair, now)

    def set_aside(pair: tuple[Call, Batch], reason: str) -> None:
        _, batch = pair
        pause_issue(session, batch.issue_id, f"a lost call failed: {reason}", now)

    pairs = [(call, batch) for call, batch in lost]
    return len(each_alone(session, "lost_calls", pairs, doubt, set_aside))


def doubt_call(session: Session, call: Call, batch: Batch, now: datetime) -> None:
    """Write down that nobody can tell what became of this Call's readers."""
    call.state = CallState.IN_DOUBT
    lost = Result(DeliveryState.IN_DOUBT, reason="worker_lost")
    readers = [ReaderResult(subscriber_id, lost) for subscriber_id in call.subscriber_ids]
    write_deliveries(session, batch, call.id, call.attempt, readers, now)
    _log.warning("call_in_doubt", call_id=call.id, n_readers=len(readers))


def settle_doubts(
    sessions: Sessions,
    is_whole: IsWhole,
    now: datetime,
    timing: Timing = USUAL,
    *,
    enqueue_now: EnqueueNow | None = None,
    is_stopping: Callable[[], bool] = bool,
    limit: int = DOUBTS_AT_ONCE,
) -> int:
    """Queue readers in doubt again, because no Event proved them or by policy; return how many.

    Only running Issues are looked at; a reader is queued again at most four times. All of them are
    looked at, `limit` in a transaction of its own, since the first may be ones that cannot be
    settled for long. It ends early when another process does the same, or when `is_stopping`.
    """
    n_queued = 0
    last: _Place | None = _START
    while last is not None and not is_stopping():
        with transaction(sessions, enqueue_now) as session:
            if not is_alone(session, "settle_doubts"):
                break
            n_more, last = _settle_page(session, is_whole, now, timing, last, limit)
            n_queued += n_more
    return n_queued


def _settle_page(
    session: Session, is_whole: IsWhole, now: datetime, timing: Timing, after: _Place, limit: int
) -> tuple[int, _Place | None]:
    """Return how many of the next were queued again, and the last of them; None at the end."""
    page = _ripe_doubts(session, now, timing, after, limit)

    def settle(group: _Group) -> int:
        policy, doubts = group
        times = _times_resent(session, doubts)
        open_ones = [doubt for doubt in doubts if times[doubt.subscriber_id] < MAX_RESENDS]
        again = _unproven(session, open_ones, is_whole, timing.around)
        if policy is InDoubtPolicy.RESEND:
            silent = set(again)
            again = [one for one in open_ones if one in silent or not times[one.subscriber_id]]
        queue_again(session, again, now)
        return len(again)

    def set_aside(group: _Group, reason: str) -> None:
        _, doubts = group
        pause_issue(session, doubts[0].issue_id, f"settling its doubts failed: {reason}", now)

    n_queued = sum(each_alone(session, "doubts", _by_issue(page), settle, set_aside))
    if len(page) < limit:
        return n_queued, None
    _, last = page[-1]
    return n_queued, (last.issue_id, last.subscriber_id)


def is_old_doubt(
    since: InstrumentedAttribute[Any], now: datetime, timing: Timing
) -> ColumnElement[bool]:
    """Return the condition that a doubt is old enough to be settled by those who know better.

    While PostgreSQL was gone, doubts aged that nobody could settle: workers may hold the answers,
    and are as fast as the tick that would send again. An instant far ahead is a wrong clock's.
    """
    return or_(since < now - timing.lost_after, since > now + timing.clocks_apart)


def queue_again(session: Session, doubts: Sequence[Doubt], now: datetime) -> None:
    """Put readers in doubt back into the queue, as Batches of their Edition and attempt."""
    groups: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for doubt in doubts:
        key = (doubt.issue_id, doubt.edition_id, doubt.attempt)
        groups[key].append(doubt.subscriber_id)
    most = _most_in_a_batch(session, now)
    for (issue_id, edition_id, attempt), subscriber_ids in groups.items():
        day = _first_day(session, issue_id)
        for start in range(0, len(subscriber_ids), most):
            taken = _taken_from_doubt(session, issue_id, subscriber_ids[start : start + most])
            if taken:
                batch = _batch(issue_id, edition_id, attempt, sorted(taken))
                batch.warm_up_day = day
                session.add(batch)
                enqueue_after_commit(session, "send_batches")
                _log.info("doubt_queued_again", issue_id=issue_id, n_readers=len(taken))


def _taken_from_doubt(session: Session, issue_id: int, ids: Sequence[int]) -> Sequence[int]:
    """Return those of these readers who were in doubt, and are queued now."""
    return session.scalars(
        update(Delivery)
        .where(
            Delivery.issue_id == issue_id,
            Delivery.subscriber_id.in_(ids),
            Delivery.state == DeliveryState.IN_DOUBT,
        )
        .values(state=DeliveryState.QUEUED)
        .returning(Delivery.subscriber_id)
    ).all()


def _most_in_a_batch(session: Session, now: datetime) -> int:
    """Return how many readers a Batch may have: in a warm-up a tenth of the day's ceiling.

    A Batch waits for a day with room for all of it (`delivery.room`): small ones fill what is left.
    """
    going_on = warm_up(session, now)
    if going_on is None or going_on.ceiling is None:
        return BATCH_READERS
    return max(1, min(BATCH_READERS, going_on.ceiling // 10))


def _first_day(session: Session, issue_id: int) -> date | None:
    """Return the first day in whose ceiling an Issue's readers were; None outside of a warm-up.

    Once it is over, those who are queued again need a place in that of another.
    """
    return session.scalar(select(func.min(Batch.warm_up_day)).where(Batch.issue_id == issue_id))


def _ripe_doubts(
    session: Session, now: datetime, timing: Timing, after: _Place, limit: int
) -> list[tuple[InDoubtPolicy, Doubt]]:
    """Return the next readers, by Issue and id, whose doubt is as old as one may get.

    Not those of a restored backup: their Events may have come and gone with the lost database.
    """
    opened_at = func.least(Call.opened_at, Delivery.at)
    place = (Delivery.issue_id, Delivery.subscriber_id)
    rows = session.execute(
        select(Issue.in_doubt_policy, *place, Delivery.edition_id, Delivery.attempt, opened_at)
        .join(Issue, Issue.id == Delivery.issue_id)
        .outerjoin(Call, Call.id == Delivery.call_id)
        .where(
            Issue.state == IssueState.SENDING,
            Delivery.state == DeliveryState.IN_DOUBT,
            opened_at < now - timing.doubt_lasts,
            is_old_doubt(Delivery.at, now, timing),
            Delivery.reason.is_distinct_from(RESTORED),
            tuple_(*place) > tuple_(*after),
        )
        .order_by(*place)
        .limit(limit)
    ).all()
    return [(policy, Doubt(*row)) for policy, *row in rows]


def _by_issue(
    page: Sequence[tuple[InDoubtPolicy, Doubt]],
) -> Iterator[_Group]:
    """Yield the same, Issue by Issue."""
    for (_, policy), rows in groupby(page, key=lambda row: (row[1].issue_id, row[0])):
        yield policy, [doubt for _, doubt in rows]


def _times_resent(session: Session, doubts: Sequence[Doubt]) -> Counter[int]:
    """Count how often each of these readers of one Issue was queued again over a doubt before."""
    ids = [doubt.subscriber_id for doubt in doubts]
    values = {"issue_id": doubts[0].issue_id, "subscriber_ids": ids}
    return Counter(dict(iter(session.execute(_TIMES_RESENT, values))))


def _unproven(
    session: Session, doubts: Sequence[Doubt], is_whole: IsWhole, around: timedelta
) -> list[Doubt]:
    """Return those for whose time the Event stream was whole, so that silence means: not sent."""
    whole: dict[datetime, bool] = {}
    for opened_at in sorted({doubt.opened_at for doubt in doubts}):
        whole[opened_at] = is_whole(session, opened_at - around, opened_at + around)
    return [doubt for doubt in doubts if whole[doubt.opened_at]]


def _batch(issue_id: int, edition_id: int, tries: int, subscriber_ids: list[int]) -> Batch:
    """Return a Batch that is due at once."""
    return Batch(
        issue_id=issue_id,
        edition_id=edition_id,
        subscriber_ids=subscriber_ids,
        n_readers=len(subscriber_ids),
        state=BatchState.QUEUED,
        origin=BatchOrigin.DOUBT,
        n_taken=0,
        tries=tries,
        lease_number=0,
    )
