"""Progress is looked at twice a second by whoever waits: it reads its own issue and no other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.orm import Session

from app.delivery.partitions import ISSUES_EACH, ensure_partition
from app.delivery.progress import edition_progress, progress_of
from app.delivery.rate import rate_of
from app.enums import DeliveryState, Depth, EditionState, IssueState
from app.models import Delivery, Edition, Issue
from tests.factories import make_issue

N_READERS = 2000
Asked = list[tuple[str, Any]]


@pytest.fixture
def issues(session: Session, now: datetime) -> list[Issue]:
    """Three issues that are going out, each in a partition of its own; one in ten bounced."""
    made = []
    for number in range(3):
        issue = make_issue(
            session,
            id=number * ISSUES_EACH + 1,
            issued_on=now.date() + timedelta(days=number),
            state=IssueState.SENDING,
            n_due=N_READERS,
            launched_at=now,
            rendered_at=now,
        )
        ensure_partition(session, issue.id)
        edition = Edition(
            issue_id=issue.id,
            follows=1,
            depth=Depth.BRIEF,
            revision=1,
            state=EditionState.RENDERED,
            n_readers=N_READERS,
        )
        session.add(edition)
        session.flush()
        session.execute(insert(Delivery), _rows(issue.id, edition.id, now))
        made.append(issue)
    session.commit()
    session.execute(text("ANALYZE deliveries"))
    session.commit()
    return made


def _rows(issue_id: int, edition_id: int, now: datetime) -> list[dict[str, Any]]:
    usual, other = DeliveryState.DELIVERED, DeliveryState.BOUNCED
    return [
        {
            "issue_id": issue_id,
            "subscriber_id": reader,
            "edition_id": edition_id,
            "state": usual if reader % 10 else other,
            "attempt": 1,
            "at": now,
        }
        for reader in range(1, N_READERS + 1)
    ]


@pytest.fixture
def asked(session: Session) -> Iterator[Asked]:
    """Collect the statements that PostgreSQL gets from now on."""
    found: Asked = []
    connection = session.connection()

    def listen(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        found.append((statement, values))

    event.listen(connection, "before_cursor_execute", listen)
    yield found
    event.remove(connection, "before_cursor_execute", listen)


def _scans(connection: Connection, asked: Asked) -> set[tuple[str, str]]:
    """Return how these statements would read which of the ledger's tables."""
    found = set()
    for statement, values in list(asked):
        told = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
        found |= set(_read(told[0]["Plan"]))
    return {(how, table) for how, table in found if table.startswith("deliveries")}


def _read(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "Relation Name" in node:
        yield node["Node Type"], node["Relation Name"]
    for part in node.get("Plans", []):
        yield from _read(part)


def test_progress_reads_no_partition_but_its_own(
    session: Session, issues: list[Issue], asked: Asked, now: datetime
) -> None:
    issue = issues[1]
    progress = progress_of(session, issue)
    assert progress.settled[DeliveryState.BOUNCED] == N_READERS // 10
    assert rate_of(session, issue, now) == 0
    assert len(edition_progress(session, issue.id)) == 1
    assert len(asked) > 5
    scans = _scans(session.connection(), asked)
    assert {table for _, table in scans} == {"deliveries_p1"}


def test_unusual_readers_are_counted_without_a_pass_over_the_others(
    session: Session, issues: list[Issue], asked: Asked
) -> None:
    progress_of(session, issues[1])
    unusual = [one for one in asked if "NOT IN" in one[0] and "deliveries" in one[0]]
    assert len(unusual) == 1
    ((how, _),) = _scans(session.connection(), unusual)
    assert how != "Seq Scan"


def test_reading_of_other_partitions_is_seen_where_there_is_one(
    session: Session, issues: list[Issue], asked: Asked
) -> None:
    session.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state"))
    scans = _scans(session.connection(), asked)
    tables = {"deliveries_p0", "deliveries_p1", "deliveries_p2"}
    assert {("Seq Scan", table) for table in tables} <= scans
