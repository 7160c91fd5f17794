"""Warm-up: start and stop that of the sending domain; its ceilings are `delivery.ramp`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor, Verb
from app.audit import record_step
from app.db.session import enqueue_after_commit
from app.delivery.eligibility import may_be_written_to
from app.delivery.ramp import (
    FIRST,
    GROWTH_PERCENT,
    MOST_DAYS,
    MOST_FIRST,
    MOST_GROWTH_PERCENT,
    Ramp,
    days_to_grow,
)
from app.enums import BatchState
from app.errors import Conflict, FieldError, InvalidInput
from app.models import Account, Batch, Subscriber
from app.sentences import Sentence
from app.written import sentence_about

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WarmUp:
    """A warm-up as it stands on one day: `ceiling` is None once it is over."""

    ramp: Ramp
    by: str
    step: int
    ceiling: int | None


def day_of(at: datetime) -> date:
    """Return the day of UTC of an instant, whose ceiling counts."""
    return at.astimezone(UTC).date()


def day_of_sql(at: str) -> str:
    """Write `day_of` of an instant that is given as SQL, with its type."""
    return f"CAST({at} AT TIME ZONE 'UTC' AS date)"


def may_today_sql(batches: str) -> str:
    """Write the condition at `:now` that the day of a Batch is not over; `batches` names its row.

    Its readers have a place in the ceiling of no other day (`delivery.room`).
    """
    today = day_of_sql("CAST(:now AS timestamptz)")
    return f"coalesce({batches}.warm_up_day >= {today}, true)"


def warm_up(session: Session, at: datetime) -> WarmUp | None:
    """Return the warm-up that was started and not stopped, as on the day of `at`; only read."""
    ramp = stored_ramp(session)
    if ramp is None:
        return None
    day, by = day_of(at), session.get_one(Account, 1).warm_up_by
    return WarmUp(ramp, by or "", ramp.step(day), ramp.ceiling(day))


def has_ceiling(session: Session, at: datetime) -> bool:
    """Return whether a warm-up limits the day of `at`, so that an Issue may leave readers out."""
    found = warm_up(session, at)
    return found is not None and found.ceiling is not None


def start_warm_up(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    first: int = FIRST,
    days: int | None = None,
    growth_percent: int = GROWTH_PERCENT,
    n_daily: int | None = None,
) -> WarmUp:
    """Begin today with a ceiling of `first`, which grows until everybody may be written to.

    It takes `days`, or as many as a growth of `growth_percent` a day needs. `n_daily` is what the
    provider allows in a day, None where nobody knows: no ceiling is above it.

    Raises:
        InvalidInput: a number is beyond what makes sense, or `first` is above `n_daily`.
        Conflict: one is going on, or there are too few readers for one.
    """
    _check(first, days, growth_percent, n_daily)
    account = session.get_one(Account, 1, with_for_update=True, populate_existing=True)
    if has_ceiling(session, now):
        raise Conflict("The domain is being warmed up already: stop that first.")
    readers = select(func.count()).select_from(Subscriber).where(may_be_written_to(now))
    n_readers = session.scalar(readers) or 0
    last = n_readers if n_daily is None else min(n_readers, n_daily)
    if last <= first:
        raise _nothing_to_warm_up(first, n_readers, last)
    account.warm_up_from, account.warm_up_by = day_of(now), actor.name
    account.warm_up_first, account.warm_up_last = first, last
    account.warm_up_days = days or days_to_grow(first, last, growth_percent)
    account.warm_up_repeats, account.warm_up_braked_on = 0, None
    session.flush()
    after = {"first": first, "last": last, "days": account.warm_up_days}
    record_step(session, actor, Verb.START_WARM_UP, "account", now, after=after)
    _log.info("warm_up_started", **after)
    ramp = Ramp(day_of(now), first, last, account.warm_up_days)
    return WarmUp(ramp, actor.name, 1, first)


def _nothing_to_warm_up(first: int, n_readers: int, last: int) -> Conflict:
    """Return why there is no ramp from `first` to `last`, which is the readers or the account's."""
    if last < n_readers:
        return Conflict(
            Sentence(
                "There is nothing to warm up: the first day's ceiling is %(n_first)s, and the"
                " account may send to %(n)s in a day.",
                n_first=first,
                n=last,
            )
        )
    return Conflict(
        Sentence(
            "There is nothing to warm up: the first day's ceiling is %(n_first)s, and %(n)s"
            " readers may be written to.",
            n_first=first,
            n=n_readers,
        )
    )


def stop_warm_up(session: Session, actor: Actor, now: datetime) -> None:
    """End the warm-up: no ceiling any more; whoever waits for a day's room is written to now.

    Raises:
        Conflict: the domain is not being warmed up.
    """
    account = session.get_one(Account, 1, with_for_update=True, populate_existing=True)
    going_on = warm_up(session, now)
    if going_on is None:
        raise Conflict("The domain is not being warmed up.")
    account.warm_up_from = account.warm_up_by = account.warm_up_braked_on = None
    account.warm_up_first = account.warm_up_last = account.warm_up_days = None
    account.warm_up_repeats = 0
    session.execute(
        update(Batch)
        .where(Batch.warm_up_day.is_not(None), Batch.state != BatchState.DONE)
        .values(warm_up_day=None)
        .execution_options(synchronize_session=False)
    )
    record_step(session, actor, Verb.STOP_WARM_UP, "account", now, after={"step": going_on.step})
    enqueue_after_commit(session, "send_batches")
    _log.info("warm_up_stopped", step=going_on.step)


def repeat_step(session: Session, now: datetime) -> None:
    """Let the step of today come once more tomorrow, because a brake has stopped an Issue."""
    going_on = warm_up(session, now)
    if going_on is None or not has_ceiling(session, now):
        return
    account = session.get_one(Account, 1, with_for_update=True, populate_existing=True)
    today = day_of(now)
    if account.warm_up_from is None or account.warm_up_braked_on == today:
        return
    account.warm_up_repeats += 1
    account.warm_up_braked_on = today
    record_step(session, SYSTEM, Verb.REPEAT_WARM_UP, "account", now, after={"step": going_on.step})


def stored_ramp(session: Session) -> Ramp | None:
    """Return the ramp of a warm-up that was started and not stopped, also once it is over."""
    account = session.get_one(Account, 1)
    if (
        account.warm_up_from is None
        or account.warm_up_first is None
        or account.warm_up_last is None
        or account.warm_up_days is None
    ):
        return None
    return Ramp(
        account.warm_up_from,
        account.warm_up_first,
        account.warm_up_last,
        account.warm_up_days,
        account.warm_up_repeats,
        account.warm_up_braked_on,
    )


def _check(first: int, days: int | None, growth_percent: int, n_daily: int | None) -> None:
    """Raise InvalidInput where a number is beyond what makes sense."""
    limits = {
        "first": (first, 1, MOST_FIRST),
        "days": (2 if days is None else days, 2, MOST_DAYS),
        "growth_percent": (growth_percent, 1, MOST_GROWTH_PERCENT),
    }
    wrong = [
        FieldError(
            f"/{name}", Sentence("must be %(n_least)s to %(n_most)s", n_least=least, n_most=most)
        )
        for name, (value, least, most) in limits.items()
        if not least <= value <= most
    ]
    if n_daily is not None and first > n_daily:
        says = Sentence("is more than the %(n)s that the account may send in a day", n=n_daily)
        wrong.append(FieldError("/first", says))
    if wrong:
        raise InvalidInput(sentence_about(wrong[0].pointer.strip("/"), wrong[0]), wrong)
