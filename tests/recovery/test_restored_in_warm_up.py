"""A restored backup of a domain that is warmed up: today's ceiling hides nobody who may have it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.actors import CLI
from app.db.session import transaction
from app.delivery.doubt import Decision
from app.delivery.room import move_overdue, room_on
from app.delivery.warm_up import start_warm_up
from app.enums import IssueState
from app.issues.doubts import decide_doubts
from app.issues.scheduling import schedule
from app.models import Category, Issue
from app.recovery.restored import restored
from tests.factories import make_issue, make_story
from tests.recovery.conftest import N_READERS, Service, n_in_doubt, resume_and_send

DAY = timedelta(days=1)
FIRST = 8


def _warm_up(service: Service, *, days: int = 5) -> None:
    with transaction(service.container.sessions) as session:
        start_warm_up(session, CLI, service.at, first=FIRST, days=days)


def _add(service: Service, times: Sequence[datetime | None]) -> list[int]:
    """Add Issues of the next days, each with its time, or approved where that is None."""
    with transaction(service.container.sessions) as session:
        made = []
        for n, at in enumerate(times, start=1):
            day = service.at.date() + n * DAY
            issue = make_issue(session, state=IssueState.APPROVED, issued_on=day)
            make_story(session, issue, session.get_one(Category, 1))
            if at is not None:
                schedule(session, CLI, issue.id, service.at, send_at=at)
            made.append(issue.id)
        return made


def _launched_for(service: Service, issue_id: int) -> tuple[IssueState, int | None]:
    with transaction(service.container.sessions) as session:
        issue = session.get_one(Issue, issue_id)
        return issue.state, issue.n_due


def test_every_reader_of_each_lost_issue_is_in_doubt_and_today_has_its_room(
    service: Service, issue_id: int
) -> None:
    _warm_up(service)
    second, today = _add(service, [service.at + DAY, service.at + 2 * DAY])
    dumped = service.dump()
    service.tick()
    service.send()
    service.at += DAY
    service.tick()
    service.send()
    n_before = len(service.transport.addresses)
    assert n_before > FIRST
    service.restore(dumped)
    service.at += DAY - timedelta(hours=1)
    restored(service.container, CLI)
    for lost in (issue_id, second):
        assert _launched_for(service, lost) == (IssueState.SENDING, N_READERS)
    assert n_in_doubt(service) == 2 * N_READERS
    with transaction(service.container.sessions) as session:
        room = room_on(session, service.at, service.at)
    assert room is not None
    assert room.n_left == room.by_day[service.at.date()] == room.ceiling > FIRST
    with transaction(service.container.sessions) as session:
        for lost in (issue_id, second):
            decide_doubts(session, CLI, lost, Decision.SENT, service.at)
            session.get_one(Issue, lost).state = IssueState.SENT
    service.at += timedelta(hours=1)
    resume_and_send(service)
    assert _launched_for(service, today) == (IssueState.SENDING, room.ceiling)
    assert len(service.transport.addresses) == n_before + room.ceiling


@pytest.mark.parametrize("n_days", [0, 1])
def test_issue_that_was_launched_by_hand_counts_on_the_day_that_the_journal_says(
    service: Service, issue_id: int, n_days: int
) -> None:
    _warm_up(service)
    with transaction(service.container.sessions) as session:
        issue = session.get_one(Issue, issue_id)
        issue.state, issue.send_at = IssueState.APPROVED, None
        issue.issued_on += 30 * DAY
    dumped = service.dump()
    with transaction(service.container.sessions) as session:
        schedule(session, CLI, issue_id, service.at, send_at=service.at)
    service.tick()
    service.send()
    assert len(service.transport.addresses) == FIRST
    service.restore(dumped)
    service.at += n_days * DAY
    restored(service.container, CLI)
    assert n_in_doubt(service) == N_READERS
    with transaction(service.container.sessions) as session:
        room = room_on(session, service.at, service.at)
    assert room is not None
    assert room.n_left == (room.ceiling if n_days else 0), "its own day's ceiling is used up"


def test_who_is_sent_a_lost_issue_again_needs_a_place(service: Service, issue_id: int) -> None:
    _warm_up(service)
    dumped = service.dump()
    service.tick()
    service.restore(dumped)
    restored(service.container, CLI)
    with transaction(service.container.sessions) as session:
        ids = list(range(1, N_READERS + 1))
        assert decide_doubts(session, CLI, issue_id, Decision.RESEND, service.at) == len(ids)
    resume_and_send(service)
    assert service.transport.addresses == []
    with transaction(service.container.sessions) as session:
        move_overdue(session, service.at)
    service.send()
    assert len(service.transport.addresses) == FIRST, "as many as the day has room for"
    service.at += 4 * DAY
    with transaction(service.container.sessions) as session:
        move_overdue(session, service.at)
    service.send()
    assert len(service.transport.addresses) == N_READERS
    with transaction(service.container.sessions) as session:
        assert session.scalars(select(Issue.state).where(Issue.id == issue_id)).one()
