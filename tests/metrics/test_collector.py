"""Collecting: what cannot be read takes nothing else along, and many who ask cost as one does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from app.db.session import make_sessions
from app.delivery.partitions import ensure_partition
from app.enums import (
    CallState,
    DeliveryState,
    EventKind,
    EventState,
    IssueState,
    LetterKind,
    SubscriberState,
)
from app.metrics.collector import READING, ServiceCollector, make_collector, make_reading_engine
from app.metrics.families import ALL, BUILD, Sample, Samples
from app.models import AcceptedBy, Call, Delivery, Event, Letter, Subscriber
from app.settings import Settings
from tests.factories import make_issue
from tests.metrics.conftest import PATIENCE, Told, collecting, teller

N_ROWS = 5000
LARGE = ("calls", "deliveries", "events", "letters", "subscribers")
PARTS = (
    *("broker", "account", "work", "setbacks", "schedule", "going_out", "doubts", "events"),
    *("silence", "put_off"),
)


@pytest.fixture
def reading(settings: Settings) -> Iterator[Engine]:
    engine = make_reading_engine(settings)
    yield engine
    engine.dispose()


def test_all_parts_are_read_and_timed(told: Told) -> None:
    assert [part for part in PARTS if told("collected", part=part) != 1] == []
    assert told("collect_seconds", part="work") is not None
    assert told("build_info", version="0.1.0") == 1


def test_part_that_takes_too_long_is_missing_alone_and_wholly(
    session: Session, settings: Settings, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    with collecting(settings, now, 0.5) as hasty:
        told = teller(hasty)
        session.execute(text("LOCK TABLE letters IN ACCESS EXCLUSIVE MODE"))
        assert told("collected", part="work") == 0
        assert told("work_waiting", kind="issues") is None
        assert told("collected", part="broker") == 1
        session.rollback()
        assert "metrics_not_read" in capsys.readouterr().out


def test_issues_are_told_of_where_what_providers_put_off_takes_too_long(
    session: Session, settings: Settings, now: datetime
) -> None:
    issue = make_issue(session, state=IssueState.PAUSED, launched_at=now, rendered_at=now, n_due=1)
    session.commit()
    with collecting(settings, now, 0.5) as hasty:
        session.execute(text("LOCK TABLE deferrals IN ACCESS EXCLUSIVE MODE"))
        told = teller(hasty)
        assert told("collected", part="put_off") == 0
        assert told("collected", part="going_out") == 1
        assert told("issue_paused", issue=str(issue.id)) == 1
        session.rollback()


def test_what_providers_put_off_is_read_last(collector: ServiceCollector) -> None:
    assert list(collector.parts)[-1] == "put_off"


def test_part_is_told_again_once_it_can_be_read(
    session: Session, settings: Settings, now: datetime, collector: ServiceCollector
) -> None:
    with collecting(settings, now, 0.5) as hasty:
        session.execute(text("LOCK TABLE letters IN ACCESS EXCLUSIVE MODE"))
        assert teller(hasty)("collected", part="work") == 0
    session.rollback()

    assert teller(collector)("collected", part="work") == 1


def test_database_is_told_of_without_valkey_and_valkey_without_a_database(
    settings: Settings, now: datetime
) -> None:
    lost = {"redis_url": "redis://127.0.0.1:1/0", "database_url": "postgresql://127.0.0.1:1/none"}
    for setting, missing in (("redis_url", {"broker"}), ("database_url", {*PARTS} - {"broker"})):
        changed = settings.model_copy(update={setting: lost[setting]})
        engine = make_reading_engine(changed, replace(READING, statement_seconds=PATIENCE))
        registry = CollectorRegistry()
        collector = make_collector(changed, engine, lambda: now)
        collector.within = PATIENCE
        registry.register(collector)
        told = registry.get_sample_value
        found = {part for part in PARTS if not told("devoured_collected", {"part": part})}
        engine.dispose()
        assert found == missing


def test_what_was_read_is_told_again_for_some_seconds() -> None:
    n_read, at = 0, [0.0]

    def count() -> Samples:
        nonlocal n_read
        n_read += 1
        return [Sample(BUILD, n_read, ("one",))]

    collector = ServiceCollector({"one": count}, good_for=10, steady=lambda: at[0])
    for seconds, wanted in ((0, 1), (9.9, 1), (10, 2), (19, 2)):
        at[0] = seconds
        list(collector.collect())
        assert n_read == wanted


def test_what_is_not_begun_in_time_is_missing_so_that_an_answer_comes() -> None:
    at = [0.0]

    def take(seconds: float) -> Samples:
        at[0] += seconds
        return []

    parts = {f"{n}": partial(take, seconds) for n, seconds in enumerate((4.9, 0.2, 0.1))}
    collector = ServiceCollector(parts, steady=lambda: at[0])
    registry = CollectorRegistry()
    registry.register(collector)

    told = [registry.get_sample_value("devoured_collected", {"part": part}) for part in parts]
    assert told == [1, 1, 0]


def test_mistake_in_one_part_takes_no_other_along() -> None:
    def fail() -> Samples:
        raise ZeroDivisionError

    registry = CollectorRegistry()
    registry.register(ServiceCollector({"wrong": fail, "right": list}))

    assert registry.get_sample_value("devoured_collected", {"part": "wrong"}) == 0
    assert registry.get_sample_value("devoured_collected", {"part": "right"}) == 1


def test_registering_asks_no_server_and_knows_every_name() -> None:
    def refuse() -> Samples:
        raise AssertionError

    registry = CollectorRegistry()
    registry.register(ServiceCollector({"one": refuse}))

    assert {one.name for one in ServiceCollector({}).describe()} == {one.name for one in ALL}


def test_text_is_what_prometheus_reads(collector: ServiceCollector) -> None:
    registry = CollectorRegistry()
    registry.register(collector)
    told = list(text_string_to_metric_families(generate_latest(registry).decode()))

    assert {one.name for one in told} <= {one.name for one in ALL}
    assert {one.type for one in told} == {"gauge"}
    assert len(told) > 15


def test_connection_only_reads(reading: Engine) -> None:
    with make_sessions(reading)() as session:
        with pytest.raises(InternalError, match="read-only"):
            session.execute(text("UPDATE accounts SET paused_because = 'x'"))
        session.rollback()


def test_nothing_reads_a_table_that_grows_with_the_readers(
    session: Session, settings: Settings, now: datetime
) -> None:
    _fill(session, now)
    asked: list[tuple[str, Any]] = []
    engine = make_reading_engine(settings)

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    list(make_collector(settings, engine, lambda: now).collect())
    engine.dispose()
    scans = set()
    for statement, values in asked:
        if statement.startswith("SELECT"):
            scans |= _scanned(session, statement, values)

    assert len(asked) > 15
    large = [name for name in scans if name.startswith(LARGE)]
    # Partitions that other tests made have a page or none, which is read whole at once.
    pages = text("SELECT pg_relation_size(CAST(:name AS regclass)) / 8192")
    assert [name for name in large if session.execute(pages, {"name": name}).scalar_one() > 1] == []


def _scanned(session: Session, statement: str, values: Any) -> set[str]:
    """Return the tables that the statement would read from one end to the other."""
    connection = session.connection()
    told = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    return set(_tables(told[0]["Plan"]))


def _tables(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for part in node.get("Plans", []):
        yield from _tables(part)


def _fill(session: Session, now: datetime) -> None:
    """Write rows of an issue that is going out, nearly all of them done with."""
    issue = make_issue(
        session, state=IssueState.SENDING, launched_at=now, rendered_at=now, n_due=N_ROWS
    )
    ensure_partition(session, issue.id)
    for table, row in _usual(issue.id, now).items():
        session.execute(insert(table), [row | _own(table, n) for n in range(1, N_ROWS + 1)])
    session.commit()
    for name in LARGE:
        session.execute(text(f"ANALYZE {name}"))
    session.commit()


def _own(table: type[Any], n: int) -> dict[str, Any]:
    """Return what is another in each row."""
    if table is Delivery:
        return {"subscriber_id": n}
    return {"unique_id": f"event-{n}"} if table is Event else {}


def _usual(issue_id: int, now: datetime) -> dict[type[Any], dict[str, Any]]:
    """Return what rows of these tables have in common once all is well."""
    accepted = {"state": DeliveryState.ACCEPTED, "accepted_by": AcceptedBy.ANSWER}
    told = {"state": EventState.APPLIED, "kind": EventKind.SENT, "happened_at": now}
    sent = {"state": CallState.CLOSED, "opened_at": now, "closed_at": now}
    written = {"state": DeliveryState.DELIVERED, "not_before": now, "created_at": now}
    active = {"state": SubscriberState.ACTIVE, "follows": 1, "depth": "brief"}
    of_issue = {"issue_id": issue_id, "edition_id": 1, "attempt": 1}
    return {
        Subscriber: {"address_hmac": b"", "created_at": now} | active,
        Delivery: of_issue | accepted | {"at": now, "event_at": now},
        Letter: {"kind": LetterKind.WELCOME, "facts": {}, "attempt": 1} | written,
        Event: {"received_at": now, "body": ""} | told,
        Call: {"subscriber_ids": [1], "attempt": 1, "worker": "one"} | sent,
    }
