"""A worker whose clock is wrong takes no work and says so once; the account is not paused."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import ModuleType

import pytest
from celery.exceptions import Reject
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.clock import Clock, system_clock
from app.db.session import Sessions
from app.delivery.account import account_pause
from app.delivery.clocks import APART, ClockWatch, seconds_off, wrong_clock
from app.delivery.letters import queue_letter
from app.enums import BatchState, CallState, DeliveryState, LetterKind
from app.models import Batch, Call, Delivery, Letter
from app.settings import Settings
from tests.factories import make_subscriber
from tests.localdev.ses.running import LocalSes, serving
from tests.workers.conftest import Break
from tests.workers.scene import Scene

SECOND = timedelta(seconds=1)


def _off_by(off: timedelta) -> Clock:
    return lambda: system_clock() + off


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.mark.parametrize("off", [timedelta(), 50 * SECOND, -50 * SECOND, timedelta(days=-400)])
def test_clock_is_held_against_postgresql(
    sessions: Sessions, valkey: Redis, off: timedelta
) -> None:
    seconds = seconds_off(sessions, _off_by(off))
    assert abs(seconds) <= abs(off.total_seconds())
    assert abs(seconds) > abs(off.total_seconds()) - 20
    assert bool(wrong_clock(sessions, _off_by(off), valkey)) == (abs(off) > APART)


def test_process_that_was_frozen_while_it_asked_has_no_wrong_clock(
    sessions: Sessions, valkey: Redis
) -> None:
    asked: list[datetime] = []

    def frozen_between() -> datetime:
        asked.append(system_clock() + (timedelta(hours=1) if asked else timedelta()))
        return asked[-1]

    assert wrong_clock(sessions, frozen_between, valkey) == ""


@pytest.mark.parametrize(("off", "where"), [(90 * SECOND, "ahead of"), (-90 * SECOND, "behind")])
def test_every_task_is_handed_back_when_the_clock_is_wrong_and_it_is_said_once(
    session: Session,
    settings: Settings,
    tasks: ModuleType,
    break_row: Break,
    off: timedelta,
    where: str,
) -> None:
    from workers import context  # noqa: PLC0415  # as the fixture

    issue, _ = Scene(session, tasks, break_row, system_clock()).issues()
    context.open_context(settings, worker="wrong", clock=_off_by(off))
    with capture_logs() as logs:
        for task in (tasks.launch_due, tasks.look_for_work):
            with pytest.raises(Reject) as handed_back:
                task()
            assert handed_back.value.args == ("the clock of this worker is wrong", True)
    assert [one["log_level"] for one in logs if one["event"] == "clock_wrong"] == ["error"]
    assert f"s {where} PostgreSQL's" in logs[0]["because"]
    session.refresh(issue)
    assert issue.launched_at is None
    context.open_context(settings, worker="right")
    tasks.launch_due()
    session.refresh(issue)
    assert issue.launched_at is not None


@pytest.fixture
def later_ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSes]:
    """Run a local SES whose clock is ten minutes ahead of this machine."""
    with serving(clock=_off_by(timedelta(minutes=10))) as ses:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        yield ses


def test_worker_stops_and_no_account_is_paused_when_ses_refuses_its_clock(
    session: Session,
    later_ses: LocalSes,  # before the tasks, which look for it when they begin
    tasks: ModuleType,
    break_row: Break,
) -> None:
    """PostgreSQL on the same machine is as wrong, so only SES can tell."""
    Scene(session, tasks, break_row, system_clock()).rendered()
    with capture_logs() as logs:
        tasks.send_batches()
        with pytest.raises(Reject):
            tasks.send_batches()
    (said,) = [one for one in logs if one["event"] == "clock_wrong"]
    assert "SES refuses the clock of this machine: Signature expired" in said["because"]
    assert later_ses.messages() == []
    assert session.scalars(select(Delivery)).all() == []
    assert set(session.scalars(select(Call.state))) == {CallState.CLOSED}
    assert len(session.scalars(select(Call)).all()) == 1, "one call finds out, for all of them"
    assert BatchState.LEASED not in session.scalars(select(Batch.state)).all()
    assert account_pause(session, system_clock()) is None


def test_letter_waits_for_another_worker_when_ses_refuses_this_clock(
    session: Session, later_ses: LocalSes, tasks: ModuleType
) -> None:
    now = system_clock()
    letters = [
        queue_letter(
            session,
            LetterKind.PREFERENCES_LINK,
            subscriber_id=make_subscriber(session).id,
            now=now,
        )
        for _ in range(2)
    ]
    session.commit()
    tasks.send_letter(letters[0].id)
    with pytest.raises(Reject):
        tasks.send_letter(letters[1].id)
    session.expire_all()
    states = [
        (one.state, one.attempt) for one in session.scalars(select(Letter).order_by(Letter.id))
    ]
    assert states == [(DeliveryState.QUEUED, 1), (DeliveryState.QUEUED, 0)]
    assert later_ses.messages() == []
    assert account_pause(session, now) is None


def test_watch_tries_again_a_minute_after_ses_refused_its_clock(
    sessions: Sessions, valkey: Redis
) -> None:
    seconds = [0.0]
    here, beside = (
        ClockWatch(sessions, system_clock, valkey, steady=lambda: seconds[0]) for _ in range(2)
    )
    assert here.is_right()
    here.was_refused("Signature expired: 1 is now earlier than 2")
    assert not here.is_right()
    assert not beside.is_right(), "it is the same machine"
    (key,) = valkey.keys()
    assert 0 < valkey.ttl(key) <= 60
    valkey.delete(key)  # as it is gone by itself
    seconds[0] = 61
    assert here.is_right()
    assert beside.is_right()
