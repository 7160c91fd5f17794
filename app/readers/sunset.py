"""The sunset rule: readers who show no sign for months are asked once by mail, then paused.

It rests where clicks are not kept per reader, since only acts on one's own account are signs there
and nearly every faithful reader would be asked (docs/adr/0064). Who refuses to have clicks kept is
never asked, for the same reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

import structlog
from sqlalchemy import TextClause, delete, exists, or_, select, text
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Verb
from app.audit import record_step
from app.db.session import is_alone
from app.delivery.eligibility import MAY_BE_WRITTEN_TO
from app.delivery.letters import queueing_sql
from app.delivery.warm_up import has_ceiling
from app.enums import BatchState, IssueState, LetterKind, SubscriberState, Tracking
from app.errors import Gone
from app.models import Batch, Issue, OutboxKind, Publication, Subscriber, SunsetAsk
from app.outbox import publishing_sql
from app.readers.current import current_reader, is_before, subscriber_id_of
from app.readers.signs import show_sign
from app.settings import Settings
from app.tokens import TokenSubject

_HOUR: Final = timedelta(hours=1)
_BEAT: Final = timedelta(minutes=55)
"""What counts as the same hour: a beat of the next one may come a little early."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rule:
    """After how many months a reader is asked, how long they have, and how many are in a day."""

    months: int
    days: int
    daily: int

    @property
    def hourly(self) -> int:
        """Return how many are asked in an hour at most, so that a day's are spread over it."""
        return ceil(self.daily / 24)


def rule_of(settings: Settings) -> Rule:
    """Return the rule that the settings make; it is off with 0 months."""
    return Rule(settings.sunset_months, settings.sunset_days, settings.sunset_daily)


# Since when a reader shows no sign. What was not kept cannot be missed, so it begins no earlier
# than that clicks are kept; nor before they were imported, or before their own pause was over, or
# before a suppression was lifted.
_SINCE: Final = (
    "greatest(r.last_at, s.confirmed_at, s.created_at, s.moved_at, s.paused_until,"
    " p.clicks_kept_since, f.lifted_at)"
)
_READERS: Final = """
    FROM subscribers s
    CROSS JOIN publications p
    LEFT JOIN reader_signs r ON r.subscriber_id = s.id
    LEFT JOIN sunset_asks a ON a.subscriber_id = s.id
    LEFT JOIN (
        SELECT address_hmac, max(lifted_at) AS lifted_at FROM lifts GROUP BY address_hmac
    ) f ON f.address_hmac = s.address_hmac
"""  # few are ever lifted: to gather them once costs less than to look for each reader's
_COUNTS: Final = (
    "p.tracking = 'per_reader' AND p.clicks_kept_since IS NOT NULL AND NOT s.refuses_tracking"
)
_IS_SILENT: Final = f"""
    {MAY_BE_WRITTEN_TO} AND {_COUNTS} AND s.follows <> 0
    AND {_SINCE} < CAST(:now AS timestamptz) - make_interval(months => :months)
    AND coalesce(a.asked_at < {_SINCE}, true)
"""
_APART: Final = ":now + (row_number() OVER (ORDER BY since, id) - 1) * CAST(:apart AS interval)"
_ASK: Final[TextClause] = text(
    f"""
    WITH silent AS (
        SELECT s.id, {_SINCE} AS since {_READERS}
        WHERE {_IS_SILENT} ORDER BY since, s.id LIMIT :n
        FOR UPDATE OF s SKIP LOCKED
    ), queued AS (
        {queueing_sql(LetterKind.SUNSET, "NULL", "CAST(:facts AS jsonb)", _APART)} FROM silent
        RETURNING id, subscriber_id
    )
    INSERT INTO sunset_asks (subscriber_id, asked_at, days, letter_id)
    SELECT subscriber_id, :now, :days, id FROM queued
    ON CONFLICT (subscriber_id) DO UPDATE
    SET (asked_at, days, letter_id, paused_at)
        = (excluded.asked_at, excluded.days, excluded.letter_id, NULL)
    RETURNING subscriber_id
    """  # noqa: S608  # put together from constants
)
# Who did not get the mail was not asked: one that was refused or came back pauses nobody. Whom an
# editor brought back is not paused again for the same ask. The days are those that the mail named.
_IS_OVER: Final = f"""
    {MAY_BE_WRITTEN_TO} AND {_COUNTS} AND a.asked_at >= {_SINCE} AND a.paused_at IS NULL
    AND l.state IN ('accepted', 'delivered')
    AND greatest(a.asked_at, l.settled_at) + a.days * interval '24 hours' <= :now
"""
_OVER: Final = f"SELECT s.id {_READERS} JOIN letters l ON l.id = a.letter_id WHERE {_IS_OVER}"
_LOCK: Final[TextClause] = text(f"{_OVER} ORDER BY s.id LIMIT :n FOR UPDATE OF s SKIP LOCKED")
# Signs are shown by who has the reader locked, so this statement sees all that came before.
_PAUSE: Final[TextClause] = text(
    f"""
    WITH over AS ({_OVER} AND s.id = ANY (CAST(:ids AS bigint[]))
    ), paused AS (
        UPDATE subscribers s SET silent_at = :now FROM over WHERE s.id = over.id
        RETURNING s.id, s.public_id
    ), noted AS (
        UPDATE sunset_asks a SET paused_at = :now FROM over WHERE a.subscriber_id = over.id
    ), told AS (
    """  # noqa: S608  # put together from constants
    + publishing_sql(
        "paused",
        kind=f"'{OutboxKind.READER_CHANGED}'",
        facts="""jsonb_build_object('fields', jsonb_build_array('silent_at'))""",
    )
    + ") SELECT id FROM paused"
)
_COUNT: Final[TextClause] = text(
    f"""
    SELECT count(*) FILTER (WHERE {_IS_SILENT}) AS n_silent,
           count(*) FILTER (WHERE coalesce({_IS_OVER}, false)) AS n_over,
           count(*) FILTER (WHERE s.state = 'active' AND s.silent_at IS NOT NULL) AS n_paused,
           min({_SINCE}) FILTER (WHERE {_IS_SILENT}) AS since
    {_READERS} LEFT JOIN letters l ON l.id = a.letter_id
    WHERE s.state = 'active'
    """  # put together from constants
)
_ASKED: Final[TextClause] = text(
    """
    SELECT count(*) AS in_day,
           count(*) FILTER (WHERE asked_at > CAST(:now AS timestamptz) - CAST(:beat AS interval))
               AS in_hour
    FROM sunset_asks WHERE asked_at > CAST(:now AS timestamptz) - interval '1 day'
    """
)
PAUSED_AT_ONCE: Final = 5_000
"""Readers whom one transaction pauses."""


@dataclass(frozen=True)
class SunsetPlan:
    """What the rule would do now.

    `n_silent` are due to be asked, of whom `n_today` are in a day; the longest silent since
    `since`. `n_over` were asked and did not answer in time; `n_paused` are paused so already. While
    `is_resting` nobody is asked, because of a warm-up (`follow_rule`).
    """

    tracking: Tracking
    clicks_kept_since: datetime | None
    n_silent: int
    n_today: int
    since: datetime | None
    n_over: int
    n_paused: int
    is_resting: bool


def plan_sunset(session: Session, rule: Rule, now: datetime) -> SunsetPlan:
    """Return what would be done; all readers are looked through, and nothing is changed."""
    tracking, kept_since = session.execute(
        select(Publication.tracking, Publication.clicks_kept_since)
    ).one()
    row = session.execute(_COUNT, _values(rule, now)).one()
    n_silent = row.n_silent if rule.months else 0
    return SunsetPlan(
        tracking,
        kept_since,
        n_silent,
        min(n_silent, max(0, rule.daily - _asked(session, now)["in_day"])),
        row.since if rule.months else None,
        row.n_over if rule.months else 0,
        row.n_paused,
        _reached_few(session, rule, now),
    )


def follow_rule(session: Session, rule: Rule, now: datetime) -> None:
    """Ask whom the rule asks in this hour, and pause who did not answer; nothing where it is off.

    It is safe to call at any time and twice: one does it at a time, the asks of the hour are
    counted, and a Letter is queued by the very statement that writes down that its reader was
    asked. Nobody is asked while mails of an issue are due; nor while the domain is warmed up or was
    within the rule's months, since whom no issue reached could show no sign.
    """
    if not rule.months or not is_alone(session, "sunset"):
        return
    n_paused = _pause(session, rule, now)
    rests = _is_going_out(session, now) or _reached_few(session, rule, now)
    n_asked = 0 if rests else _ask(session, rule, now)
    if n_asked or n_paused:
        after = {"n_asked": n_asked, "n_paused": n_paused}
        record_step(session, SYSTEM, Verb.FOLLOW_SUNSET, "readers", now, after=after)
        _log.info("sunset", **after)


def stay(session: Session, subject: TokenSubject, now: datetime) -> Subscriber:
    """Let the reader whom a link names stay, and return them: it is a sign, and ends their pause.

    Raises:
        Gone: as `who_may_stay`.
    """
    reader = who_may_stay(session, subject, lock=True)
    show_sign(session, reader, now)
    return reader


def who_may_stay(session: Session, subject: TokenSubject, *, lock: bool = False) -> Subscriber:
    """Return whom a link of the Letter names.

    Raises:
        Gone: they left or were erased, or moved away from the address that the link went to.
    """
    reader = current_reader(session, subscriber_id_of(session, subject), lock=lock)
    if reader is None or reader.state is not SubscriberState.ACTIVE:
        raise Gone("You have left already. Please sign up again.")
    if is_before(subject.made_at, reader.moved_at):
        raise Gone("This link went to an address that was changed since, so it changes nothing.")
    return reader


def forget_asks_to_stay(session: Session, subscriber_ids: Collection[int]) -> None:
    """Forget that these Subscribers were asked."""
    session.execute(delete(SunsetAsk).where(SunsetAsk.subscriber_id.in_(subscriber_ids)))


def _ask(session: Session, rule: Rule, now: datetime) -> int:
    asked = _asked(session, now)
    n = min(rule.hourly - asked["in_hour"], rule.daily - asked["in_day"])
    if n <= 0:
        return 0
    values = _values(rule, now) | {
        "n": n,
        "apart": _HOUR / rule.hourly,
        "days": rule.days,
        "facts": f'{{"days": {rule.days}}}',
    }
    return len(session.execute(_ASK, values).all())


def _pause(session: Session, rule: Rule, now: datetime) -> int:
    values = _values(rule, now)
    ids = session.scalars(_LOCK, values | {"n": PAUSED_AT_ONCE}).all()
    return len(session.execute(_PAUSE, values | {"ids": ids}).all()) if ids else 0


def _asked(session: Session, now: datetime) -> Mapping[str, int]:
    """Return how many were asked within the last hour, and the last day."""
    row = session.execute(_ASKED, {"now": now, "beat": _BEAT}).one()
    return {"in_day": row.in_day, "in_hour": row.in_hour}


def _is_going_out(session: Session, now: datetime) -> bool:
    """Return whether mails of an Issue are due now; one at local hours is under way for a day."""
    going = exists().where(
        Batch.issue_id == Issue.id,
        Issue.state == IssueState.SENDING,
        Batch.state.in_([BatchState.QUEUED, BatchState.LEASED]),
        or_(Batch.not_before.is_(None), Batch.not_before <= now),
    )
    return bool(session.scalar(select(going)))


def _reached_few(session: Session, rule: Rule, now: datetime) -> bool:
    """Return whether a warm-up left readers out within the rule's months, of 31 days."""
    begun = now - timedelta(days=31 * rule.months)
    if has_ceiling(session, begun):
        return True
    left_out = exists().where(Issue.launched_at > begun, Issue.n_beyond_warm_up > 0)
    return bool(session.scalar(select(left_out)))  # also by one that was stopped


def _values(rule: Rule, now: datetime) -> dict[str, Any]:
    return {"now": now, "months": rule.months}
