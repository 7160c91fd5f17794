"""Launch: one transaction freezes an Issue's revision and audience into Editions and Batches.

Nobody is written to yet: Batches are leased only when every Edition is rendered.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Boolean, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Verb
from app.audit import fields_of, record
from app.db.session import enqueue_after_commit
from app.delivery.canary import CANARY_WAITS, give_each_wave_a_canary
from app.delivery.corrected import MAY_BE_NOTIFIED, WRONG, correction_of_mail, wrong_values
from app.delivery.drift import Drifted, has_drifted, pause_for_drift
from app.delivery.eligibility import IS_DUE, reads_nothing_of
from app.delivery.partitions import ensure_partition
from app.enums import IssueState
from app.models import Batch, Edition, Issue, OutboxKind, Subscriber
from app.outbox import publish_issue
from app.outside.journal import JournalStep, remember
from app.publication.issue_masks import issue_mask
from app.publication.publication import get_publication

BATCH_READERS: Final = 500
"""Readers per Batch: large enough that freezing a million takes seconds, small enough to pause."""

LAST_HOUR_WITHIN: Final = timedelta(hours=24)
"""How long after an issue's time the last reader's hour has come: 23, and one for the clocks."""

_log = structlog.get_logger(__name__)

# One statement reads the audience once and writes both Editions and Batches, so that nobody who
# changes their Preferences meanwhile can fall between the two. A Wave is the first instant, from
# the issue's time on, at which a reader's clocks show the hour that they chose: all in it are due
# at that instant, and at once where it is their hour already. Who chose none is due at once. The
# canary is a share of all readers, and so of each Wave, drawn anew for each issue.
WAVE: Final = "CASE WHEN :at_local_hours AND wave.at > :now THEN wave.at END AS not_before"
_EACH_WAVE: Final = """
        CROSS JOIN LATERAL (SELECT coalesce(s.time_zone, :time_zone) AS name) zone
        CROSS JOIN LATERAL (
            SELECT CAST({send_at} AS timestamptz) AT TIME ZONE zone.name AS at
        ) local
        CROSS JOIN LATERAL (
            SELECT CASE WHEN s.hour IS NOT NULL THEN (
                date_trunc('day', local.at)
                + make_interval(days => (s.hour < extract(hour FROM local.at))::int,
                                hours => s.hour::int)
            ) AT TIME ZONE zone.name END AS at
        ) wave
"""
EACH_WAVE: Final = _EACH_WAVE.format(send_at=":send_at")
# Readers who are alike become one array as they are read: to sort a million costs as much again.
_ALIKE: Final = f"""
    {WAVE}, abs(hashint8(s.id # :issue_id)::bigint) % 100 < :canary_percent AS is_canary,
    array_agg(s.id) AS ids
"""
_DUE: Final = f"""
    due AS MATERIALIZED (
        SELECT s.depth, s.follows & :mask AS cut, {_ALIKE}
        FROM subscribers s
        {EACH_WAVE}
        WHERE {IS_DUE}
        GROUP BY 1, 2, 3, 4
    )
"""  # noqa: S608  # all are constants
# The mail about a correction goes to whoever got the wrong text, at the depth they got.
_DUE_TO_CORRECTION: Final = f"""
    {WRONG}, due AS MATERIALIZED (
        SELECT w.depth, CAST(:mask AS bigint) AS cut, {_ALIKE}
        FROM wrong w JOIN subscribers s ON s.id = w.subscriber_id
        {EACH_WAVE}
        WHERE {MAY_BE_NOTIFIED}
        GROUP BY 1, 2, 3, 4
    )
"""  # noqa: S608  # all are constants
_FROZEN: Final = """
    , frozen_editions AS (
        INSERT INTO editions (issue_id, follows, depth, n_readers, revision, state)
        SELECT :issue_id, cut, depth, sum(cardinality(ids)), :revision, 'pending'
        FROM due GROUP BY cut, depth
        RETURNING id, follows, depth
    ), gathered AS (
        SELECT e.id AS edition_id, d.not_before, d.is_canary, d.ids
        FROM due d JOIN frozen_editions e ON e.follows = d.cut AND e.depth = d.depth
    ), frozen_batches AS (
        INSERT INTO batches
            (issue_id, edition_id, subscriber_ids, n_readers, not_before, origin, state,
             n_taken, tries, lease_number)
        SELECT :issue_id, edition_id, array_sort(ids[n + 1 : n + :batch_readers]),
               least(:batch_readers, cardinality(ids) - n), not_before, 'launch',
               CASE WHEN :canary_percent > 0 AND NOT is_canary THEN 'held' ELSE 'queued' END,
               0, 0, 0
        FROM gathered, generate_series(0, cardinality(ids) - 1, :batch_readers) AS n
        RETURNING n_readers AS n
    )
    SELECT coalesce(sum(n), 0) FROM frozen_batches
"""
_BOOLEAN: Final = bindparam("at_local_hours", type_=Boolean)
_FREEZE: Final = text(f"WITH {_DUE} {_FROZEN}").bindparams(_BOOLEAN)
_FREEZE_CORRECTION: Final = text(f"WITH {_DUE_TO_CORRECTION} {_FROZEN}").bindparams(_BOOLEAN)


_WAVE_OF: Final = text(
    f"SELECT {WAVE} FROM subscribers s {EACH_WAVE} WHERE s.id = :subscriber_id"  # noqa: S608  # constants
).bindparams(_BOOLEAN)


_ARRIVALS: Final = text(
    f"""
    SELECT greatest(slots.at, wave.at) FROM subscribers s
    CROSS JOIN unnest(CAST(:slots AS timestamptz[])) AS slots (at)
    {_EACH_WAVE.format(send_at="slots.at")}
    WHERE s.id = :subscriber_id ORDER BY 1
    """  # noqa: S608  # all are constants
)


def launch(session: Session, issue: Issue, now: datetime, drift_percent: int = 0) -> bool:
    """Turn a scheduled Issue, locked by the caller, into a sending one; return whether it is one.

    Enqueues a job per Edition; an issue that nobody reads is sent at once. One whose audience is
    more than `drift_percent` from what was approved is paused instead; 0 takes any audience.
    """
    before = fields_of(issue)
    ensure_partition(session, issue.id)
    mask = issue_mask(session, issue.id)
    try:
        with session.begin_nested():
            issue.n_due = _freeze_planned(session, issue, mask, drift_percent, now)
    except Drifted as drifted:
        pause_for_drift(session, issue, drifted.n_due, now)
        return False
    issue.n_skipped = 0 if issue.corrects_id else _n_without(session, mask, now)
    issue.launched_at = now
    issue.canary_until = _hold_behind_canaries(session, issue, now)
    issue.state = IssueState.SENDING
    remember(session, JournalStep.LAUNCHED, now, issue_id=issue.id, issued_on=str(issue.issued_on))
    publish_issue(session, SYSTEM, OutboxKind.ISSUE_LAUNCHED, issue, now, {"n_due": issue.n_due})
    if issue.n_due == 0:
        issue.rendered_at = issue.public_at = issue.sent_at = now
        issue.state = IssueState.SENT
        publish_issue(session, SYSTEM, OutboxKind.ISSUE_SENT, issue, now)
    record(session, SYSTEM, Verb.LAUNCH, issue, now, before=before)
    for edition_id in session.scalars(select(Edition.id).where(Edition.issue_id == issue.id)):
        enqueue_after_commit(session, "render_edition", edition_id)
    _log.info("issue_launched", issue_id=issue.id, n_due=issue.n_due, n_skipped=issue.n_skipped)
    return True


def wave_of(session: Session, issue: Issue, subscriber_id: int, now: datetime) -> datetime | None:
    """Return when a reader's Wave would be due, were the Issue launched now; None for at once."""
    values = _wave_values(session, issue, now) | {"subscriber_id": subscriber_id, "now": now}
    found: datetime | None = session.execute(_WAVE_OF, values).scalar_one()
    return found


def arrivals(
    session: Session, subscriber_id: int, send_ats: Sequence[datetime]
) -> Sequence[datetime]:
    """Return when Issues of these times reach a reader, at local hours, in order; reads only."""
    values = {
        "subscriber_id": subscriber_id,
        "slots": list(send_ats),
        "time_zone": get_publication(session).time_zone,
    }
    return session.scalars(_ARRIVALS, values).all()


def _n_without(session: Session, mask: int, now: datetime) -> int:
    """Count those who could be written to but follow nothing of it."""
    readers = select(func.count()).select_from(Subscriber).where(reads_nothing_of(mask, now))
    return session.scalar(readers) or 0


def _hold_behind_canaries(session: Session, issue: Issue, now: datetime) -> datetime | None:
    """Give each Wave its canary and return when the last one is judged at the latest.

    Return None when there is no canary.
    """
    if not issue.canary_percent:
        return None
    give_each_wave_a_canary(session, issue.id)
    waves = select(func.max(Batch.not_before)).where(Batch.issue_id == issue.id)
    return (session.scalar(waves) or now) + CANARY_WAITS


def _freeze_planned(
    session: Session, issue: Issue, mask: int, drift_percent: int, now: datetime
) -> int:
    """Write the Editions and Batches as `_freeze`; raise Drifted if they are for too many others.

    So a million readers are counted once, and what was written for nothing is rolled back.
    """
    n_due = _freeze(session, issue, mask, now)
    if has_drifted(issue.n_planned, n_due, drift_percent):
        raise Drifted(n_due)
    return n_due


def _freeze(session: Session, issue: Issue, mask: int, now: datetime) -> int:
    """Write the Editions and Batches; how many readers they hold."""
    values: dict[str, Any] = {
        **_wave_values(session, issue, now),
        "issue_id": issue.id,
        "revision": issue.revision,
        "canary_percent": issue.canary_percent,
        "mask": mask,
        "now": now,
        "batch_readers": BATCH_READERS,
    }
    if (correction := correction_of_mail(session, issue)) is not None:
        values |= wrong_values(session, correction)
        return int(session.execute(_FREEZE_CORRECTION, values).scalar_one())
    return int(session.execute(_FREEZE, values).scalar_one())


def _wave_values(session: Session, issue: Issue, now: datetime) -> dict[str, Any]:
    """Return what a reader's Wave is computed from, beside their own hour and zone."""
    return {
        "at_local_hours": issue.at_local_hours,
        "send_at": issue.send_at or now,
        "time_zone": get_publication(session).time_zone,
    }
