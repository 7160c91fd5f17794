"""What is due, and since when: of each kind, and of nothing that is not due yet."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.alone import note_setback
from app.delivery.launch import launch
from app.delivery.letters import queue_letter
from app.enums import (
    AskKind,
    CallState,
    Depth,
    EditionState,
    EventState,
    ImportState,
    IssueState,
    LetterKind,
)
from app.issues.lifecycle import approve
from app.issues.scheduling import schedule
from app.metrics.families import OLDEST, WAITING
from app.metrics.work import waiting_work
from app.models import Ask, Call, Edition, Event, Import, Issue
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.metrics.conftest import Told

MINUTE = timedelta(minutes=1)
KINDS = ("issues", "editions", "batches", "calls", "letters", "asks", "events", "imports")


def _launched(session: Session, now: datetime) -> Issue:
    ai = make_category(session, "ai")
    issue = make_issue(session, issued_on=now.date())
    make_story(session, issue, ai)
    make_subscriber(session, follows=ai.mask)
    approve(session, CLI, issue.id, now)
    schedule(session, CLI, issue.id, now, send_at=now)
    launch(session, issue, now)
    session.commit()
    return issue


def _ask(now: datetime) -> Ask:
    return Ask(
        kind=AskKind.PREFERENCES_LINK,
        address="anne@example.com",
        address_key="anne@example.com",
        is_limited=False,
        asked_at=now,
    )


def _import(now: datetime, state: ImportState) -> Import:
    return Import(
        name="readers.csv",
        state=state,
        encoding="utf-8",
        delimiter=",",
        heading=[],
        has_heading=False,
        form="",
        columns={},
        doubts={},
        follows=1,
        depth=Depth.BRIEF,
        consent="",
        n_bytes=1,
        read_at=0,
        line=0,
        n_rows=0,
        n_bad=0,
        next_slot=0,
        counts={},
        created_at=now,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_told_to_be_due_when_there_is_nothing(told: Told, kind: str) -> None:
    assert told("work_waiting", kind=kind) == 0
    assert told("work_oldest_timestamp_seconds", kind=kind) is None


def test_letter_is_due_from_its_instant_on(session: Session, told: Told, now: datetime) -> None:
    reader = make_subscriber(session)
    for at in (now - 2 * MINUTE, now - MINUTE, now + MINUTE):
        queue_letter(session, LetterKind.WELCOME, now=at, subscriber_id=reader.id)
    session.commit()

    assert told("work_waiting", kind="letters") == 2
    assert told("work_oldest_timestamp_seconds", kind="letters") == (now - 2 * MINUTE).timestamp()


def test_events_and_asks_wait_from_when_they_came(
    session: Session, told: Told, now: datetime
) -> None:
    session.add_all([_ask(now - MINUTE), _ask(now)])
    session.add_all(
        Event(unique_id=f"event-{n}", received_at=now - n * MINUTE, body="{}", state=state)
        for n, state in ((3, EventState.NEW), (9, EventState.APPLIED))
    )
    session.commit()

    assert told("work_waiting", kind="asks") == 2
    assert told("work_oldest_timestamp_seconds", kind="asks") == (now - MINUTE).timestamp()
    assert told("work_waiting", kind="events") == 1
    assert told("work_oldest_timestamp_seconds", kind="events") == (now - 3 * MINUTE).timestamp()


def test_import_is_work_while_a_worker_has_to_go_on_with_it(
    session: Session, told: Told, now: datetime
) -> None:
    session.add_all(_import(now, state) for state in ImportState)
    session.commit()

    assert told("work_waiting", kind="imports") == 2
    assert told("work_oldest_timestamp_seconds", kind="imports") == now.timestamp()


def test_issue_is_due_once_its_time_has_come(session: Session, told: Told, now: datetime) -> None:
    for day, send_at in ((1, now - MINUTE), (2, now + MINUTE)):
        make_issue(
            session,
            issued_on=now.date() + timedelta(days=day),
            state=IssueState.SCHEDULED,
            send_at=send_at,
        )
    session.commit()

    assert told("work_waiting", kind="issues") == 1
    assert told("work_oldest_timestamp_seconds", kind="issues") == (now - MINUTE).timestamp()


def test_launched_issue_is_an_edition_to_render_and_then_a_batch_to_send(
    session: Session, told: Told, now: datetime
) -> None:
    issue = _launched(session, now)
    assert told("work_waiting", kind="editions") == 1
    assert told("work_oldest_timestamp_seconds", kind="editions") == now.timestamp()
    assert told("work_waiting", kind="batches") == 0

    session.query(Edition).update({"state": EditionState.RENDERED})
    issue.rendered_at = now
    session.commit()
    assert told("work_waiting", kind="editions") == 0
    assert told("work_waiting", kind="batches") == 1

    issue.state = IssueState.PAUSED
    session.commit()
    assert told("work_waiting", kind="batches") == 0


def test_call_is_work_while_it_is_on_the_wire(session: Session, told: Told, now: datetime) -> None:
    session.add_all(
        Call(subscriber_ids=[], state=state, attempt=1, worker="one", opened_at=now)
        for state in CallState
    )
    session.commit()

    assert told("work_waiting", kind="calls") == 1
    assert told("work_oldest_timestamp_seconds", kind="calls") == now.timestamp()


def test_what_waits_is_counted_up_to_a_bound_from_the_oldest_on(
    session: Session, now: datetime
) -> None:
    session.add_all(_ask(now + n * MINUTE) for n in range(3))
    session.flush()

    told = {one.family: one.value for one in waiting_work(session, now, 2) if "asks" in one.labels}

    assert told == {WAITING: 2, OLDEST: now.timestamp()}


def test_setback_is_told_since_it_began(session: Session, told: Told, now: datetime) -> None:
    assert told("setbacks") == 0
    for at in (now - MINUTE, now):
        note_setback(session, "tidy: events", "it is broken", at)
    session.commit()

    assert told("setbacks") == 1
    assert told("setback_oldest_timestamp_seconds") == (now - MINUTE).timestamp()
