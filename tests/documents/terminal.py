"""A terminal in a checkout, in which the commands of a guide are typed one after the other."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from localdev.processes import Child, free_port, start_child, stop, wait_until
from tests.documents.compose import STATE, end_all
from tests.documents.pages import ROOT, Block

_SECONDS: Final = 300
_STOP_SECONDS: Final = 120
_BEGINNING: Final = "set -euo pipefail\n"
_HIDDEN: Final = {".env", ".git", ".venv", "var"}
_PROGRAMS: Final = Path(sys.executable).parent
_READY: Final = {
    "make demo": "grep -q 'stays up until' {log}",
    "devoured serve": "devoured healthy api --port {port}",
    "devoured worker": "devoured healthy worker",
    "devoured beat": "devoured healthy beat",
}
"""By how a command that stays begins: the command that succeeds once it does its work."""

_SAID_AT_THE_END: Final = {"make demo": "Stopped; no process is left."}
"""What is stopped by Ctrl-C, and its last words; all else by SIGTERM, which it obeys."""


@dataclass
class Terminal:
    """Runs blocks in `folder`; what the page says of port 8000 is another port here."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    words: Mapping[str, str] = field(default_factory=dict)
    _staying: list[Child] = field(default_factory=list)

    def type(self, block: Block) -> None:
        """Run the block to its end, or until what stays does its work; fail unless it does."""
        text = self._meant(block.text)
        if "stays" in block.marks:
            self._begin(block, text)
            return
        ran = self._run(text)
        assert ran.returncode == 0, f"{block.place} ends with {ran.returncode}:\n{ran.stdout}"

    def end(self) -> None:
        """Stop what stays, the last first; each has to end well."""
        ended = {child: _is_well_stopped(child) for child in reversed(self._staying)}
        for child, is_well in ended.items():
            assert is_well, f"{child.name} ended badly:\n{child.log.read_text('utf-8')}"

    def _begin(self, block: Block, text: str) -> None:
        (command,) = block.commands
        log = self.folder.parent / f"{len(self._staying)}.log"
        child = start_child(
            command,
            ["bash", "-c", f"{_BEGINNING}exec {text}"],
            log=log,
            cwd=self.folder,
            env=self.environment,
            on_orphaned=signal.SIGTERM,
        )
        self._staying.append(child)
        ready = next(said for begins, said in _READY.items() if command.startswith(begins))
        question = ready.format(log=log, port=self.port)
        wait_until(lambda: self._run(question).returncode == 0, _SECONDS, child)

    def _run(self, text: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603  # what the guides of this project say
            ["/bin/bash", "-c", _BEGINNING + text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )

    def _meant(self, text: str) -> str:
        """Return the block with the page's examples led to what there is here."""
        for word, here in {"8000": str(self.port), **self.words}.items():
            text = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", here, text)
        return re.sub(r"\bhealthy api\b", f"healthy api --port {self.port}", text)


def _check_out(folder: Path) -> None:
    """Make the folder look like a checkout that was set up; what make sets up anew stays in it."""
    for entry in ROOT.iterdir():
        if entry.name not in _HIDDEN:
            (folder / entry.name).symlink_to(entry)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for program in _PROGRAMS.iterdir():
        (programs / program.name).symlink_to(program)
    for packages in ("local", "dev"):
        (folder / ".venv" / f".devoured-{packages}").touch()


def _is_well_stopped(child: Child) -> bool:
    """Stop it as its guide says, and return whether it ended as it should."""
    said = _SAID_AT_THE_END.get(child.name)
    if said is None:
        return stop(child, _STOP_SECONDS) in {0, -signal.SIGTERM}
    # A terminal tells all that run in it, make and what make runs.
    os.killpg(child.process.pid, signal.SIGINT)
    child.process.wait(_STOP_SECONDS)
    return said in child.log.read_text("utf-8")


@contextmanager
def opened(
    folder: Path, settings: Mapping[str, str], words: Mapping[str, str]
) -> Iterator[Terminal]:
    """Yield a terminal in what looks like a checkout; nothing of what it started stays behind."""
    checkout, programs, state = (folder / name for name in ("checkout", "programs", "state"))
    for one in (checkout, programs, state):
        one.mkdir()
    _check_out(checkout)
    docker = programs / "docker"
    docker.write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.documents.compose "$@"\n'
    )
    docker.chmod(0o700)
    port = free_port()
    path = [str(programs), str(_PROGRAMS), os.environ["PATH"]]
    environment = {
        **{name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ},
        **settings,
        "PATH": os.pathsep.join(path),
        "TEST_PORT": str(port),
        STATE: str(state),
    }
    terminal = Terminal(checkout, environment, port, words)
    with ExitStack() as ending:
        ending.callback(end_all, state)
        ending.callback(terminal.end)
        yield terminal
