"""Terminals in a checkout, in which the commands of a guide are typed one after the other.

One is for commands, and keeps what they export; each that stays has one of its own.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from localdev.processes import Child, free_port, start_child, stop, wait_until
from tests.documents.compose import STATE, end_all
from tests.documents.pages import ROOT, Block, without_variables

PORTS: Final = ("8000", "8026", "8443")
"""What guides let things listen on; a test takes free ones in their place."""

_SECONDS: Final = 900
_STOP_SECONDS: Final = 120
_BEGINNING: Final = "set -euo pipefail\n"
_HIDDEN: Final = {".env", ".git", ".venv", "var"}
_PROGRAMS: Final = Path(sys.executable).parent
_READY: Final = {
    "make demo": "stays up until",
    ".venv/bin/python -m localdev.ses": "http://127.0.0.1",
    ".venv/bin/devoured up": "For commands beside it",
    "caddy run": "serving initial configuration",
    "devoured serve": "Application startup complete",
    "devoured worker": "ready.",
    "devoured beat": "",
}
"""By how a command that stays begins: what its log says once it does its work.

Beat says nothing; it renews its sign of life.
"""

_SAID_AT_THE_END: Final = {"make demo": "Stopped; no process is left."}
"""What is stopped by Ctrl-C, and its last words; all else by SIGTERM, which it obeys."""


@dataclass
class Terminal:
    """Runs blocks in `folder`; what the page says of its ports are other ports here."""

    folder: Path
    environment: Mapping[str, str]
    ports: Mapping[str, int]
    words: Mapping[str, str] = field(default_factory=dict)
    _staying: dict[str, Child] = field(default_factory=dict)
    _logs: Iterator[int] = field(default_factory=count)

    def type(self, block: Block) -> str:
        """Run the block to its end, or until what stays does its work; fail unless it does.

        Returns what was said to its end; of what stays, nothing.
        """
        text = self._meant(block.text)
        if "stays" in block.marks:
            self._begin(block, text)
            return ""
        ran = self._run(text)
        assert ran.returncode == 0, f"{block.place} ends with {ran.returncode}:\n{ran.stdout}"
        return ran.stdout

    def end(self) -> None:
        """Stop what stays, the last first; each has to end well."""
        ended = {child: _is_well_stopped(child) for child in reversed(self._staying.values())}
        for child, is_well in ended.items():
            assert is_well, f"{child.name} ended badly:\n{child.log.read_text('utf-8')}"

    def _begin(self, block: Block, text: str) -> None:
        """Run what stays; where its like ran before, the page says to press Ctrl-C first."""
        (command,) = block.commands
        kind = next(one for one in _READY if without_variables(command).startswith(one))
        if before := self._staying.pop(kind, None):
            assert _is_well_stopped(before), before.log.read_text("utf-8")
        log = self.folder.parent / f"{next(self._logs)}.log"
        begun = text.removesuffix(without_variables(text)), without_variables(text)
        child = start_child(
            kind,
            ["bash", "-c", "{}{}exec {}".format(_BEGINNING, *begun)],
            log=log,
            cwd=self.folder,
            env=self.environment,
            on_orphaned=signal.SIGTERM,
        )
        self._staying[kind] = child
        sign = self.folder.parent / "state" / "beat"
        words = _READY[kind]
        wait_until(
            lambda: words in log.read_text("utf-8") if words else sign.exists(), _SECONDS, child
        )

    def _run(self, text: str) -> "subprocess.CompletedProcess[str]":
        exported = self.folder.parent / "exported"
        exported.touch()
        return subprocess.run(  # noqa: S603  # what the guides of this project say
            ["/bin/bash", "-c", f"{_BEGINNING}. {exported}\n{text}\nexport -p > {exported}"],
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
        for word, here in self.words.items():
            text = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", here, text)
        for port, ours in self.ports.items():
            text = re.sub(rf"\b{port}\b", str(ours), text)
        return re.sub(r"\bhealthy api\b", f"healthy api --port {self.ports['8000']}", text)


def _check_out(folder: Path) -> None:
    """Make the folder look like a checkout that was set up, so that make has nothing to set up.

    Were there something, make would change the environment in which this test runs.
    """
    for entry in ROOT.iterdir():
        if entry.name not in _HIDDEN:
            (folder / entry.name).symlink_to(entry)
    environment = folder / ".venv"
    programs = environment / "bin"
    programs.mkdir(parents=True)
    for program in _PROGRAMS.iterdir():
        if program.name != "uv":
            (programs / program.name).symlink_to(program)
    (environment / "lib").symlink_to(_PROGRAMS.parent / "lib")
    shutil.copyfile(_PROGRAMS.parent / "pyvenv.cfg", environment / "pyvenv.cfg")
    made = ["bin/uv", ".devoured-local", ".devoured-dev"]  # each newer than what it is made from
    for name in made:
        (environment / name).touch()
    asked = ["make", "--question", *(f".venv/{name}" for name in made)]
    subprocess.run(asked, cwd=folder, check=True)  # noqa: S603  # make itself


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
    ports = {port: free_port() for port in PORTS}
    path = [str(programs), str(_PROGRAMS), os.environ["PATH"]]
    environment = {
        **{name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ},
        **settings,
        "PATH": os.pathsep.join(path),
        "TEST_PORT": str(ports["8000"]),
        "DEVOURED_HEALTH_FOLDER": str(state),
        STATE: str(state),
    }
    terminal = Terminal(checkout, environment, ports, words)
    with ExitStack() as ending:
        ending.callback(end_all, state)
        ending.callback(terminal.end)
        yield terminal
