"""The sunset rule by several workers, killed ones among them, and in any order of events."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.delivery.letters_waiting import enqueue_letters
from app.models import SunsetAsk
from app.readers.signs import show_sign
from app.readers.sunset import follow_rule
from app.settings import Settings
from tests.readers.sunset import (
    DAY,
    LONG,
    RULE,
    arrive,
    asked,
    keep_clicks,
    silent_reader,
    silent_since,
)


@pytest.fixture(autouse=True)
def _keeps_clicks(session: Session, now: datetime) -> None:
    keep_clicks(session, now)


def test_two_ticks_at_once_ask_each_reader_once(sessions: Sessions, now: datetime) -> None:
    with transaction(sessions) as session:
        ids = [silent_reader(session, now).id for _ in range(4)]
    with transaction(sessions) as one:
        follow_rule(one, RULE, now)
        with transaction(sessions) as other:
            follow_rule(other, RULE, now)
            assert asked(other) == []
    with transaction(sessions) as session:
        follow_rule(session, RULE, now)
        assert sorted(filter(None, asked(session))) == ids


_CHILD: Final = """
import os, signal, sys
from datetime import datetime
from app.db.session import make_engine, make_sessions, transaction
from app.readers.sunset import Rule, follow_rule
when, now = sys.argv[1], datetime.fromisoformat(sys.argv[2])
sessions = make_sessions(make_engine(os.environ["DEVOURED_DATABASE_URL"]))
with transaction(sessions) as session:
    follow_rule(session, Rule(6, 30, 24000), now)
    session.flush()
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", ["before", "behind"])
def test_a_worker_killed_before_or_behind_the_commit_leaves_each_asked_once(
    sessions: Sessions, settings: Settings, now: datetime, when: str
) -> None:
    with transaction(sessions) as session:
        ids = [silent_reader(session, now).id for _ in range(5)]
    child = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", _CHILD, when, now.isoformat()],
        env=os.environ | {"DEVOURED_DATABASE_URL": settings.database_url},
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    with transaction(sessions) as session:
        assert len(asked(session)) == (0 if when == "before" else 5)
        follow_rule(session, RULE, now)
    jobs: list[Any] = []
    with transaction(sessions, jobs.extend) as session:
        assert sorted(filter(None, asked(session))) == ids
        assert session.scalar(select(func.count()).select_from(SunsetAsk)) == 5
        enqueue_letters(session, now + timedelta(hours=1))
    assert len({one for _, letters in jobs for one in letters}) == 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 120), st.sampled_from(["tick", "sign", "arrive"])), max_size=14
    )
)
def test_nobody_is_asked_twice_in_a_silence_nor_paused_without_having_been(
    session: Session, now: datetime, steps: list[tuple[int, str]]
) -> None:
    reader, at = silent_reader(session, now), now
    signs, asks = [now - LONG], []
    for days, what in steps:
        at += days * DAY
        if what == "sign":
            show_sign(session, reader, at)
            signs.append(at)
        elif what == "arrive":
            arrive(session, at)
        else:
            n = len(asked(session))
            follow_rule(session, RULE, at)
            asks += [at] * (len(asked(session)) - n)
        if silent_since(session, reader) is not None:
            assert asks[-1] >= signs[-1]
            assert at >= asks[-1] + 30 * DAY
    for before, later in pairwise(asks):
        assert any(before < sign < later for sign in signs)
    session.rollback()
