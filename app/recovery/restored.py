"""`restored`: the steps to take once after a backup was restored or a replica took over.

Hold the account, read what was kept outside, bring people and the ledger up to date, replay the
queue of events, raise the epoch. The account stays paused: a person decides what is left first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record_step
from app.container import Container
from app.db.session import make_sessions, transaction
from app.delivery.account import pause_account
from app.delivery.epoch import (
    EpochState,
    Marks,
    known_epoch,
    next_epoch,
    read_marks_now,
    standing,
)
from app.delivery.reconcile import RESTORED
from app.delivery.send_epoch import SendEpoch
from app.enums import DeliveryState, IssueState
from app.errors import Unavailable, WrongState
from app.events.apply import apply_new
from app.models import Delivery, Installation, Issue
from app.outbox import adopt_published
from app.outside.journal import Entry, Found, JournalStep, read_journal
from app.recovery.doubts import doubt_all
from app.recovery.people import Applied, apply_journal
from app.recovery.pepper import under_all
from app.webhooks.fan_out import begin_anew
from app.webhooks.record import stop_restored

HELD: Final = "The database was restored: decide what is in doubt, then resume the account."

Replay = Callable[[], int]
"""Take what the queue of events still holds; returns how many messages that were."""

_EVENTS_AT_ONCE: Final = 1000
_FAR: Final = {"calls": 1_000, "letters": 1_000_000, "subscribers": 1_000_000, "issues": 1_024}
"""How far the numbers of new rows go beyond the backup's: none is given a second time."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class UndecidedIssue:
    """An Issue with readers in doubt since the restore."""

    issue_id: int
    issued_on: date
    state: IssueState
    n_in_doubt: int


@dataclass(frozen=True)
class LostLaunch:
    """An Issue that was launched since the backup, which has it as a draft or not at all."""

    issue_id: int
    issued_on: str
    launched_at: datetime
    is_draft: bool


@dataclass(frozen=True)
class Report:
    """What `restored` did, and what is left for a person to decide.

    `silent` are the places whose journal could not be read, `since` is when it begins.
    """

    people: Applied
    n_letters: int
    n_events: int
    left: Sequence[UndecidedIssue]
    lost: Sequence[LostLaunch]
    since: datetime | None
    silent: Sequence[str]


def restored(
    container: Container,
    actor: Actor,
    *,
    replay: Replay | None = None,
    is_current: bool = False,
    anyway: bool = False,
) -> Report:
    """Bring a restored database up to date, and say what is left to decide.

    Opens transactions of its own. With `is_current` the database is the newest there is and only
    the epoch was lost; it begins anew, and nothing goes into doubt. Killed at any moment, it can be
    run again.

    Raises:
        WrongState: the database is not older than what was sent, and `anyway` was not given; or it
            is, and was said to be current.
        Unavailable: no place took the new epoch.
    """
    marks = read_marks_now(container.sessions, container.places)
    journal = _journal(container, marks)
    people, n_letters = Applied(), 0
    with transaction(container.sessions) as session:
        _refuse(session, marks, is_current=is_current, anyway=anyway)
        pause_account(session, actor, HELD, container.clock())
        after = {"is_current": is_current, "anyway": anyway}
        record_step(session, actor, Verb.RESTORED, "database", container.clock(), after=after)
    if not is_current:
        # What the journal tells is not to be written into it again.
        with transaction(make_sessions(container.engine), container.enqueue_now) as session:
            now = container.clock()
            adopt_published(session)
            begin_anew(session)
            stop_restored(session, now)
            people = apply_journal(session, journal.entries, now)
            n_letters = doubt_all(session, _launched(session, journal.entries), now)
    n_events = _replay(container, replay) if replay is not None else 0
    _raise(container, marks)
    _log.warning("restored", n_left=people.n_left, n_letters=n_letters, n_events=n_events)
    with transaction(container.sessions) as session:
        return Report(
            people=people,
            n_letters=n_letters,
            n_events=n_events,
            left=left_to_decide(session),
            lost=_lost(session, journal.entries),
            since=journal.since,
            silent=journal.silent,
        )


def left_to_decide(session: Session) -> list[UndecidedIssue]:
    """Return the Issues with readers who are in doubt since a restore, the oldest first."""
    rows = session.execute(
        select(Issue.id, Issue.issued_on, Issue.state, func.count())
        .join(Delivery, Delivery.issue_id == Issue.id)
        .where(Delivery.state == DeliveryState.IN_DOUBT, Delivery.reason == RESTORED)
        .group_by(Issue.id)
        .order_by(Issue.id)
    )
    return [UndecidedIssue(*row) for row in rows]


def _journal(container: Container, marks: Marks) -> Found:
    if marks.installation is None:
        return Found((), 0, ())
    found = read_journal(container.places, marks.installation)
    return replace(found, entries=under_all(found.entries, container.pepper))


def _refuse(session: Session, marks: Marks, *, is_current: bool, anyway: bool) -> None:
    """Raise WrongState where this is not what the database needs."""
    found = standing(known_epoch(session), marks)
    if is_current and found is EpochState.OLDER:
        raise WrongState("The database is older than what was sent from it: it is not current.")
    if not is_current and not anyway and found is EpochState.KEPT:
        raise WrongState(
            "The database knows of everything that was sent from it: nothing has to be done. If it "
            "was restored all the same, or a replica took over, say so with --anyway."
        )


def _launched(session: Session, entries: Sequence[Entry]) -> dict[int, datetime]:
    """Return the Issues that were launched since, as far as this database has them, and when."""
    launched_at = {
        int(one.facts["issue_id"]): one.at for one in entries if one.what is JournalStep.LAUNCHED
    }
    rows = session.execute(
        select(Issue.id, Issue.created_at).where(Issue.id.in_(sorted(launched_at)))
    )
    return {
        issue_id: launched_at[issue_id]
        for issue_id, created_at in rows
        if created_at <= launched_at[issue_id]
    }


def _lost(session: Session, entries: Sequence[Entry]) -> list[LostLaunch]:
    """Return the launched Issues that this database does not have, or has as drafts."""
    launched = {
        int(one.facts["issue_id"]): one for one in entries if one.what is JournalStep.LAUNCHED
    }
    rows = session.execute(
        select(Issue.id, Issue.created_at, Issue.state).where(Issue.id.in_(sorted(launched)))
    )
    known = {row[0]: row for row in rows}
    lost = []
    for issue_id, entry in sorted(launched.items()):
        found = known.get(issue_id)
        is_there = found is not None and found[1] <= entry.at
        if is_there and found is not None and found[2] is not IssueState.DRAFT:
            continue
        lost.append(LostLaunch(issue_id, str(entry.facts["issued_on"]), entry.at, is_there))
    return lost


def _replay(container: Container, replay: Replay) -> int:
    """Take what the queue holds and apply all of it."""
    n_events = 0
    while n_more := replay():
        n_events += n_more
    while True:
        with transaction(container.sessions, container.enqueue_now) as session:
            pepper, signer, now = container.pepper, container.signer, container.clock()
            if apply_new(session, _EVENTS_AT_ONCE, pepper, signer, now) < _EVENTS_AT_ONCE:
                return n_events


def _raise(container: Container, marks: Marks) -> None:
    """Raise the epoch beyond whatever was sent: first here, then at every place."""
    epoch = SendEpoch(container.places, container.sessions)
    epoch.ask()
    with transaction(container.sessions) as session:
        for table, far in _FAR.items():
            least = marks.highest if table == "calls" else 0
            session.execute(_AHEAD, {"table": table, "far": far, "least": least})
        number = next_epoch(session)
        session.execute(update(Installation).values(held_at=None, restored_at=container.clock()))
    if not epoch.raise_to(number):
        raise Unavailable("No place outside the database took the new send epoch; try it again.")


_AHEAD: Final = text(
    """
    SELECT setval(pg_get_serial_sequence(:table, 'id'), greatest(
        (SELECT last_value FROM pg_sequences
         WHERE format('%I.%I', schemaname, sequencename)
               = pg_get_serial_sequence(:table, 'id')), CAST(:least AS bigint), 0) + :far)
    """
)
