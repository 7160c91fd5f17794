"""The ledger's partitions: 64 issues each, made ahead, dropped whole when they are old."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models.delivery import PARTITION

ISSUES_EACH: Final = 64


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
