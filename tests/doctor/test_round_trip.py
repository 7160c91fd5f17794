"""The round trip: a mail to the simulator by a worker's own task, and its event by our own ears."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.aws.clients import make_clients
from app.clock import system_clock
from app.db.session import Job
from app.delivery.account import pause_account
from app.doctor.findings import Finding, Level
from app.doctor.round_trip import PATIENCE, begin_round_trip, look_at_round_trip, make_round_trip
from app.doctor.subject import Subject
from app.enums import DeliveryState, LetterKind
from app.events.queue import poll_once
from app.models import Letter, Suppression
from tests.localdev.ses.reading import publishing
from tests.localdev.ses.running import Clock, LocalSes, serving
from tests.workers.conftest import tasks

__all__ = ["tasks"]

LONG = 600.0
"""Seconds: far more than it takes, on a busy machine too."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSes]:
    """Run a local SES that tells events, at the address the tasks use."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    with serving(publishing=publishing()) as ses:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
        yield ses


@pytest.fixture
def by_ses(subject: Subject, provider: LocalSes) -> Subject:
    assert provider.url
    return replace(subject, clients=make_clients("eu-west-1"))


def nothing(_jobs: list[Job]) -> None:
    """Leave the jobs to nobody."""


def test_mails_that_go_out_and_are_heard_of_are_well(
    by_ses: Subject, provider: LocalSes, tasks: ModuleType, session: Session
) -> None:
    def worker_and_listener(_seconds: float) -> None:
        for letter_id in session.scalars(select(Letter.id)).all():
            tasks.send_letter(letter_id)
        session.rollback()
        poll_once(provider.sqs, provider.queue_url, by_ses.sessions, system_clock, wait_seconds=1)
        tasks.apply_events()

    found = list(make_round_trip(by_ses, nothing, patience=LONG, sleep=worker_and_listener))
    assert [one.level for one in found] == [Level.OK] * 3
    said = " ".join(one.sentence for one in found)
    assert all(word in said for word in ("delivery was told", "bounce was told", "complained"))
    assert [str(mail).count("simulator.amazonses.com") > 0 for mail in provider.messages()] == [
        True
    ] * 3
    assert session.scalars(select(Suppression)).all() == []


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (DeliveryState.QUEUED, "No worker has sent"),
        (DeliveryState.ACCEPTED, "no bounce was told"),
        (DeliveryState.DELIVERED, "no complaint was told"),
        (DeliveryState.FAILED, "was not sent"),
    ],
)
def test_where_it_stopped_is_told(
    by_ses: Subject, session: Session, state: DeliveryState, says: str
) -> None:
    clock = Clock()

    def stops(_seconds: float) -> None:
        session.execute(update(Letter).values(state=state, reason="MessageRejected"))
        session.commit()
        clock.pass_by(2 * PATIENCE)

    found = list(make_round_trip(replace(by_ses, clock=clock), nothing, sleep=stops))
    assert len(found) == 3
    wrong = [one for one in found if one.level is Level.WRONG]
    assert len(wrong) == (2 if state is DeliveryState.DELIVERED else 3)
    assert any(says in one.sentence for one in wrong)
    assert all(one.mend is not None for one in wrong)


def test_while_the_account_is_paused_no_mail_is_sent(by_ses: Subject, session: Session) -> None:
    pause_account(session, CLI, "the domain is being moved", system_clock(), None)
    session.commit()
    (found,) = make_round_trip(by_ses, nothing)
    assert found.level is Level.UNKNOWN
    assert session.scalars(select(Letter)).all() == []


def test_without_ses_there_is_no_simulator(subject: Subject, session: Session) -> None:
    (found,) = make_round_trip(subject, nothing)
    assert found.level is Level.UNKNOWN
    assert session.scalars(select(Letter)).all() == []


def test_a_letter_that_is_no_probe_is_none_of_its_business(session: Session) -> None:
    now = system_clock()
    begun = begin_round_trip(session, now)
    assert not isinstance(begun, Finding)
    late = now + timedelta(hours=1)
    assert look_at_round_trip(session, begun, now) == ([], begun)
    found, waits = look_at_round_trip(session, begun, late)
    assert (len(found), waits) == (3, [])
    session.execute(update(Letter).values(kind=LetterKind.TEST))
    session.expire_all()
    assert look_at_round_trip(session, [*begun, begun[-1] + 1], late) == ([], [])
