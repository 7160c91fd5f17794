"""The ledger's partitions: 64 issues each, made ahead, dropped whole when they are old."""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from app.models import Issue
from app.models.delivery import PARTITION
from app.words import IssueState

ISSUES_EACH: Final = 64

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


def drop_old_partitions(session: Session, before: datetime) -> list[str]:
    """The partitions that this dropped: all of their issues were launched before `before`.

    What stays is how many readers of each Edition ended in which state. The Batches and Calls of
    those issues go too. A partition that is still being filled is never dropped.
    """
    dropped = []
    for name in session.scalars(_PARTITIONS).all():
        number = int(name.removeprefix(PARTITION))
        first, last = number * ISSUES_EACH, (number + 1) * ISSUES_EACH
        if not _is_old(session, first, last, before):
            continue
        block = {"first": first, "last": last}
        session.execute(_KEEP_COUNTS, block)
        session.execute(_DROP_BATCHES, block)
        session.execute(text(f"ALTER TABLE deliveries DETACH PARTITION {name}"))
        session.execute(text(f"DROP TABLE {name}"))
        dropped.append(name)
        _log.info("ledger_dropped", first_issue=first, last_issue=last - 1)
    return dropped


def _is_old(session: Session, first: int, last: int, before: datetime) -> bool:
    """Whether issues beyond the block exist, and all in it went out, or never will, before."""
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
_KEEP_COUNTS: Final = text(
    """
    INSERT INTO delivery_counts (edition_id, state, issue_id, n)
    SELECT edition_id, state, issue_id, count(*) FROM deliveries
    WHERE issue_id >= :first AND issue_id < :last
    GROUP BY edition_id, state, issue_id
    ON CONFLICT (edition_id, state) DO UPDATE SET n = excluded.n
    """
)
_DROP_BATCHES: Final = text("DELETE FROM batches WHERE issue_id >= :first AND issue_id < :last")
