"""The house of a drill: servers that can be torn down and put up again, workers that may die."""

import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import orjson

from app.container import Container, build
from app.db.migrate import upgrade
from app.logs import configure_logs
from app.settings import Settings
from benchmarks.drill.disk import Disk, own_disk
from benchmarks.drill.plan import Scope, event_knobs, faults, smtp_faults
from benchmarks.drill.smtp_inbox import CALM, DEALT
from localdev.demo.place import REGION, DemoFolder, environment, find_place, settings_of
from localdev.postgres import LocalPostgres, start_postgres
from localdev.processes import Child, listen, start_child, stop, wait_until
from localdev.valkey import LocalValkey, start_valkey

_ROOT: Final = Path(__file__).parents[2]
_SECRET: Final = "a drill signs with this, and nobody else does"  # noqa: S105  # for one run only
_READY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_UNLIMITED: Final = "1000000"
_NOTHING_DEALT: Final[dict[str, Any]] = {"n_calls": 0, "dealt": {}}
_QUEUE: Final = "000000000000/devoured-events"


@dataclass
class Server:
    """PostgreSQL or Valkey, torn down and put up again on what it left.

    `is_out` while it is meant to be of no use for some time.
    """

    start: Callable[[], AbstractContextManager[LocalPostgres | LocalValkey]]
    held: ExitStack = field(default_factory=ExitStack)
    running: LocalPostgres | LocalValkey | None = None
    is_out: bool = False

    def put_up(self) -> str:
        """Start the server and return its address; it answers by then."""
        self.running = self.held.enter_context(self.start())
        return self.running.url

    def take_down(self, how: signal.Signals | None = None) -> None:
        """End it, by this signal or else as its own stop does."""
        if how is not None and self.running is not None:
            self.running.child.process.send_signal(how)
        self.held.close()
        self.running = None

    def restart(self, how: signal.Signals | None = None) -> None:
        """End it likewise and start it again."""
        self.take_down(how)
        self.put_up()

    def put_up_again(self) -> None:
        """Start it, unless it runs."""
        if self.running is None or self.running.child.process.poll() is not None:
            self.restart()


@dataclass
class Slot:
    """A place for a process of ours, which is started again whenever it is found dead."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    child: Child | None = None
    n_starts: int = 0


@dataclass
class Deployment:
    """Everything that runs; the provider is the judge, and is never touched."""

    place: DemoFolder
    env: Mapping[str, str]
    container: Container
    postgres: Server
    valkey: Server
    ses: httpx2.Client
    scope: Scope
    disk: Disk | None = None
    slots: list[Slot] = field(default_factory=list)

    def open_slot(self, name: str, module: str, *arguments: str) -> Slot:
        """Open a new slot and start its process."""
        slot = Slot(name, module, arguments)
        self.slots.append(slot)
        self.tend()
        return slot

    def tend(self) -> None:
        """Start again whatever has ended."""
        for slot in self.slots:
            if slot.child is None or slot.child.process.poll() is not None:
                slot.child = _start(self, slot)

    def workers(self) -> list[Slot]:
        """Return the slots of the workers that send."""
        return [slot for slot in self.slots if slot.name.startswith("worker")]

    def turn(self, part: str, settings: Mapping[str, Any]) -> None:
        """Set the provider's `faults` or `events`."""
        self.ses.put(f"/control/{part}", content=orjson.dumps(settings)).raise_for_status()

    def dealt(self) -> dict[str, Any]:
        """Return how many calls or messages the provider met, and which faults it dealt."""
        if self.scope.transport == "smtp":
            told = self.place.folder / DEALT
            return dict(orjson.loads(told.read_bytes())) if told.exists() else _NOTHING_DEALT
        return dict(self.ses.get("/control/faults").raise_for_status().json())

    def calm(self) -> None:
        """End the provider's faults."""
        (self.place.folder / CALM).touch()
        self.turn("faults", {})

    def close_slots(self) -> None:
        """End all processes of ours; those of a worker die with it."""
        for slot in self.slots:
            if slot.child is not None:
                stop(slot.child, 0, signal.SIGKILL)
        self.slots.clear()


@contextmanager
def start_deployment(folder: Path, scope: Scope, seed: int) -> Iterator[Deployment]:
    """Start the servers and the faulty provider; the slots are opened by the caller."""
    place = find_place(folder)
    with ExitStack() as stack:
        disk = stack.enter_context(own_disk(folder / "postgres"))
        postgres = Server(lambda: start_postgres(folder / "postgres", durable=False))
        valkey = Server(lambda: start_valkey(folder / "valkey", durable=False))
        for server in (postgres, valkey):
            stack.callback(server.held.close)
        values = _settings(place, scope, postgres.put_up(), valkey.put_up())
        mailbox = stack.enter_context(listen())
        values["smtp_url"] = f"smtp://127.0.0.1:{mailbox.getsockname()[1]}"
        settings = Settings(**values)
        configure_logs(settings.model_copy(update={"log_level": "ERROR"}))
        container = build(settings)
        stack.callback(container.engine.dispose)
        env = _environment(place, values)
        stack.callback(stop, _provider(place, env, scope, seed), _STOP_SECONDS)
        place.let_go()
        stack.callback(stop, _mail_server(place, env, mailbox, scope, seed), _STOP_SECONDS)
        mailbox.close()
        upgrade(container.settings.database_url)
        ses = stack.enter_context(
            httpx2.Client(base_url=place.ses_url, timeout=60, trust_env=False)
        )
        deployment = Deployment(place, env, container, postgres, valkey, ses, scope, disk)
        stack.callback(deployment.close_slots)
        yield deployment


def _settings(place: DemoFolder, scope: Scope, database_url: str, redis_url: str) -> dict[str, Any]:
    known = {"signing_key": _SECRET, "pepper": _SECRET}
    values = settings_of(place, known, database_url=database_url, redis_url=redis_url)
    return values | {
        "events_queue_url": f"{place.ses_url}/{_QUEUE}",
        # As much as lets the last disturbances still find the issue on its way.
        "max_rate": str(scope.n_readers / scope.seconds),
        "send_mode": "bulk",
        "transport": scope.transport,
        "doubt_probe": "on" if scope.transport == "ses" else "off",
        "tick_seconds": "1",
        "time_scale": str(scope.scale),
    }


def _environment(place: DemoFolder, values: dict[str, Any]) -> dict[str, str]:
    own = {"AWS_ENDPOINT_URL_SQS": place.ses_url, "AWS_DEFAULT_REGION": REGION}
    return environment(place, values) | own | {"PYTHONPATH": str(_ROOT)}


def _provider(place: DemoFolder, env: Mapping[str, str], scope: Scope, seed: int) -> Child:
    """Start the local SES, faulty, with its queue of events."""
    options = {
        "--fd": str(place.listeners[1].fileno()),
        "--store": str(place.folder / "ses"),
        "--rate": _UNLIMITED,
        "--events": "all",
        "--faults": orjson.dumps(faults(seed, scope)).decode(),
        "--event-knobs": orjson.dumps(event_knobs(seed, scope)).decode(),
    }
    words = [part for option in options.items() for part in option]
    child = start_child(
        "ses",
        [sys.executable, "-P", "-m", "localdev.ses", *words],
        log=place.logs / "ses.log",
        env=env,
        pass_fds=[place.listeners[1].fileno()],
    )
    wait_until(lambda: _answers(f"{place.ses_url}/health"), _READY_SECONDS, child)
    return child


def _mail_server(
    place: DemoFolder, env: Mapping[str, str], listener: socket.socket, scope: Scope, seed: int
) -> Child:
    """Start the SMTP server, faulty; its socket listens already."""
    faults = orjson.dumps(smtp_faults(seed, scope)).decode()
    words = (str(listener.fileno()), str(place.folder), faults)
    return start_child(
        "smtp",
        [sys.executable, "-P", "-m", "benchmarks.drill.smtp_inbox", *words],
        log=place.logs / "smtp.log",
        env=env,
        pass_fds=[listener.fileno()],
    )


def _start(deployment: Deployment, slot: Slot) -> Child:
    slot.n_starts += 1
    return start_child(
        slot.name,
        [sys.executable, "-P", "-m", slot.module, *slot.arguments],
        log=deployment.place.logs / f"{slot.name}-{slot.n_starts}.log",
        env=deployment.env,
    )


def _answers(url: str) -> bool:
    try:
        return bool(httpx2.get(url, timeout=5, trust_env=False).is_success)
    except httpx2.TransportError:
        return False
