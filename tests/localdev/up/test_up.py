"""`devoured up` as a process: killed in part and whole, told to stop, started again."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from app.cli.failures import BadInput
from localdev.processes import free_port, wait_until
from localdev.up.place import Place
from localdev.up.run import run
from tests.documents.pages import ROOT, blocks
from tests.localdev.orphans import left_behind
from tests.localdev.running import read_until, running

pytestmark = pytest.mark.xdist_group("deployment")  # one at a time

_SECONDS = 180.0
_PAGE = ROOT / "docs" / "one-machine.md"
_UP = [sys.executable, "-m", "app.cli", "up", "--workers", "1"]


def _environment(mark: str, port: int, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEVOURED_")}
    own = {
        "UP_MARK": mark,
        "DEVOURED_ENVIRONMENT": "local",
        "DEVOURED_BASE_URL": f"http://127.0.0.1:{port}",
        "DEVOURED_TRANSPORT": "smtp",
    }
    return kept | own | more


@contextmanager
def _running(
    folder: Path, env: dict[str, str], port: int, *options: str
) -> Iterator[subprocess.Popen[str]]:
    command = [*_UP, "--data", str(folder), "--port", str(port), *options]
    with running(command, env) as process:
        yield process


def _beside(folder: Path, *arguments: str) -> str:
    """Run a command with the settings that `up` left for a shell."""
    script = f". {folder}/settings.sh && exec {sys.executable} -m app.cli {' '.join(arguments)}"
    done = subprocess.run(  # noqa: S603  # this project's own command
        ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _pid_of(mark: str, *words: str) -> int:
    """Return the process of this mark whose command line has these words: the oldest of them."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes():
                line = (entry / "cmdline").read_bytes().decode()
                if all(word in line for word in words):
                    found.append(int(entry.name))
        except OSError:
            continue
    assert found, words
    return min(found)


def test_up_survives_the_kill_of_a_part_of_a_server_and_of_itself(tmp_path: Path) -> None:
    mark, port, folder = uuid4().hex, free_port(), tmp_path / "data"
    env = _environment(mark, port)
    with _running(folder, env, port) as process:
        read_until(process, "For commands beside it")
        assert "AI" in _beside(folder, "categories", "add", "AI")

        os.kill(_pid_of(mark, "celery", "beat"), signal.SIGKILL)
        read_until(process, "beat ended with -9; it starts again in 1 s")
        wait_until(lambda: bool(_pid_of(mark, "app.cli", "serve")), _SECONDS)

        lock = (folder / "postgres" / "data" / "postmaster.pid").read_text().split()
        os.kill(int(lock[0]), signal.SIGKILL)
        read_until(process, "PostgreSQL ended with -9; everything starts again")
        read_until(process, "For commands beside it")

        process.kill()  # as a loss of power takes all at once
    wait_until(lambda: left_behind(mark, tmp_path) == [], _SECONDS)

    with _running(folder, env, port) as process:
        read_until(process, "For commands beside it")
        assert "AI" in _beside(folder, "categories", "list")
        process.terminate()
        said = process.communicate(timeout=_SECONDS)[0]

    assert process.returncode == 0, said
    assert "Stopped; no process is left." in said
    assert left_behind(mark, tmp_path) == []
    assert not re.search("Traceback", said), said


def test_up_says_which_file_it_cannot_write_and_leaves_no_process(tmp_path: Path) -> None:
    mark, port, folder = uuid4().hex, free_port(), tmp_path / "data"
    (folder / "settings.sh").mkdir(parents=True)
    with _running(folder, _environment(mark, port), port, "--servers-only") as process:
        said = process.communicate(timeout=_SECONDS)[0]

    assert process.returncode == 1
    assert said.splitlines()[-1] == f"devoured: {folder}/settings.sh.new: Is a directory"
    assert "Traceback" not in said
    assert left_behind(mark, tmp_path) == []


def test_up_says_so_when_its_folder_takes_no_file(tmp_path: Path) -> None:
    mark, port, folder = uuid4().hex, free_port(), tmp_path / "data"
    folder.mkdir()
    (folder / "secrets").write_text("a file where a folder belongs")
    with _running(folder, _environment(mark, port), port) as process:
        said = process.communicate(timeout=_SECONDS)[0]

    assert process.returncode == 1
    assert said.startswith(f"devoured: {folder}/secrets")
    assert said.count("\n") == 1


def test_dump_is_restored_beside_the_two_servers_alone_and_a_start_that_fails_ends(
    tmp_path: Path,
) -> None:
    mark, port, folder = uuid4().hex, free_port(), tmp_path / "data"
    env = _environment(mark, port)
    with _running(folder, env, port, "--servers-only") as process:
        read_until(process, "For commands beside it")
        _beside(folder, "migrate")
        _beside(folder, "pepper", "migrate")  # the database knows its pepper from now on
        _as_documented("pg_dump", folder, tmp_path)
        _beside(folder, "categories", "add", "Money")
        _as_documented("pg_restore", folder, tmp_path)

        assert "Money" not in _beside(folder, "categories", "list")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        process.terminate()
        said = process.communicate(timeout=_SECONDS)[0]
    assert process.returncode == 0, said
    assert left_behind(mark, tmp_path) == []

    (folder / "secrets" / "devoured_address_pepper").write_text(f"another{uuid4().hex}")
    with _running(folder, env, port) as process:
        said = process.communicate(timeout=_SECONDS)[0]
    assert process.returncode == 1
    assert "ended 3 times before the API answered" in said
    assert left_behind(mark, tmp_path) == []


def _as_documented(program: str, folder: Path, cwd: Path) -> None:
    """Run the line of docs/one-machine.md with this program, on our folder and as ourselves."""
    written = [line for block in blocks(_PAGE) for line in block.commands]
    (line,) = [one for one in written if f"&& {program} " in one]
    text = line.replace("/var/lib/devoured", str(folder)).replace("sudo -u devoured ", "")
    done = subprocess.run(  # noqa: S603  # this project's own page
        ["/bin/sh", "-ec", text], cwd=cwd, capture_output=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"DEVOURED_ENVIRONMENT": "production"}, "DEVOURED_BASE_URL: must be https"),
        ({"DEVOURED_SECRET_KEYS_FILE": "/no/such"}, "DEVOURED_SECRET_KEYS_FILE: the file cannot"),
    ],
)
def test_up_starts_nothing_when_a_setting_is_wrong(
    wrong: dict[str, str], says: str, tmp_path: Path
) -> None:
    port = free_port()
    with _running(tmp_path / "data", _environment("", port, **wrong), port) as process:
        said = process.communicate(timeout=_SECONDS)[0]

    assert process.returncode == 2
    assert says in said
    assert not (tmp_path / "data" / "postgres").exists()


def test_up_starts_nothing_beside_servers_of_others_or_on_a_port_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVOURED_DATABASE_URL", "postgresql://a@b/c")
    with pytest.raises(BadInput, match="devoured up brings its own servers"):
        run(Place(tmp_path, free_port()), 1)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port} is taken"):
            run(Place(tmp_path, port), 1)
    assert not (tmp_path / "postgres").exists()
