"""A restored backup: nobody is written to twice, and who left since stays away."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from app.actors import CLI
from app.db.session import transaction
from app.delivery.account import account_pause
from app.delivery.doubt import Decision
from app.delivery.epoch import LOST, OLDER, known_epoch
from app.delivery.finish import finish_issues
from app.delivery.installation import installation_tag
from app.delivery.letters import queue_letter
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.delivery.send import send_batch
from app.delivery.send_epoch import raise_epoch
from app.enums import (
    DeliveryState,
    InDoubtPolicy,
    IssueState,
    LetterKind,
)
from app.errors import WrongState
from app.events.apply import apply_new
from app.events.inbox import RawEvent, store
from app.issues.doubts import decide_doubts
from app.issues.scheduling import schedule
from app.models import (
    Account,
    Category,
    Issue,
    Letter,
)
from app.recovery.restored import restored
from app.transports.base import Recipient
from tests.events.told import said, tagged
from tests.factories import PEPPER, SIGNER, make_issue, make_story
from tests.recovery.conftest import N_READERS, Service, n_in_doubt, resume_and_send


def _twice(service: Service) -> list[str]:
    return [who for who, n in Counter(service.transport.addresses).items() if n > 1]


def test_nobody_is_written_to_twice_when_it_was_dumped_while_scheduled(
    service: Service, issue_id: int
) -> None:
    dumped = service.dump()
    service.tick()
    service.send()
    assert len(service.transport.addresses) == N_READERS
    service.restore(dumped)
    service.tick()
    service.send()
    assert len(service.transport.addresses) == N_READERS, "the older database sent"
    with transaction(service.container.sessions) as session:
        assert session.get_one(Issue, issue_id).state is IssueState.SCHEDULED
        pause = account_pause(session, service.at)
        assert pause is not None
        assert pause.because == OLDER
    report = restored(service.container, CLI)
    assert [(one.issue_id, one.n_in_doubt) for one in report.left] == [(issue_id, N_READERS)]
    service.send()
    assert len(service.transport.addresses) == N_READERS, "it is still paused"
    resume_and_send(service)
    assert _twice(service) == []
    assert n_in_doubt(service) == N_READERS


def _send_half(service: Service) -> int:
    """Send to some and stop, as a worker does that is told to; how many had it."""
    whole = service.sender
    service.sender = replace(whole, is_stopping=lambda: len(service.transport.calls) >= 2)
    assert send_batch(service.sender)
    service.sender = whole
    return len(service.transport.addresses)


def test_nobody_is_written_to_twice_when_it_was_dumped_in_mid_send(
    service: Service, issue_id: int
) -> None:
    service.tick()
    n_before = _send_half(service)
    assert 0 < n_before < N_READERS
    dumped = service.dump()
    service.send()
    assert len(service.transport.addresses) == N_READERS
    service.restore(dumped)
    service.send()
    restored(service.container, CLI)
    assert n_in_doubt(service) == N_READERS - n_before
    resume_and_send(service)
    assert _twice(service) == []
    assert len(service.transport.addresses) == N_READERS


@pytest.mark.parametrize("policy", list(InDoubtPolicy))
def test_neither_silence_nor_a_policy_settles_what_a_restore_left_in_doubt(
    service: Service, issue_id: int, policy: InDoubtPolicy
) -> None:
    with transaction(service.container.sessions) as session:
        session.get_one(Issue, issue_id).in_doubt_policy = policy
    service.tick()
    service.transport.before_answer = _raise_once
    with pytest.raises(KeyboardInterrupt):
        send_batch(service.sender)
    service.transport.before_answer = lambda: None
    with transaction(service.container.sessions) as session:
        doubt_lost_calls(session, service.at + timedelta(hours=1))
    dumped = service.dump()
    service.restore(dumped)
    restored(service.container, CLI, anyway=True)
    later = service.at + timedelta(days=1)
    assert settle_doubts(service.container.sessions, lambda *_: True, later) == 0
    assert n_in_doubt(service) == N_READERS


def _raise_once() -> None:
    raise KeyboardInterrupt


def test_event_that_comes_again_proves_who_had_it_and_a_person_decides_the_rest(
    service: Service, issue_id: int
) -> None:
    dumped = service.dump()
    service.tick()
    n_before = _send_half(service)
    had_it = [one for _, those in service.transport.calls for one in those]
    service.restore(dumped)
    service.tick()

    def replay() -> int:
        with transaction(service.container.sessions) as session:
            return store(session, [_delivered(one, service) for one in had_it], service.at)

    report = restored(service.container, CLI, replay=replay)
    assert report.n_events == n_before
    assert n_in_doubt(service) == N_READERS - n_before
    with transaction(service.container.sessions) as session:
        decide_doubts(session, CLI, issue_id, Decision.RESEND, service.at)
    resume_and_send(service)
    assert _twice(service) == []
    assert len(service.transport.addresses) == N_READERS
    with transaction(service.container.sessions) as session:
        finish_issues(session, service.at + timedelta(hours=2))
        assert session.get_one(Issue, issue_id).state is IssueState.SENT


def test_event_that_came_before_restored_was_run_waits_and_proves_who_had_it(
    service: Service, issue_id: int
) -> None:
    dumped = service.dump()
    service.tick()
    n_before = _send_half(service)
    had_it = [one for _, those in service.transport.calls for one in those]
    service.restore(dumped)
    with transaction(service.container.sessions) as session:
        own = installation_tag(session)
        events = [_delivered(one, service) for one in had_it]
        store(session, [replace(one, body=tagged(one.body, own)) for one in events], service.at)
        apply_new(session, 100, PEPPER, SIGNER, service.at)
    restored(service.container, CLI, replay=lambda: 0)
    assert n_in_doubt(service) == N_READERS - n_before


def _delivered(to: Recipient, service: Service) -> RawEvent:
    """Build the event that SES sends for a mail that arrived."""
    told = said("Delivery", service.at, delivery_id=to.delivery_id, address=to.address)
    return RawEvent(to.delivery_id, told)


def test_issue_that_the_backup_has_as_approved_is_not_sent_again(
    service: Service, issue_id: int
) -> None:
    with transaction(service.container.sessions) as session:
        issue = session.get_one(Issue, issue_id)
        issue.state, issue.send_at = IssueState.APPROVED, None
        issue.issued_on += timedelta(days=30)
    dumped = service.dump()
    with transaction(service.container.sessions) as session:
        schedule(session, CLI, issue_id, service.at, send_at=service.at)
    service.tick()
    service.send()
    service.restore(dumped)
    restored(service.container, CLI)
    resume_and_send(service)
    assert _twice(service) == []
    assert n_in_doubt(service) == N_READERS


def test_issues_that_the_backup_does_not_know_are_said(service: Service, issue_id: int) -> None:
    with transaction(service.container.sessions) as session:
        issue = session.get_one(Issue, issue_id)
        issue.state, issue.send_at = IssueState.DRAFT, None
    dumped = service.dump()
    with transaction(service.container.sessions) as session:
        later = make_issue(
            session, state=IssueState.APPROVED, issued_on=service.at.date() + timedelta(days=2)
        )
        make_story(session, later, session.get_one(Category, 1))
        draft = session.get_one(Issue, issue_id)
        draft.state = IssueState.APPROVED
        for issue in (draft, later):
            schedule(session, CLI, issue.id, service.at, send_at=service.at)
        later_id = later.id
    service.tick()
    service.send()
    n_sent = len(service.transport.addresses)
    service.restore(dumped)
    report = restored(service.container, CLI)
    assert [(one.issue_id, one.is_draft) for one in report.lost] == [
        (issue_id, True),
        (later_id, False),
    ]
    with transaction(service.container.sessions) as session:
        assert make_issue(session, issued_on=service.at.date() + timedelta(days=9)).id > later_id
    resume_and_send(service)
    assert len(service.transport.addresses) == n_sent


def test_letter_that_waited_in_the_backup_is_not_sent_and_a_new_one_is(service: Service) -> None:
    def queue() -> int:
        with transaction(service.container.sessions) as session:
            letter = queue_letter(
                session, LetterKind.TEST, now=service.at, address="one@example.com", facts={}
            )
            return letter.id

    service.tick()
    old = queue()
    dumped = service.dump()
    with transaction(service.container.sessions) as session:
        session.get_one(Letter, old).state = DeliveryState.SKIPPED
    assert raise_epoch(service.container.sessions, service.sender.epoch)
    service.restore(dumped)
    service.tick()
    service.at += timedelta(minutes=1)
    new = queue()
    assert restored(service.container, CLI).n_letters == 1
    with transaction(service.container.sessions) as session:
        assert session.get_one(Letter, old).state is DeliveryState.IN_DOUBT
        assert session.get_one(Letter, new).state is DeliveryState.QUEUED


def test_database_that_was_never_restored_begins_anew_where_only_the_epoch_was_lost(
    service: Service, issue_id: int, tmp_path: Path
) -> None:
    service.tick()
    n_before = _send_half(service)
    for path in (tmp_path / "state").glob("epoch-*"):
        path.unlink()
    Redis.from_url(service.settings.redis_url).flushall()
    service.start()
    service.send()
    assert len(service.transport.addresses) == n_before
    with transaction(service.container.sessions) as session:
        assert session.scalars(select(Account.paused_because)).one() == LOST
    restored(service.container, CLI, is_current=True)
    resume_and_send(service)
    assert n_in_doubt(service) == 0
    assert len(service.transport.addresses) == N_READERS
    assert _twice(service) == []


def test_restored_is_refused_where_nothing_shows_that_it_is_needed(
    service: Service, issue_id: int
) -> None:
    dumped = service.dump()
    service.tick()
    service.send()
    with pytest.raises(WrongState):
        restored(service.container, CLI)
    service.restore(dumped)
    with pytest.raises(WrongState):
        restored(service.container, CLI, is_current=True)
    restored(service.container, CLI)
    with pytest.raises(WrongState):
        restored(service.container, CLI)
    with transaction(service.container.sessions) as session:
        assert known_epoch(session).was_kept
