"""The parts of the service: each is started again when it ends, later each time."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from app.cli.output import note
from localdev.processes import Child, start_child, stop, tell_to_stop

STOP_SECONDS: Final = 60.0
"""Longer than the longest call of a worker: a clean stop leaves nothing in doubt."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_WELL_AFTER: Final = 60.0
"""Seconds after which a part that runs has earned a quick restart again."""


class ServerEnded(Exception):
    """PostgreSQL or Valkey ended, without which no part can work."""


@dataclass
class Part:
    """A command of `devoured` that has to run; `fds` are descriptors that it is given."""

    name: str
    arguments: Sequence[str]
    fds: Sequence[int] = ()
    child: Child | None = None
    began: float = 0.0
    due: float = 0.0
    pause: float = _FIRST_PAUSE
    n_ends: int = 0

    def start(self, env: Mapping[str, str]) -> None:
        """Start it; what it says goes where ours goes."""
        command = [sys.executable, "-P", "-m", "app.cli", *self.arguments]
        self.child = start_child(self.name, command, log=None, env=env, pass_fds=self.fds)
        self.began = time.monotonic()

    def look_after(self, env: Mapping[str, str]) -> None:
        """Start it again once its pause is over, if it has ended."""
        now = time.monotonic()
        if self.child is None:
            if now >= self.due:
                self.start(env)
        elif (code := self.child.process.poll()) is not None:
            if now - self.began >= _WELL_AFTER:
                self.pause = _FIRST_PAUSE
            stop(self.child, 0)  # what it left of its own group
            note(f"devoured: {self.name} ended with {code}; it starts again in {self.pause:g} s.")
            self.child, self.due = None, now + self.pause
            self.n_ends += 1
            self.pause = min(self.pause * 2, _LONGEST_PAUSE)


@dataclass
class Service:
    """The parts beside their servers, with the environment they all share."""

    servers: Sequence[Child]
    parts: Sequence[Part]
    env: Mapping[str, str] = field(repr=False)

    def start(self, stack: ExitStack) -> None:
        """Start every part; at the end of `stack` all are told together, and waited for."""
        stack.callback(self._stop)
        for part in self.parts:
            part.start(self.env)

    def look_after(self) -> None:
        """Start again what has ended.

        Raises:
            ServerEnded: all must be stopped, and started in their order.
        """
        for server in self.servers:
            if (code := server.process.poll()) is not None:
                raise ServerEnded(f"{server.name} ended with {code}")
        for part in self.parts:
            part.look_after(self.env)

    def _stop(self) -> None:
        running = [part.child for part in self.parts if part.child is not None]
        tell_to_stop(running)
        for child in running:
            stop(child, STOP_SECONDS)
