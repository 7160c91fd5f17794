"""What is told of the account, the pace, the broker, and of the ticks of beat."""

from datetime import datetime, timedelta

import pytest
from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.account import pause_account, pause_for_quota
from app.delivery.pace import Pace
from app.jobs import count_jobs, make_enqueue, note_done, ticks, ticks_done
from app.metrics.families import ALL
from app.models import Installation
from app.settings import Settings
from app.transports.base import Quota, TransportError
from tests.metrics.conftest import Told

HOUR = timedelta(hours=1)


@pytest.fixture
def valkey(settings: Settings) -> Redis:
    return Redis.from_url(settings.redis_url)


def test_pause_is_told_with_whether_it_ends_by_itself(
    session: Session, told: Told, now: datetime
) -> None:
    assert told("account_paused", why="quota") is None

    pause_for_quota(session, now)
    session.commit()
    assert told("account_paused", why="quota") == 1

    pause_account(session, CLI, "the domain is being moved", now)
    session.commit()
    assert told("account_paused", why="held") == 1


def test_database_that_is_held_is_told(session: Session, told: Told, now: datetime) -> None:
    assert told("database_behind") == 0

    session.execute(update(Installation).values(held_at=now))
    session.commit()

    assert told("database_behind") == 1


def test_pace_and_quota_are_those_that_the_workers_keep_to(valkey: Redis, told: Told) -> None:
    assert told("pace_recipients_per_second") is None
    assert told("quota_known") == 1

    Pace(valkey, lambda: Quota(100.0, left=700, daily=1000)).take(1)

    assert told("pace_recipients_per_second") == pytest.approx(90)
    assert told("quota_left_recipients") == pytest.approx(700, abs=50)
    assert told("quota_recipients") == 1000


def test_quota_that_ses_does_not_tell_is_said(valkey: Redis, told: Told) -> None:
    def refuse() -> Quota:
        raise TransportError("AccessDenied")

    Pace(valkey, refuse).take(1)

    assert told("quota_known") == 0


def test_jobs_of_every_urgency_are_counted(settings: Settings, valkey: Redis, told: Told) -> None:
    make_enqueue(settings.redis_url)([("send_batches", ()), ("send_letter", (1,))])

    assert count_jobs(valkey) == {"waiting": 2, "taken": 0}
    assert told("broker_jobs", state="waiting") == 2


def test_tick_is_told_when_it_was_done_and_how_often_it_is_due(
    valkey: Redis, told: Told, settings: Settings, now: datetime
) -> None:
    assert ticks_done(valkey) == {}
    assert told("task_every_seconds", task="launch_due") == settings.tick_seconds

    for at in (now - HOUR, now):
        note_done(valkey, "launch_due", at)

    assert ticks_done(valkey) == {"launch_due": now}
    assert told("task_done_timestamp_seconds", task="launch_due") == now.timestamp()
    assert set(ticks(5)) >= {"launch_due", "look_for_work", "apply_events", "tidy"}


def test_whoever_does_a_tick_does_not_fail_without_valkey(now: datetime) -> None:
    note_done(Redis(port=1, socket_connect_timeout=1), "tidy", now)


def test_every_metric_is_named_as_prometheus_wants_it() -> None:
    names = [one.name for one in ALL]

    assert len(set(names)) == len(names)
    assert [one for one in ALL if not one.help.endswith(".") or one.name.endswith("_total")] == []
