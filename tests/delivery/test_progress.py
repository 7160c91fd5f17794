"""How far an issue is, how fast it goes out just now, and how long the rest takes at that.

Progress is looked at twice a second by whoever waits: it reads its own issue and no other.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.orm import Session

from app.delivery.partitions import ISSUES_EACH, ensure_partition
from app.delivery.progress import Progress, edition_progress, progress_of, rate_of, seconds_left
from app.enums import BatchState, CallState, DeliveryState, Depth, EditionState, IssueState
from app.models import Batch, Call, Delivery, Edition, Issue
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


def test_who_need_not_know_the_delivered_apart_makes_no_pass_over_them(
    session: Session, issues: list[Issue], asked: Asked
) -> None:
    progress_of(session, issues[1], tells_delivered_apart=False)
    assert "Seq Scan" not in {how for how, _ in _scans(session.connection(), asked)}


def test_reading_of_other_partitions_is_seen_where_there_is_one(
    session: Session, issues: list[Issue], asked: Asked
) -> None:
    session.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state"))
    scans = _scans(session.connection(), asked)
    tables = {"deliveries_p0", "deliveries_p1", "deliveries_p2"}
    assert {("Seq Scan", table) for table in tables} <= scans


def _issue(session: Session, rendered_at: datetime | None, **overrides: object) -> Issue:
    values = {"state": IssueState.SENDING, "n_due": 1000} | overrides
    issue = make_issue(session, rendered_at=rendered_at, **values)
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=1000,
    )
    session.add(edition)
    session.flush()
    session.add(
        Batch(
            issue_id=issue.id,
            edition_id=edition.id,
            subscriber_ids=[],
            n_readers=1000,
            state=BatchState.LEASED,
            n_taken=0,
            tries=0,
            lease_number=1,
        )
    )
    ensure_partition(session, issue.id)
    session.execute(insert(Delivery), _rows(issue.id, edition.id, issue.created_at))
    return issue


def _close(
    session: Session, issue: Issue, n: int, at: datetime, seconds: float = 0.0, first: int = 1
) -> None:
    """Add a Call to `n` readers, of whom `first` is the first, that was closed then and took so."""
    batch_id = session.scalars(select(Batch.id).where(Batch.issue_id == issue.id)).one()
    session.add(
        Call(
            batch_id=batch_id,
            subscriber_ids=list(range(first, first + n)),
            state=CallState.CLOSED,
            attempt=1,
            worker="one",
            opened_at=at - timedelta(seconds=seconds),
            closed_at=at,
        )
    )
    session.flush()


def test_rate_is_of_the_calls_that_were_closed_within_the_last_minute(
    session: Session, now: datetime
) -> None:
    issue = _issue(session, now - timedelta(hours=1))
    other = _issue(session, now, issued_on=now.date() + timedelta(days=1))
    for ago in range(0, 120, 10):
        _close(session, issue, 50, now - timedelta(seconds=ago))
        _close(session, other, 50, now - timedelta(seconds=ago))
    assert rate_of(session, issue, now) == pytest.approx(300 / 50)


def test_rate_has_nobody_who_was_put_off(session: Session, now: datetime) -> None:
    issue = _issue(session, now - timedelta(hours=1))
    _close(session, issue, 50, now - timedelta(seconds=10), first=N_READERS + 1)
    assert rate_of(session, issue, now) == 0


def test_rate_is_over_the_time_since_it_began_or_went_on(session: Session, now: datetime) -> None:
    begun = _issue(session, now - timedelta(seconds=10))
    _close(session, begun, 50, now, seconds=20)
    assert rate_of(session, begun, now) == pytest.approx(5)
    resumed = _issue(session, now - timedelta(hours=1), issued_on=now.date() + timedelta(days=1))
    _close(session, resumed, 50, now, seconds=4)
    assert rate_of(session, resumed, now) == pytest.approx(12.5)


def test_rate_counts_a_burst_as_of_one_second_at_least(session: Session, now: datetime) -> None:
    issue = _issue(session, now)
    _close(session, issue, 50, now - timedelta(seconds=1))
    assert rate_of(session, issue, now) == 0
    _close(session, issue, 50, now + timedelta(milliseconds=1))
    assert rate_of(session, issue, now + timedelta(milliseconds=1)) == pytest.approx(50)


@pytest.mark.parametrize("state", sorted(set(IssueState) - {IssueState.SENDING}))
def test_rate_is_none_when_it_is_not_sending(
    session: Session, now: datetime, state: IssueState
) -> None:
    issue = _issue(session, now - timedelta(minutes=5), state=state)
    _close(session, issue, 50, now)
    assert rate_of(session, issue, now) == 0


def test_rate_is_none_before_its_editions_are_rendered(session: Session, now: datetime) -> None:
    assert rate_of(session, _issue(session, None), now) == 0


@given(
    queued=st.integers(0, 10**9),
    sending=st.integers(0, 10**5),
    # One reader within a minute is the least that goes out.
    rate=st.just(0.0) | st.floats(1 / 60, 10**6),
)
def test_time_left_is_that_of_those_who_are_left(queued: int, sending: int, rate: float) -> None:
    progress = Progress(10**9, 0, 1, 1, queued, sending, {})
    left = seconds_left(progress, rate)
    if rate == 0:
        assert left is None
    else:
        assert left is not None
        assert left * rate == pytest.approx(queued + sending)
