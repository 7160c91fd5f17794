"""`devoured up` from its start to its end: servers, migration, parts, and all again if need be."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import Final

from app.cli.failures import BadInput
from app.cli.output import note, say
from app.settings import load_settings
from localdev.demo.place import SETTINGS_FILE, keep_environment, read_secrets
from localdev.postgres import start_postgres
from localdev.processes import ChildError, claim, finish, listen, orderly_end, start_child
from localdev.up.parts import Part, ServerEnded, Service
from localdev.up.place import Place, environment, take_environment
from localdev.valkey import start_valkey

_LOOK_SECONDS: Final = 0.5
_MIGRATION_SECONDS: Final = 24 * 3600.0
_PAUSE_SECONDS: Final = 2.0


def run(place: Place, concurrency: int) -> None:
    """Run the service until SIGTERM, SIGHUP or Ctrl-C; no process is left then.

    When PostgreSQL or Valkey ends, all stop and start again in their order.

    Raises:
        BadInput: the port is taken, or a setting of the two servers is.
        ConfigError: naming each setting at fault, before anything was started.
        ChildError: the folder is in use, or a server or the migration failed at the first start.
    """
    given = dict(os.environ)
    with claim(place.folder), _listener(place.port) as listener, suppress(KeyboardInterrupt):
        known = read_secrets(place.folder)
        _check_settings(place, known, given)
        with orderly_end():
            was_up = False
            while True:
                try:
                    with _started(place, known, given, concurrency, listener) as service:
                        _tell_when_up(place, service)
                        was_up = True
                        _look_after(service)
                except (ServerEnded, ChildError) as problem:
                    if not was_up:
                        raise ChildError(str(problem)) from None
                    note(f"devoured: {problem}; everything starts again.")
                    time.sleep(_PAUSE_SECONDS)
    say("Stopped; no process is left.")


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    """Yield the API's listener: while the API starts again, who connects waits."""
    try:
        listener = listen(port)
    except OSError:
        raise BadInput(f"Port {port} is taken: say another one with --port.") from None
    with listener:
        yield listener


def _check_settings(place: Place, known: dict[str, str], given: dict[str, str]) -> None:
    """Refuse wrong settings before anything is started; the two addresses are ours in any case."""
    servers = {"DEVOURED_DATABASE_URL": "postgresql://", "DEVOURED_REDIS_URL": "unix://"}
    take_environment(environment(place, known, given, servers))
    load_settings()


@contextmanager
def _started(
    place: Place,
    known: dict[str, str],
    given: dict[str, str],
    concurrency: int,
    listener: socket.socket,
) -> Iterator[Service]:
    """Yield the running service; every process is gone at the end, the servers last."""
    folder = place.folder
    with ExitStack() as stack:
        postgres = stack.enter_context(
            start_postgres(folder / "postgres", durable=True, has_log=False)
        )
        valkey = stack.enter_context(start_valkey(folder / "valkey", durable=True, has_log=False))
        servers = {"DEVOURED_DATABASE_URL": postgres.url, "DEVOURED_REDIS_URL": valkey.url}
        env = environment(place, known, given, servers)
        keep_environment(folder / SETTINGS_FILE, env)
        migrate = [sys.executable, "-P", "-m", "app.cli", "migrate"]
        finish(start_child("migrate", migrate, log=None, env=env), _MIGRATION_SECONDS)
        parts = [
            Part("api", ("serve", "--fd", str(listener.fileno())), (listener.fileno(),)),
            Part("worker", ("worker", "--concurrency", str(concurrency))),
            Part("beat", ("beat",)),
        ]
        if env.get("DEVOURED_EVENTS_QUEUE_URL"):
            parts.append(Part("listen", ("listen",)))
        service = Service([postgres.child, valkey.child], parts, env)
        service.start(stack)
        yield service


def _tell_when_up(place: Place, service: Service) -> None:
    """Wait until the API answers, looking after the parts meanwhile; then say so."""
    while not _answers(place.port):
        service.look_after()
        time.sleep(_LOOK_SECONDS)
    say(f"Up on {place.url}; the data is in {place.folder}.")
    say(f"For commands beside it: . {place.folder / SETTINGS_FILE}")
    _tell_systemd_ready()


def _look_after(service: Service) -> None:
    """Never returns: until a signal, or a server's end, which is raised."""
    while True:
        service.look_after()
        time.sleep(_LOOK_SECONDS)


def _answers(port: int) -> bool:
    """Return whether the API answers at all: a restored database is unwell until a person acts."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def _tell_systemd_ready() -> None:
    """Tell systemd, if it started us, that we are up. Source: sd_notify(3)."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, suppress(OSError):
        sender.sendto(b"READY=1", f"\0{name[1:]}" if name.startswith("@") else name)
