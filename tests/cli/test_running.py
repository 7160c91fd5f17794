"""Worker and beat as production starts them, and what a health check says of them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from app.clock import system_clock
from app.db.session import Sessions
from app.delivery.clocks import ClockWatch
from app.jobs import count_jobs, make_enqueue, ticks_done
from app.settings import Settings
from localdev.processes import free_port, start_child, stop, wait_until
from tests.cli.conftest import Devoured, environment_of

_READY = {"beat": "", "worker": " ready."}  # beat says nothing while all is well


@contextmanager
def _started(folder: Path, settings: Settings, *arguments: str) -> Iterator[Path]:
    """Run one of our commands and yield its log."""
    child = start_child(
        arguments[0],
        [sys.executable, "-m", "app.cli", *arguments],
        log=folder / f"{arguments[0]}.log",
        cwd=folder,
        env=environment_of(settings),
    )
    try:
        yield child.log
    finally:
        assert stop(child, 30) == 0


@pytest.mark.parametrize("part", ["beat", "worker"])
def test_healthy_tells_a_part_that_answers_from_one_that_does_not(
    cli: Devoured, settings: Settings, tmp_path: Path, part: str
) -> None:
    with _started(tmp_path, settings, part) as log:
        wait_until(lambda: _READY[part] in log.read_text(), 60)
        wait_until(lambda: cli("healthy", part).code == 0, 60)
        left = [path.name for path in tmp_path.iterdir() if path != log]

    assert left == []
    assert "superuser" not in log.read_text()


@pytest.mark.parametrize(("queue", "done"), [("slow", "tidy"), ("celery", "look_for_work")])
def test_worker_of_one_queue_leaves_the_other_to_others(
    settings: Settings, tmp_path: Path, queue: str, done: str
) -> None:
    enqueue_now = make_enqueue(settings.redis_url)
    with Redis.from_url(settings.redis_url) as valkey:
        enqueue_now([("tidy", ()), ("look_for_work", ())])
        with _started(tmp_path, settings, "worker", "--queue", queue):
            wait_until(lambda: done in ticks_done(valkey), 60)
        assert [*ticks_done(valkey)] == [done]
        assert count_jobs(valkey) == {"waiting": 1, "taken": 0}


def test_healthy_says_it_when_the_workers_clock_is_refused(
    cli: Devoured, settings: Settings, tmp_path: Path, sessions: Sessions
) -> None:
    with (
        _started(tmp_path, settings, "worker") as log,
        Redis.from_url(settings.redis_url) as valkey,
    ):
        wait_until(lambda: _READY["worker"] in log.read_text(), 60)
        wait_until(lambda: cli("healthy", "worker").code == 0, 60)
        ClockWatch(sessions, system_clock, valkey).was_refused("Signature expired")
        ran = cli("healthy", "worker")
    assert ran.code == 1
    assert ran.err == (
        "devoured: worker takes no work: "
        "SES refuses the clock of this machine: Signature expired.\n"
    )


def test_healthy_exits_1_when_the_api_does_not_answer(cli: Devoured) -> None:
    port = str(free_port())
    ran = cli("healthy", "api", "--port", port)

    assert ran.code == 1
    assert ran.err == f"devoured: api on port {port} does not answer.\n"


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_commands_that_run_the_service_exit_2_without_settings(command: str) -> None:
    done = subprocess.run(  # noqa: S603  # this project's own command
        [sys.executable, "-m", "app.cli", command],
        capture_output=True,
        text=True,
        env={},
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "settings: not one is given here" in done.stderr
    assert "DEVOURED_ENV_FILE" in done.stderr
