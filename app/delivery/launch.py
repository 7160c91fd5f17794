"""Launch: one transaction freezes an Issue's revision and audience into Editions and Batches.

Nobody is written to yet: Batches are leased only when every Edition is rendered.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Boolean, TextClause, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Verb
from app.audit import fields_of, record
from app.db.session import enqueue_after_commit
from app.delivery.audience import Due
from app.delivery.canary import CANARY_WAITS, give_each_wave_a_canary
from app.delivery.corrected import MAY_BE_NOTIFIED, WRONG, correction_of_mail, wrong_values
from app.delivery.drift import Drifted, issue_drifts, pause_for_drift
from app.delivery.eligibility import IS_DUE, reads_nothing_of
from app.delivery.partitions import ensure_partition
from app.delivery.ranked import CHOSEN, CHOSEN_TO_TELL, DAY_OF_WAVE, room_values
from app.delivery.room import Room, room_for_issue
from app.delivery.waves import AT_LOCAL_HOURS, EACH_WAVE, WAVE, wave_values
from app.enums import IssueState
from app.models import Batch, Edition, Issue, OutboxKind, Subscriber
from app.outbox import publish_issue
from app.outside.journal import JournalStep, remember
from app.publication.issue_masks import issue_mask

BATCH_READERS: Final = 500
"""Readers per Batch: large enough that freezing a million takes seconds, small enough to pause."""

LAST_HOUR_WITHIN: Final = timedelta(hours=24)
"""How long after an issue's time the last reader's hour has come: 23, and one for the clocks."""

_log = structlog.get_logger(__name__)


# One statement reads the audience once and writes both Editions and Batches, so that nobody who
# changes their Preferences meanwhile can fall between the two. The canary is a share of all
# readers, and so of each Wave, drawn anew for each issue.
# Readers who are alike become one array as they are read: to sort a million costs as much again.
_IS_CANARY: Final = "abs(hashint8(s.id # :issue_id)::bigint) % 100 < :canary_percent AS is_canary"
_ALIKE: Final = f"{WAVE}, {_IS_CANARY}, array_agg(s.id) AS ids"
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
# While the domain is warmed up it is known who they are before they become arrays.
_DUE_IN_WARM_UP: Final = f"""
    due AS MATERIALIZED (
        SELECT s.depth, s.cut, s.not_before, {_IS_CANARY}, array_agg(s.id) AS ids
        FROM chosen s GROUP BY 1, 2, 3, 4
    )
"""  # noqa: S608  # all are constants
_FROZEN: Final = f"""
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
             n_taken, tries, lease_number, warm_up_day)
        SELECT :issue_id, edition_id, array_sort(ids[n + 1 : n + :batch_readers]),
               least(:batch_readers, cardinality(ids) - n), not_before, 'launch',
               CASE WHEN :canary_percent > 0 AND NOT is_canary THEN 'held' ELSE 'queued' END,
               0, 0, 0, CASE WHEN :is_warm_up THEN {DAY_OF_WAVE.format(not_before="not_before")} END
        FROM gathered, generate_series(0, cardinality(ids) - 1, :batch_readers) AS n
        RETURNING n_readers AS n
    )
    SELECT (SELECT coalesce(sum(n), 0) FROM frozen_batches) AS n_due,
"""  # noqa: S608  # all are constants


def _freezing(tables: str, n_wanted: str) -> TextClause:
    """Return the statement that freezes those of `due`, and counts who wanted it if asked."""
    statement = text(f"WITH {tables} {_FROZEN} {n_wanted} AS n_wanted")
    return statement.bindparams(AT_LOCAL_HOURS, _IS_WARM_UP)


_IS_WARM_UP: Final = bindparam("is_warm_up", type_=Boolean)
_ALL: Final = "CAST(NULL AS bigint)"
_N_WANTED: Final = "(SELECT count(*) FROM wanted)"
_FREEZE: Final = _freezing(_DUE, _ALL)
_FREEZE_CORRECTION: Final = _freezing(_DUE_TO_CORRECTION, _ALL)
_FREEZE_IN_WARM_UP: Final = _freezing(f"{CHOSEN}, {_DUE_IN_WARM_UP}", _N_WANTED)
_FREEZE_CORRECTION_IN_WARM_UP: Final = _freezing(
    f"{WRONG}, {CHOSEN_TO_TELL}, {_DUE_IN_WARM_UP}", _N_WANTED
)


def launch(
    session: Session,
    issue: Issue,
    now: datetime,
    drift_percent: int = 0,
    *,
    is_lost: bool = False,
) -> bool:
    """Turn a scheduled Issue, locked by the caller, into a sending one; return whether it is one.

    Enqueues a job per Edition; an issue that nobody reads is sent at once. One whose audience is
    more than `drift_percent` from what was approved is paused instead; 0 takes any audience.

    One that `is_lost` was launched before, and only the database has forgotten it: it is for
    everybody whom it may have gone to, whatever room a warm-up leaves today.
    """
    before = fields_of(issue)
    ensure_partition(session, issue.id)
    mask = issue_mask(session, issue.id)
    try:
        with session.begin_nested():
            room = None if is_lost else room_for_issue(session, issue, now, now, lock=True)
            frozen = _freeze_planned(session, issue, mask, room, drift_percent, now)
    except Drifted as drifted:
        pause_for_drift(session, issue, drifted.n_due, now)
        return False
    issue.n_due, issue.n_beyond_warm_up = frozen.n, frozen.n_beyond_warm_up
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
    session: Session,
    issue: Issue,
    mask: int,
    room: Room | None,
    drift_percent: int,
    now: datetime,
) -> Due:
    """Write the Editions and Batches as `_freeze`; raise Drifted if they are for too many others.

    So a million readers are counted once, and what was written for nothing is rolled back.
    """
    frozen = _freeze(session, issue, mask, room, now)
    in_warm_up = frozen.n_beyond_warm_up is not None
    if issue_drifts(issue, frozen.n, drift_percent, in_warm_up=in_warm_up):
        raise Drifted(frozen.n)
    return frozen


def _freeze(session: Session, issue: Issue, mask: int, room: Room | None, now: datetime) -> Due:
    """Write the Editions and Batches of as many as there is room for; how many they hold."""
    values: dict[str, Any] = {
        **wave_values(session, issue, now),
        "issue_id": issue.id,
        "revision": issue.revision,
        "canary_percent": issue.canary_percent,
        "mask": mask,
        "now": now,
        "batch_readers": BATCH_READERS,
        "is_warm_up": room is not None,
    }
    # Without it PostgreSQL sorts a million readers on disk, for it thinks that few are alike.
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    correction = correction_of_mail(session, issue)
    statement = _FREEZE if correction is None else _FREEZE_CORRECTION
    if room is not None:
        values |= room_values(room)
        statement = _FREEZE_IN_WARM_UP if correction is None else _FREEZE_CORRECTION_IN_WARM_UP
    if correction is not None:
        values |= wrong_values(session, correction)
    n_due, n_wanted = session.execute(statement, values).one()
    return Due(int(n_due), None if n_wanted is None else n_wanted - int(n_due))
