"""Room: how many places the warm-up's ceiling has left, and who takes them.

Whoever is to be written to by an issue has a place in the ceiling of one day of UTC: that on which
they are due. Places are taken while the account's row is locked, so that issues that are launched
at once, and readers who join meanwhile, never have more of them together than there are. Letters
are not held by the ceiling, but count in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from app.db.session import enqueue_after_commit
from app.delivery.warm_up import day_of, warm_up
from app.enums import BatchState, CallState, IssueState
from app.models import Account, Batch, Call, Issue

_DAY: Final = timedelta(days=1)
_DAYS_OF_AN_ISSUE: Final = 3
"""How many days of UTC the Waves of one Issue may touch: they end a day after its time."""


@dataclass(frozen=True)
class Room:
    """What the ceiling leaves for an Issue that is launched on a day.

    The Issue may have `n_left` readers in all, and on each day of `by_day` so many who are due
    then; None is no limit.
    """

    step: int
    n_days: int
    ceiling: int
    n_left: int
    by_day: Mapping[date, int | None]

    @property
    def n_free(self) -> int:
        """Return how many readers an Issue may have that goes out on the day at once."""
        of_day = next(iter(self.by_day.values()))
        return self.n_left if of_day is None else min(self.n_left, of_day)


def room_for_issue(
    session: Session, issue: Issue, at: datetime, now: datetime, *, lock: bool = False
) -> Room | None:
    """Return the room of an Issue that is launched at `at`; None where nothing limits it.

    It is never more than was approved, where that was planned in a warm-up. With `lock` nobody else
    takes a place until the end of the transaction.
    """
    room = room_on(session, at, now, lock=lock)
    if room is None or issue.n_planned is None or issue.n_beyond_warm_up is None:
        return room
    return replace(room, n_left=min(room.n_left, issue.n_planned))


def room_on(session: Session, at: datetime, now: datetime, *, lock: bool = False) -> Room | None:
    """Return the room of the day of `at`, and of the days that an Issue of it may touch.

    None is no limit. With `lock` nobody else takes a place until the end of the transaction.
    """
    found = warm_up(session, at)
    if found is None or found.ceiling is None:
        return None  # so nothing is locked where nothing is warmed up
    if lock:
        session.get_one(Account, 1, with_for_update=True, populate_existing=True)
        found = warm_up(session, at)
    if found is None or found.ceiling is None:
        return None
    ramp, ceiling, day = found.ramp, found.ceiling, day_of(at)
    days = [day + n * _DAY for n in range(_DAYS_OF_AN_ISSUE)]
    ceilings = {one: ramp.ceiling(one) for one in days}
    taken = {one: n for one, n in _taken(session, days).items() if ceilings[one] is not None}
    taken[day] = taken.get(day, 0) + (_n_letters(session, now) if day == day_of(now) else 0)
    return Room(
        step=found.step,
        n_days=ramp.n_days,
        ceiling=ceiling,
        n_left=max(0, ceiling - _n_launched(session, day)),
        by_day={
            one: None if most is None else max(0, most - taken.get(one, 0))
            for one, most in ceilings.items()
        },
    )


def take_place(session: Session, at: datetime, now: datetime) -> tuple[bool, date | None]:
    """Return whether one reader more may be due at `at`, and in which day's ceiling they count.

    That is None where there is none. Nobody else takes a place until the end of the transaction.
    """
    room = room_on(session, at, now, lock=True)
    if room is None:
        return True, None
    day = day_of(at)
    left = room.by_day[day]
    return left is None or left > 0, day


def move_overdue(session: Session, now: datetime) -> None:
    """Give what was not sent on its day a place in today's ceiling, as far as there is room.

    Such are Batches of an Issue that was paused over midnight, or that were refused for now. What
    finds no room waits for tomorrow's.
    """
    today = day_of(now)
    overdue = (Batch.warm_up_day < today, Batch.state != BatchState.DONE)
    if session.scalar(select(Batch.id).where(*overdue).limit(1)) is None:
        return
    room = room_on(session, now, now, lock=True)
    left = None if room is None else room.by_day[today]
    waiting = session.execute(
        select(Batch.id, Batch.n_readers)
        .join(Issue, Issue.id == Batch.issue_id)
        .where(*overdue, Issue.state == IssueState.SENDING)
        .order_by(Batch.id)
        .with_for_update(of=Batch, skip_locked=True)
    ).all()
    for batch_id, n_readers in waiting:
        if left is not None:
            if n_readers > left:
                continue  # smaller ones behind it may fit, and are not held up by it
            left -= n_readers
        session.execute(
            update(Batch)
            .where(Batch.id == batch_id)
            .values(warm_up_day=None if room is None else today)
            .execution_options(synchronize_session=False)
        )
    enqueue_after_commit(session, "send_batches")


def _taken(session: Session, days: list[date]) -> dict[date, int]:
    """Count the places that are taken of each day; of a cancelled Issue those that were sent."""
    n = case((Issue.cancelled_at.is_(None), Batch.n_readers), else_=Batch.n_taken)
    rows = session.execute(
        select(Batch.warm_up_day, func.sum(n))
        .join(Issue, Issue.id == Batch.issue_id)
        .where(Batch.warm_up_day.in_(days))
        .group_by(Batch.warm_up_day)
    )
    return {day: int(n) for day, n in rows if day is not None}


def _n_launched(session: Session, day: date) -> int:
    """Count the readers of Issues that were launched on a day, whenever they are due.

    Not of those of a day before that a restored database has forgotten, and were launched anew.
    """
    begins = datetime.combine(day, time(), UTC)
    launched = select(func.sum(Issue.n_due)).where(
        Issue.launched_at >= begins,
        Issue.launched_at < begins + _DAY,
        or_(Issue.n_beyond_warm_up.is_not(None), Issue.send_at >= begins),
        Issue.cancelled_at.is_(None),
    )
    return int(session.scalar(launched) or 0)


def _n_letters(session: Session, now: datetime) -> int:
    """Count the Letters that were tried today, each once; those under way are among them."""
    begins = datetime.combine(day_of(now), time(), UTC)
    opened = select(func.count(Call.letter_id.distinct())).where(
        Call.letter_id.is_not(None),
        Call.opened_at >= begins,
        or_(Call.closed_at >= begins, Call.state != CallState.CLOSED),
    )
    return session.scalar(opened) or 0
