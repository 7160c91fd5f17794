"""The ledger's partitions: 64 issues each, made ahead, dropped whole when they are old."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.epoch import keep_epoch
from app.enums import IssueState
from app.models import Issue
from app.models.delivery import PARTITION

ISSUES_EACH: Final = 64

BATCHES_AT_ONCE: Final = 200
"""Batches that one transaction deletes, with the ten or so Calls of each."""

_log = structlog.get_logger(__name__)


def ensure_partition(session: Session, issue_id: int) -> None:
    """Make the partition that holds this issue's Deliveries, unless it is there.

    The table is made beside the ledger and attached, which lets writers to other partitions go on.
    Source: PostgreSQL documentation, "Table Partitioning": ATTACH PARTITION takes
    SHARE UPDATE EXCLUSIVE on the parent, CREATE TABLE … PARTITION OF takes ACCESS EXCLUSIVE.
    """
    number = issue_id // ISSUES_EACH
    name = f"{PARTITION}{number}"
    # Two launches at once: the second waits here and finds the table.
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    if session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None:
        return
    first, last = number * ISSUES_EACH, (number + 1) * ISSUES_EACH
    for statement in (
        f"CREATE TABLE {name} (LIKE deliveries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        f"ALTER TABLE deliveries ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({last})",
    ):
        session.execute(text(statement))


def drop_old_partitions(
    sessions: Sessions,
    before: datetime,
    *,
    is_stopping: Callable[[], bool] = bool,
    limit: int = BATCHES_AT_ONCE,
    apart: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> list[str]:
    """Drop the partitions whose issues were all launched before `before`; return their names.

    What stays is how many readers of each Edition ended in which state. The Batches and Calls of
    those issues go too, `limit` Batches in a transaction. A partition that is still being filled is
    never dropped. If it ends anywhere, by `is_stopping` or a kill, it goes on the next time. Each
    is dropped in a context of its own, which `apart` makes from its name.
    """
    with transaction(sessions) as session:
        names = session.scalars(_PARTITIONS).all()
    dropped = []
    for name in names:
        block = _Block(int(name.removeprefix(PARTITION)))
        with apart(f"the ledger from issue {block.first} on"):
            if (
                _keep_counts(sessions, block, before)
                and _drop_batches(sessions, block, before, limit, is_stopping)
                and _drop_ledger(sessions, block, name, before)
            ):
                dropped.append(name)
    return dropped


def old_partitions(session: Session, before: datetime) -> list[str]:
    """Return the names of partitions that `drop_old_partitions` would drop."""
    blocks = {
        name: _Block(int(name.removeprefix(PARTITION))) for name in session.scalars(_PARTITIONS)
    }
    return [
        name for name, block in blocks.items() if _is_old(session, block.first, block.last, before)
    ]


@dataclass(frozen=True)
class _Block:
    """The issues of one partition: from `first` to before `last`."""

    number: int

    @property
    def first(self) -> int:
        return self.number * ISSUES_EACH

    @property
    def last(self) -> int:
        return (self.number + 1) * ISSUES_EACH


def _keep_counts(sessions: Sessions, block: _Block, before: datetime) -> bool:
    """Store an old block's counts, so that its pages need no ledger; return whether it is old."""
    with transaction(sessions) as session:
        if not _is_old(session, block.first, block.last, before):
            return False
        values = {"first": block.first, "last": block.last}
        keep_epoch(session)
        session.execute(_FORGET_COUNTS, values)
        session.execute(_KEEP_COUNTS, values)
        return True


def _drop_batches(
    sessions: Sessions,
    block: _Block,
    before: datetime,
    limit: int,
    is_stopping: Callable[[], bool],
) -> bool:
    """Drop all Batches of the block with their Calls; return whether all are gone.

    They stay if somebody let one of its issues run again: its new Batches hold readers who wait for
    their mail.
    """
    values = {"first": block.first, "last": block.last, "limit": limit}
    while not is_stopping():
        with transaction(sessions) as session:
            if not _stays_old(session, block, before):
                return False
            if len(session.scalars(_DROP_BATCHES, values).all()) < limit:
                return True
    return False


def _drop_ledger(sessions: Sessions, block: _Block, name: str, before: datetime) -> bool:
    """Drop the ledger and return whether it is gone; keep it if one of its issues runs again."""
    with transaction(sessions) as session:
        if not _stays_old(session, block, before):
            return False
        session.execute(text(f"ALTER TABLE deliveries DETACH PARTITION {name}"))
        session.execute(text(f"DROP TABLE {name}"))
        session.execute(_FORGET_DEFERRALS, {"first": block.first, "last": block.last})
    _log.info("ledger_dropped", first_issue=block.first, last_issue=block.last - 1)
    return True


def _stays_old(session: Session, block: _Block, before: datetime) -> bool:
    """Return whether the block is old, and stays so until this transaction ends.

    Whoever launches an issue, or lets one run again, changes its row; all of them are locked here.
    """
    session.execute(
        select(Issue.id)
        .where(Issue.id >= block.first, Issue.id < block.last)
        .order_by(Issue.id)
        .with_for_update(read=True)
    )
    return _is_old(session, block.first, block.last, before)


def _is_old(session: Session, first: int, last: int, before: datetime) -> bool:
    """Return whether later issues exist and all in the block went out before, or never will."""
    beyond = select(exists().where(Issue.id >= last))
    young = select(
        exists().where(
            Issue.id >= first,
            Issue.id < last,
            func.coalesce(Issue.launched_at, Issue.created_at) >= before,
        )
    )
    running = select(
        exists().where(
            Issue.id >= first,
            Issue.id < last,
            Issue.state.in_([IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED]),
        )
    )
    return bool(session.scalar(beyond)) and not (session.scalar(young) or session.scalar(running))


_PARTITIONS: Final = text(
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass"
)
# Counted before, and stopped: a state that the last reader has left since must not stay. Counts
# whose ledger is gone are all there is, even where a partition was made anew for another issue.
_FORGET_COUNTS: Final = text(
    """
    DELETE FROM delivery_counts c
    WHERE c.issue_id >= :first AND c.issue_id < :last
      AND EXISTS (SELECT FROM deliveries d WHERE d.issue_id = c.issue_id)
    """
)
_KEEP_COUNTS: Final = text(
    """
    INSERT INTO delivery_counts (edition_id, state, issue_id, n)
    SELECT edition_id, state, issue_id, count(*) FROM deliveries
    WHERE issue_id >= :first AND issue_id < :last
    GROUP BY edition_id, state, issue_id
    ON CONFLICT (edition_id, state) DO UPDATE SET n = excluded.n
    """
)
_FORGET_DEFERRALS: Final = text(
    "DELETE FROM deferrals WHERE issue_id >= :first AND issue_id < :last"
)
_DROP_BATCHES: Final = text(
    """
    DELETE FROM batches WHERE id IN (
        SELECT b.id FROM batches b JOIN issues i ON i.id = b.issue_id
        WHERE b.issue_id >= :first AND b.issue_id < :last AND i.state IN ('sent', 'cancelled')
        ORDER BY b.issue_id, b.id LIMIT :limit)
    RETURNING id
    """
)
