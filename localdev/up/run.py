"""`devoured up` from its start to its end: servers, migration, parts, and all again if need be."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from typing import Final

from app.cli.failures import BadInput
from app.cli.output import note, say
from app.setting_sources import gather
from app.settings import Settings, load_settings
from localdev.demo.place import SETTINGS_FILE, keep_environment
from localdev.postgres import start_postgres
from localdev.processes import ChildError, claim, finish, listen, orderly_end, start_child
from localdev.up.parts import Part, ServerEnded, Service
from localdev.up.place import Place, own_settings
from localdev.valkey import start_valkey

_LOOK_SECONDS: Final = 0.5
_NOT_YET_UP: Final = ("postgresql:///not-yet-up", "unix:///not-yet-up")
"""What stands for the addresses of the two servers while settings are checked before they start."""

_MIGRATION_SECONDS: Final = 24 * 3600.0
_PAUSE_SECONDS: Final = 2.0
_ENDS: Final = (ServerEnded, ChildError, OSError)
_MOST_ENDS: Final = 3
"""Ends of a part before the API has answered, after which the start has failed."""

# Nobody else is there while it migrates, so that no statement of it keeps anybody waiting.
_MIGRATE: Final = ("-P", "-m", "app.cli", "migrate", "--statement-seconds", "0")


def run(place: Place, concurrency: int) -> None:
    """Run the service until SIGTERM, SIGHUP or Ctrl-C; no process is left then.

    When PostgreSQL or Valkey ends, all stop and start again in their order.

    Raises:
        BadInput: the port is taken, or a setting of the two servers is.
        ConfigError: naming each setting at fault, before anything was started.
        ChildError: the folder is in use, or a server or the migration failed at the first start.
    """
    with claim(place.folder), _listener(place.port) as listener, suppress(KeyboardInterrupt):
        variables, settings = _settings(place)

        def parts() -> list[Part]:
            return _parts(settings, listener.fileno(), concurrency)

        with orderly_end():
            _keep_up(
                lambda: _whole(place, variables, parts),
                lambda service: _tell_when_up(place, service),
            )
    say("Stopped; no process is left.")


def run_servers(place: Place) -> None:
    """Run PostgreSQL and Valkey alone, as `run` does and with its errors but that of the port."""
    with claim(place.folder), suppress(KeyboardInterrupt):
        variables, _ = _settings(place)
        with orderly_end():
            _keep_up(
                lambda: _servers(place, variables),
                lambda _: _tell(place, "PostgreSQL and Valkey are up, and nothing else"),
            )
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


def _settings(place: Place) -> tuple[dict[str, str], Settings]:
    """Return the variables of the parts but for the two servers', and the settings they make.

    Raises:
        BadInput, ConfigError: as `run`.
    """
    given = gather(Settings.model_fields).values
    variables = {**os.environ, **own_settings(place, given), "PYTHONUNBUFFERED": "1"}
    os.environ.update(variables, **_addresses(*_NOT_YET_UP))
    return variables, load_settings()


def _addresses(database_url: str, redis_url: str) -> dict[str, str]:
    return {"DEVOURED_DATABASE_URL": database_url, "DEVOURED_REDIS_URL": redis_url}


def _keep_up(
    start: Callable[[], AbstractContextManager[Service]], tell: Callable[[Service], None]
) -> None:
    """Never returns: until a signal, or an end before it was up once, which are raised."""
    was_up = False
    while True:
        try:
            with start() as service:
                try:
                    tell(service)
                    was_up = True
                    while True:
                        service.look_after()
                        time.sleep(_LOOK_SECONDS)
                except _ENDS as problem:
                    _say_why(problem, was_up=was_up)  # first: until the parts have ended takes long
        except _ENDS as problem:
            _say_why(problem, was_up=was_up)
        time.sleep(_PAUSE_SECONDS)


def _say_why(problem: Exception, *, was_up: bool) -> None:
    """Say why everything starts again.

    Raises:
        ChildError: it does not, for it never was up.
        BrokenPipeError: it does not, for nobody listens.
    """
    why = str(problem)
    if isinstance(problem, BrokenPipeError):
        raise problem  # nobody reads what it says
    if isinstance(problem, OSError):  # the disk is full, as a rule
        why = f"{problem.filename or 'the folder'}: {problem.strerror or problem}"
    if not was_up:
        raise ChildError(why) from None
    note(f"devoured: {why}; everything starts again.")


@contextmanager
def _servers(place: Place, variables: Mapping[str, str]) -> Iterator[Service]:
    """Yield the two servers and the environment that has their addresses; they stop at the end."""
    with ExitStack() as stack:
        postgres = stack.enter_context(
            start_postgres(place.folder / "postgres", durable=True, has_log=False)
        )
        valkey = stack.enter_context(
            start_valkey(place.folder / "valkey", durable=True, has_log=False)
        )
        env = {**variables, **_addresses(postgres.url, valkey.url)}
        keep_environment(place.folder / SETTINGS_FILE, env)
        yield Service([postgres.child, valkey.child], [], env)


@contextmanager
def _whole(
    place: Place, variables: Mapping[str, str], parts: Callable[[], list[Part]]
) -> Iterator[Service]:
    """Yield the running service; every process is gone at the end, the servers last."""
    with _servers(place, variables) as servers, ExitStack() as stack:
        migration = start_child("migrate", [sys.executable, *_MIGRATE], log=None, env=servers.env)
        finish(migration, _MIGRATION_SECONDS)
        service = replace(servers, parts=parts())
        service.start(stack)
        yield service


def _parts(settings: Settings, listener: int, concurrency: int) -> list[Part]:
    parts = [
        Part("api", ("serve", "--fd", str(listener)), (listener,)),
        Part("worker", ("worker", "--concurrency", str(concurrency))),
        Part("beat", ("beat",)),
    ]
    if settings.events_queue_url:
        parts.append(Part("listen", ("listen",)))
    return parts


def _tell_when_up(place: Place, service: Service) -> None:
    """Wait until the API answers, looking after the parts meanwhile; then say so.

    Raises:
        ServerEnded: as `look_after`; ChildError: a part ends each time that it is started.
    """
    while not _answers(place.port):
        service.look_after()
        for part in service.parts:
            if part.n_ends >= _MOST_ENDS:
                raise ChildError(f"{part.name} ended {part.n_ends} times before the API answered")
        time.sleep(_LOOK_SECONDS)
    _tell(place, f"Up on {place.url}")


def _tell(place: Place, what: str) -> None:
    say(f"{what}; the data is in {place.folder}.")
    say(f"For commands beside it: . {place.folder / SETTINGS_FILE}")
    _tell_systemd_ready()


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
