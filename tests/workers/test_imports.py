"""An import whose process is killed: what is done stays done, and another process goes on."""

import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.cli.import_files import upload
from app.container import Container, build
from app.db.session import transaction
from app.enums import ConsentStep, Depth, ImportState, SubscriberState
from app.jobs import make_enqueue
from app.models import Consent, Import, Subscriber
from app.readers.imports.upload import FormatHints, start
from app.settings import Settings
from localdev.processes import Child, start_child, stop, wait_until
from tests.cli.conftest import environment_of
from tests.factories import make_category

N_ROWS = 80_000
"""Some steps of reading, and some of adding."""

CONSENT = "They signed up on our old site."
WORKER = ("worker", "--concurrency", "1")


@pytest.fixture(scope="module")
def rows() -> str:
    people = "\n".join(f"reader{number}@readers.example.org" for number in range(N_ROWS))
    return f"address\n{people}\n"


@pytest.fixture
def container(settings: Settings) -> Iterator[Container]:
    container = build(settings, enqueue_now=make_enqueue(settings.redis_url))
    yield container
    container.engine.dispose()


@pytest.fixture
def devoured(settings: Settings, tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Yield a function that starts a command of the service in a process group of its own.

    No command outlives the test.
    """
    children: list[Child] = []
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | environment_of(settings)

    def run(*arguments: str) -> Child:
        command = [sys.executable, "-P", "-m", "app.cli", *arguments]
        children.append(
            start_child("import", command, log=tmp_path / "import.log", env=environment)
        )
        return children[-1]

    yield run
    for child in children:
        _kill(child)


@contextmanager
def _killed_after(child: Child, is_time: Callable[[], bool]) -> Iterator[None]:
    """Kill the child and all it started once it is time, with no chance to clean up."""
    try:
        wait_until(is_time, 60, child)
    finally:
        _kill(child)
    yield


def _kill(child: Child) -> None:
    """End the child and all it started, if they have not ended yet."""
    if child.process.poll() is None:
        os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait(10)


def _the_import(session: Session) -> Import:
    session.rollback()  # each look is a new one
    session.expire_all()
    return session.scalars(select(Import)).one()


def _finish(session: Session, settings: Settings, worker: Child, state: ImportState) -> None:
    """Enqueue once a second, as beat does, until the import is in this state."""
    enqueue_now = make_enqueue(settings.redis_url)
    rung_at = 0.0

    def is_there() -> bool:
        nonlocal rung_at
        if time.monotonic() - rung_at >= 1:
            rung_at = time.monotonic()
            enqueue_now([("look_for_work", ())])
        return _the_import(session).state is state

    wait_until(is_there, 90, worker)


def _assert_everybody_once(session: Session) -> None:
    assert _the_import(session).counts == {"added": N_ROWS}
    active = Subscriber.state == SubscriberState.ACTIVE
    assert session.scalar(select(func.count()).where(active)) == N_ROWS
    added = Consent.step == ConsentStep.ADDED
    assert session.scalar(select(func.count()).where(added)) == N_ROWS


def test_another_worker_goes_on_when_one_is_killed_reading_and_one_adding(
    session: Session,
    settings: Settings,
    container: Container,
    rows: str,
    devoured: Callable[..., Child],
) -> None:
    ai = make_category(session, "ai")
    session.commit()
    file = io.BytesIO(rows.encode())
    import_id = upload(
        container, file, Path("a.csv"), "", FormatHints(), follows=ai.mask, depth=Depth.BRIEF
    )
    enqueue_now = make_enqueue(settings.redis_url)
    enqueue_now([("advance_import", (import_id,))])
    with _killed_after(devoured(*WORKER), lambda: _the_import(session).n_rows > 0):
        assert _the_import(session).state is ImportState.READING
    worker = devoured(*WORKER)
    _finish(session, settings, worker, ImportState.READY)
    with transaction(container.sessions, enqueue_now) as other:
        start(other, CLI, import_id, CONSENT, container.clock())
    with _killed_after(worker, lambda: _the_import(session).next_slot > 0):
        assert _the_import(session).state is ImportState.ADDING
    worker = devoured(*WORKER)
    _finish(session, settings, worker, ImportState.DONE)
    stop(worker, 30)
    _assert_everybody_once(session)


def test_worker_goes_on_when_the_command_is_killed_adding(
    session: Session,
    settings: Settings,
    rows: str,
    devoured: Callable[..., Child],
    tmp_path: Path,
) -> None:
    make_category(session, "ai")
    session.commit()
    file = tmp_path / "readers.csv"
    file.write_text(rows)
    command = devoured("readers", "import", str(file), "--consent", CONSENT)

    def is_adding() -> bool:
        session.rollback()
        found = session.scalars(select(Import)).one_or_none()
        return found is not None and found.next_slot > 0

    with _killed_after(command, is_adding):
        assert _the_import(session).state is ImportState.ADDING
    worker = devoured(*WORKER)
    _finish(session, settings, worker, ImportState.DONE)
    stop(worker, 30)
    _assert_everybody_once(session)
