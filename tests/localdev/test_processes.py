"""Children start, are stopped in order, and end with their parent however that ends."""

import os
import signal
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from localdev.processes import (
    Account,
    ChildError,
    claim,
    finish,
    free_port,
    last_lines,
    short_path,
    start_child,
    stop,
    wait_until,
)
from tests.localdev.orphans import is_gone, start_parent

_SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
_DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
time.sleep(600)
"""
_WITH_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print(child.pid, flush=True)
time.sleep(600)
"""


def test_start_child_takes_what_it_prints_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child.log"
    script = "import os, sys; print(os.environ['WORD'], os.getcwd()); sys.stderr.write('odd')"
    child = start_child(
        "Child",
        [sys.executable, "-c", script],
        log=log,
        cwd=tmp_path,
        env={"WORD": "said"},
    )
    finish(child, 30)

    assert sorted(log.read_text().split()) == sorted(["odd", "said", str(tmp_path)])


def test_start_child_prints_where_we_print_when_it_has_no_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    child = start_child("speaker", [sys.executable, "-c", "print('here')"], log=None)
    finish(child, 30)

    assert capfd.readouterr().out == "here\n"
    assert last_lines(child.log) == "its own lines are above"


def test_start_child_gives_it_a_session_of_its_own_so_ctrl_c_is_the_parents(tmp_path: Path) -> None:
    child = start_child("Child", _SLEEP, log=tmp_path / "log")
    wait_until(lambda: last_lines(child.log) == "up", 30, child)
    try:
        assert os.getsid(child.process.pid) == child.process.pid
    finally:
        assert stop(child, 30) == -signal.SIGTERM


def test_finish_says_why_when_the_command_is_not_there(tmp_path: Path) -> None:
    child = start_child("Child", ["/no/such/program"], log=tmp_path / "log")

    with pytest.raises(ChildError, match="Child ended with 127: /no/such/program: No such file"):
        finish(child, 30)


def test_finish_kills_when_the_time_is_over(tmp_path: Path) -> None:
    child = start_child("Child", _SLEEP, log=tmp_path / "log")

    with pytest.raises(ChildError, match="ended with -9"):
        finish(child, 0)
    assert is_gone(child.process.pid)


def test_stop_kills_when_the_first_signal_is_not_heard(tmp_path: Path) -> None:
    child = start_child("Child", [sys.executable, "-c", _DEAF], log=tmp_path / "log")
    wait_until(lambda: last_lines(child.log) == "up", 30, child)

    assert stop(child, 0.1) == -signal.SIGKILL


def test_stop_takes_the_childs_own_children_along(tmp_path: Path) -> None:
    child = start_child("Child", [sys.executable, "-c", _WITH_CHILD], log=tmp_path / "log")
    wait_until(lambda: last_lines(child.log) != "", 30, child)
    grandchild = int(last_lines(child.log))

    stop(child, 30)

    wait_until(lambda: is_gone(grandchild), 30)


def test_stop_gives_the_code_when_the_child_has_ended_before(tmp_path: Path) -> None:
    child = start_child(
        "Child", [sys.executable, "-c", "raise SystemExit(3)"], log=tmp_path / "log"
    )
    child.process.wait(30)

    assert stop(child, 30) == 3


def test_wait_until_gives_the_last_lines_when_the_child_ends_before(tmp_path: Path) -> None:
    script = "print('no room'); raise SystemExit(4)"
    child = start_child("Child", [sys.executable, "-c", script], log=tmp_path / "log")

    with pytest.raises(ChildError, match="Child ended with 4 before it was ready: no room"):
        wait_until(lambda: False, 30, child)
    stop(child, 0)


def test_wait_until_gives_up_when_the_time_is_over() -> None:
    with pytest.raises(ChildError, match=r"not ready in 0\.05 s"):
        wait_until(lambda: False, 0.05)


def test_wait_until_asks_ever_less_often_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    asked: list[float] = []

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    def ready() -> bool:
        asked.append(clock[0])
        return clock[0] > 600

    monkeypatch.setattr(
        "localdev.processes.time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep)
    )
    wait_until(ready, 3600)

    assert len([at for at in asked if at <= 0.1]) >= 10
    assert len(asked) < 3000  # PostgreSQL logs each of them while it recovers


def test_free_port_can_be_listened_on() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", free_port()))
        listening.listen()


if sys.platform == "linux":  # elsewhere no kernel does it, as tether.py says in the log

    def test_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
        log = str(tmp_path / "log")
        parent, pid = start_parent(
            f"child = start_child('Child', {_SLEEP!r}, log=Path({log!r}))\n"
            "print(child.process.pid, flush=True)\n"
        )
        parent.kill()
        parent.wait()

        wait_until(lambda: is_gone(pid), 30)


def test_start_child_becomes_the_account_and_leaves_roots_groups_when_root(tmp_path: Path) -> None:
    is_root = os.geteuid() == 0
    account = Account(65534, 65533) if is_root else None
    child = start_child(
        "Child", ["/bin/sh", "-c", "id -u; id -G"], log=tmp_path / "log", account=account
    )
    finish(child, 30)

    uid, groups = last_lines(child.log).splitlines()
    assert int(uid) == (65534 if is_root else os.getuid())
    assert {int(group) for group in groups.split()} == (
        {65533} if is_root else {os.getgid(), *os.getgroups()}
    )


def test_claim_is_refused_while_another_holds_it(tmp_path: Path) -> None:
    with (
        claim(tmp_path / "data"),
        pytest.raises(ChildError, match="in use by another process"),
        claim(tmp_path / "data", seconds=0.05),
    ):
        pass
    with claim(tmp_path / "data", seconds=0.05):
        pass


def test_claim_says_so_when_there_can_be_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ChildError, match="cannot be used as a folder"), claim(path):
            pass
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(ChildError, match="cannot be written"), claim(tmp_path):
        pass


def test_claim_lasts_as_long_as_a_child_that_was_handed_it(tmp_path: Path) -> None:
    with claim(tmp_path) as lock:
        child = start_child("Child", _SLEEP, log=tmp_path / "log", pass_fds=[lock])
    with pytest.raises(ChildError, match="in use"), claim(tmp_path, seconds=0.05):
        pass
    stop(child, 30)
    with claim(tmp_path, seconds=0.05):
        pass


@pytest.mark.parametrize("name", ["x" * 120, "a,b"])
def test_short_path_is_a_link_when_the_folders_own_is_of_no_use(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with short_path(folder, "a.sock") as path:
        assert path.resolve() == folder.resolve()
        assert len(str(path)) < 90
        assert "," not in str(path)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path / "a.sock"))
    assert not path.parent.exists()
    assert folder.exists()


def test_short_path_is_the_folder_itself_when_it_is_short(tmp_path: Path) -> None:
    with short_path(tmp_path, "a.sock") as path:
        assert path == tmp_path
