"""Workers of the version before finish beside today's, on today's schema and jobs."""

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.delivery.editions import store_rendering
from app.delivery.launch import launch
from app.delivery.letters import queue_letter
from app.enums import CallState, DeliveryState, IssueState, LetterKind
from app.jobs import make_enqueue
from app.models import Call, Delivery, Edition, Issue, Letter
from app.rendering.inputs import RenderedMail
from app.settings import Settings
from benchmarks.drill.processes import children
from localdev.demo.inbox import list_messages
from localdev.processes import Child, start_child, stop, wait_until
from localdev.ses.mishaps import Settings as Faults
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.localdev.ses.running import LocalSes, serving
from tests.workers.environments import environment_with

BEFORE: Final = "8da887ab07de0c6d029a803b5f00c550cc9cd7aa"
"""The version before: the last commit of it. Each release moves it to the release before."""

_ROOT: Final = Path(__file__).parents[2]
_PARTS: Final = ("app", "workers", "emails", "migrations")
_SECONDS: Final = 240
N_READERS: Final = 800


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the code of the version before, which runs on today's packages."""
    command = ["git", "archive", BEFORE, *_PARTS]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, check=False)  # noqa: S603  # ours
    if done.returncode != 0:
        pytest.skip("the version before is not in this checkout: git fetch --unshallow")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    asked = [sys.executable, "-P", "-c", "import app; print(app.__path__[0])"]
    taken = subprocess.run(  # noqa: S603  # ours
        asked, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True
    )
    assert taken.stdout.strip() == str(folder / "app")
    return folder


@pytest.fixture
def ses() -> Iterator[LocalSes]:
    """Run a slow local SES, so that both have calls in flight."""
    slow = Faults.model_validate({"chances": {"slow": 1.0}, "slow_seconds": [0.3, 0.6]})
    with serving(faults=slow, rate=1e6) as running:
        yield running


def _worker(name: str, settings: Settings, ses: LocalSes, log: Path, code: Path) -> Child:
    """Start a worker of this code; that of before knows no setting that came since."""
    given = {f"DEVOURED_{one.upper()}" for one in settings.model_fields_set}
    env = {
        one: value
        for one, value in environment_with(settings, ses).items()
        if one in given or not one.startswith("DEVOURED_")
    }
    return start_child(
        name,
        [sys.executable, "-P", "-m", "app.cli", "worker", "--concurrency", "1"],
        log=log / f"{name}.log",
        env=env | {"PYTHONPATH": str(code)},
    )


def _make_due(session: Session) -> tuple[int, int]:
    """Make an issue whose batches may be leased, and a letter; return their numbers."""
    now = system_clock()
    ai = make_category(session, "ai")
    issue = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
    make_story(session, issue, ai)
    readers = [make_subscriber(session, follows=ai.mask) for _ in range(N_READERS)]
    launch(session, issue, now)
    for edition in session.scalars(select(Edition)):
        store_rendering(session, edition.id, RenderedMail("Subject", "<p>Hello</p>", "Hello"), now)
    letter = queue_letter(
        session, LetterKind.PREFERENCES_LINK, subscriber_id=readers[0].id, now=now
    )
    session.commit()
    return issue.id, letter.id


def test_worker_of_the_version_before_finishes_beside_todays_and_nobody_is_written_to_twice(
    session: Session, settings: Settings, ses: LocalSes, before: Path, tmp_path: Path
) -> None:
    issue_id, letter_id = _make_due(session)
    enqueue_now = make_enqueue(settings.redis_url)
    old = _worker("before", settings, ses, tmp_path, before)
    new = None
    try:
        enqueue_now([("send_letter", (letter_id,))])
        wait_until(lambda: _of(session, Letter.state) == {DeliveryState.ACCEPTED}, _SECONDS, old)
        new = _worker("today", settings, ses, tmp_path, _ROOT)
        wait_until(lambda: "ready." in new.log.read_text("utf-8"), _SECONDS, new)
        enqueue_now([("send_batches", ())] * 4)
        wait_until(lambda: _have_called(session, old, new), _SECONDS, old)
        assert stop(old, _SECONDS) == 0
        enqueue_now([("send_batches", ())])
        wait_until(lambda: _of(session, Issue.state) == {IssueState.SENT}, _SECONDS, new)
    finally:
        codes = [stop(one, _SECONDS) for one in (old, new) if one is not None]

    assert codes == [0, 0]
    written_to = [address for message in list_messages(ses.web) for address in message["to"]]
    assert len(written_to) == N_READERS + 1
    assert len({*written_to}) == N_READERS
    assert _of(session, Call.state) == {CallState.CLOSED}
    due = select(func.count()).where(
        Delivery.issue_id == issue_id, Delivery.state == DeliveryState.ACCEPTED
    )
    assert session.scalar(due) == N_READERS


def _of(session: Session, column: object) -> set[object]:
    session.rollback()
    return set(session.scalars(select(column)))  # type: ignore[call-overload]  # a column


def _have_called(session: Session, *workers: Child) -> bool:
    """Return whether a process of each of these workers has sent some of the issue."""
    session.rollback()
    names = session.scalars(select(Call.worker).where(Call.batch_id.is_not(None)).distinct()).all()
    pids = {int(name.rpartition("-")[2]) for name in names}
    return all(pids & {one.pid for one in children(worker.process.pid)} for worker in workers)
