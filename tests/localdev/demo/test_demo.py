"""The demo itself, as a process: it delivers, it ends when told to, and it leaves nobody behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from localdev.processes import free_port, wait_until
from tests.localdev.orphans import left_behind
from tests.localdev.running import read_until, running

pytestmark = pytest.mark.xdist_group("deployment")  # one at a time, and first: they are the longest

_SECONDS = 120


def _command(var: Path, *options: str, port: int = 0) -> list[str]:
    own = ["--var", str(var), "--port", str(port or free_port())]
    return [sys.executable, "-m", "app.cli", "demo", *own, *options]


@contextmanager
def _running(var: Path, mark: str, *options: str, port: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Run a demo whose processes all carry `mark` in their environment."""
    env = {**os.environ, "DEMO_MARK": mark}
    with running(_command(var, *options, port=port), env) as process:
        yield process


def test_demo_delivers_to_everybody_once_and_leaves_no_process(tmp_path: Path) -> None:
    mark = uuid4().hex
    with _running(tmp_path / "var", mark, "--once", "--readers", "12") as process:
        said = process.communicate(timeout=_SECONDS)[0]

    assert process.returncode == 0, said
    assert "12 sample readers, 12 of them new." in said
    assert "nobody missing, twice or extra." in said
    assert "Nothing is wrong." in said
    assert left_behind(mark, tmp_path) == []
    logs = {path.name: path.read_text() for path in (tmp_path / "var" / "log").iterdir()}
    assert "superuser" not in logs["worker.log"]
    assert {"api.log", "beat.log", "listen.log", "postgres.log", "ses.log", "valkey.log"} < set(
        logs
    )
    assert not [
        name
        for name, said in logs.items()
        if "Traceback" in said or ("@" in said and name == "api.log")
    ]


def test_two_demos_deliver_when_they_start_at_once_on_the_same_ports(tmp_path: Path) -> None:
    port, options = free_port(), ("--once", "--readers", "3")
    with (
        _running(tmp_path / "one", uuid4().hex, *options, port=port) as one,
        _running(tmp_path / "two", uuid4().hex, *options, port=port) as two,
    ):
        said = [process.communicate(timeout=_SECONDS)[0] for process in (one, two)]

    assert (one.returncode, two.returncode) == (0, 0), said
    assert sum("Ports were taken" in each for each in said) == 1


def test_demo_stays_up_alone_until_ctrl_c(tmp_path: Path) -> None:
    mark, var = uuid4().hex, tmp_path / "var"
    with _running(var, mark, "--readers", "5") as process:
        said = read_until(process, "stays up until Ctrl-C")
        second = subprocess.run(  # noqa: S603  # this project's own command
            _command(var), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert len(left_behind(mark, tmp_path)) >= 8
        process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=_SECONDS)[0]

    assert process.returncode == 0, said
    assert "Stopped; no process is left." in said
    assert left_behind(mark, tmp_path) == []
    assert second.returncode == 1
    assert second.stderr.startswith("devoured: another demo runs in ")
    assert second.stderr.count("\n") == 1


def test_demo_takes_its_processes_along_when_it_is_killed(tmp_path: Path) -> None:
    mark = uuid4().hex
    with _running(tmp_path / "var", mark, "--readers", "5") as process:
        read_until(process, "are up in")
        process.kill()

    wait_until(lambda: left_behind(mark, tmp_path) == [], _SECONDS)


def test_demo_refuses_a_bad_digest_before_anything_is_started(tmp_path: Path) -> None:
    bad = tmp_path / "digest.txt"
    bad.write_text("no heading anywhere\n")
    done = subprocess.run(  # noqa: S603  # this project's own command
        _command(tmp_path / "var", "--digest", str(bad)),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "var").exists()
