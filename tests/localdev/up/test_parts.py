"""A part that ends is started again, later each time; a server's end is told."""

import os
import sys
import time
from pathlib import Path

import pytest

from localdev.processes import start_child, stop, wait_until
from localdev.up.parts import Part, ServerEnded, Service


def _ended(part: Part) -> bool:
    return part.child is not None and part.child.process.poll() is not None


def test_part_that_ends_at_once_is_started_later_each_time(
    capfd: pytest.CaptureFixture[str],
) -> None:
    part = Part("api", ("no-such-command",))
    pauses = []
    for before in (1.0, 2.0, 16.0, 30.0):
        part.due, part.pause = 0.0, max(before, part.pause)
        part.look_after(os.environ)
        wait_until(lambda: _ended(part), 60)
        part.look_after(os.environ)
        pauses.append(part.due - time.monotonic())
        assert part.child is None
        part.look_after(os.environ)
        assert part.child is None  # its pause is not over

    assert [round(one) for one in pauses] == [1, 2, 16, 30]
    assert "api ended with 2; it starts again in 1 s." in capfd.readouterr().err


def test_part_that_ran_for_a_minute_is_started_soon_again() -> None:
    part = Part("api", ("no-such-command",), pause=16.0)
    part.look_after(os.environ)
    wait_until(lambda: _ended(part), 60)
    part.began -= 61
    part.look_after(os.environ)

    assert part.due - time.monotonic() <= 1


def test_service_says_which_server_has_ended(tmp_path: Path) -> None:
    server = start_child("Valkey", [sys.executable, "-c", "pass"], log=tmp_path / "log")
    service = Service([server], [], os.environ)
    server.process.wait(60)

    with pytest.raises(ServerEnded, match="Valkey ended with 0"):
        service.look_after()
    stop(server, 0)
