"""A worker that is told to stop, as a deploy does it: what is in flight is finished, no doubt."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.delivery.editions import store_rendering
from app.delivery.launch import launch
from app.enums import BatchState, CallState, DeliveryState, IssueState
from app.jobs import make_enqueue
from app.models import Batch, Call, Delivery, Edition
from app.rendering.inputs import RenderedMail
from app.settings import Settings
from localdev.processes import start_child, stop, wait_until
from localdev.ses.mishaps import Settings as Faults
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.localdev.ses.running import LocalSes, serving
from tests.workers.environments import environment_with

N_READERS = 1200
_PYTHON = (sys.executable, "-P")


@pytest.fixture
def ses() -> Iterator[LocalSes]:
    """Run a slow local SES, so that the signal comes during a call."""
    slow = Faults.model_validate({"chances": {"slow": 1.0}, "slow_seconds": [0.3, 0.6]})
    with serving(faults=slow, rate=1e6) as running:
        yield running


def _make_due(session: Session) -> None:
    """Make an issue of many readers whose batches may be leased."""
    now = system_clock()
    ai = make_category(session, "ai")
    issue = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
    make_story(session, issue, ai)
    for _ in range(N_READERS):
        make_subscriber(session, follows=ai.mask)
    launch(session, issue, now)
    for edition in session.scalars(select(Edition)):
        store_rendering(session, edition.id, RenderedMail("Subject", "<p>Hello</p>", "Hello"), now)
    session.commit()


def test_worker_that_is_told_to_stop_finishes_its_calls_and_leaves_no_doubt(
    session: Session, settings: Settings, ses: LocalSes, tmp_path: Path
) -> None:
    _make_due(session)
    child = start_child(
        "worker",
        [*_PYTHON, "-m", "app.cli", "worker", "--concurrency", "2"],
        log=tmp_path / "worker.log",
        env=environment_with(settings, ses),
    )
    enqueue_now = make_enqueue(settings.redis_url)
    try:
        enqueue_now([("send_batches", ()), ("send_batches", ())])
        wait_until(lambda: _n_calls(session, CallState.CLOSED) >= 2, 60, child)
        wait_until(lambda: _n_calls(session, CallState.OPEN) >= 1, 60, child)
    finally:
        code = stop(child, 60)

    assert code == 0
    assert _n_calls(session, CallState.OPEN) == 0
    states = session.scalars(select(Delivery.state)).all()
    assert set(states) == {DeliveryState.ACCEPTED}
    assert 0 < len(states) < N_READERS
    assert len({one["tags"]["delivery_id"] for one in ses.messages(limit=1000)}) == len(states)
    left = session.execute(select(Batch.state, Batch.leased_by)).all()
    assert {row.state for row in left} <= {BatchState.QUEUED, BatchState.DONE}
    assert all(row.leased_by is None for row in left if row.state is BatchState.QUEUED)


def _n_calls(session: Session, state: CallState) -> int:
    session.rollback()  # each look is a new one
    return session.scalar(select(func.count()).where(Call.state == state)) or 0
