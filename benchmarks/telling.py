"""`python -m benchmarks.telling [probes] [cpu]`: does an answer's time tell whether it knows you?

Probes of addresses of which we know something and of new ones come in one shuffled row, over one
connection, while a worker does what the answers leave to it. With `cpu` there is no worker, and
not the time is compared but what the web process and PostgreSQL calculated until the answer came:
that tells the same on a machine that is busy with other things. AUC is how often a known one took
longer (or, if that is more, less long) than a new one: 0.5 tells nothing, 1 tells everything. By
chance alone it lies within 0.025 of 0.5 in 19 of 20 rows of 1,000 probes each.
"""

import logging
import os
import random
import socket
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, text

from app.addresses import Address, address_hmac
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, SubscriberState, SuppressionReason
from app.models import ErasedAddress, Subscriber, Suppression
from app.tokens import Purpose
from benchmarks.audience import add_issue, add_readers
from benchmarks.deployment import answers, serving, start_deployment
from localdev.demo.place import HOST
from localdev.processes import stop, wait_until

_PROBES: Final = 1000
_WARM_UP: Final = 200
_READERS: Final = 10_000
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_SLUG: Final = "ai"
NEW: Final = "new"
STATES: Final = (NEW, "pending", "active", "left", "suppressed", "erased", "limited", "again")
"""What we know of a probed address; `again` was asked for a moment ago, `limited` too often."""

_IN_STATE: Final = {
    "pending": SubscriberState.PENDING,
    "active": SubscriberState.ACTIVE,
    "left": SubscriberState.LEFT,
}
_SCHEDULED: Final = 2
_WORKER_SECONDS: Final = 10.0
"""How long the worker gets for what was asked before it counts."""

_TIMES_LIMITED: Final = 12


@dataclass(frozen=True)
class Request:
    """What is posted where."""

    path: str
    body: str
    kind: str = _FORM


Ask = Callable[[str, str], Request]
"""The request for an address, by a reader with a link of their own."""

ASKS: Final[dict[str, Ask]] = {
    "sign-up, form": lambda address, _own: Request(
        "/signup", urlencode({"address": address, "categories": _SLUG})
    ),
    "sign-up, API": lambda address, _own: Request(
        "/v1/signups", f'{{"address": "{address}"}}', _JSON
    ),
    "link to preferences": lambda address, _own: Request(
        "/preferences", urlencode({"address": address})
    ),
    "new address": lambda address, own: Request(
        f"/preferences/{own}",
        urlencode({"address": address, "categories": _SLUG, "depth": "deep"}),
    ),
}


@dataclass(frozen=True)
class Probed:
    """Seconds of each probe of a state, and of the probe that came next."""

    state: str
    seconds: float
    next_seconds: float


@dataclass(frozen=True)
class Served:
    """The web process that is asked, and how its answers are measured: in CPU or by the clock."""

    port: int
    pids: tuple[int, int]
    is_cpu: bool

    def now(self) -> float:
        """Seconds of either, since whenever."""
        return sum(map(_cpu_seconds, self.pids)) if self.is_cpu else time.perf_counter()


def main(n_probes: int, *, is_cpu: bool) -> None:
    """Ask in every way, and print for each what the times tell."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console()
    with start_deployment() as deployment, ExitStack() as stack:
        deployment.make_database("telling")
        container = deployment.container("telling")
        with transaction(container.sessions) as session:
            add_issue(session, container.clock())
            add_readers(session, _READERS, container.pepper, container.clock())
        settings = deployment.settings("telling")
        arguments = ["serve", "--host", HOST, "--port", str(deployment.place.port)]
        child = stack.enter_context(serving(deployment, "app.cli", arguments, settings))
        wait_until(lambda: answers(f"{deployment.place.base_url}/health"), 30, child)
        if not is_cpu:
            worker = deployment.start("app.cli", "worker", "--concurrency", "1", settings=settings)
            stack.callback(stop, worker, 10)
        pids = child.process.pid, deployment.postgres.child.process.pid
        served = Served(deployment.place.port, pids, is_cpu)
        table = Table("", "against", "median", "AUC", "AUC of the next", box=None, pad_edge=False)
        for place, what in enumerate(ASKS):
            probed = _probe(served, container, place, what, n_probes)
            for row in _rows(what, probed):
                console.print("  ".join(row))
                table.add_row(*row)
        container.engine.dispose()
    console.print(table)
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    console.print(f"{n_probes} probes of each, {os.cpu_count()} CPUs, load {load}")


def area(longer: Sequence[float], shorter: Sequence[float]) -> float:
    """Return how often one of the first takes longer than one of the second, ties half.

    Source: Mann and Whitney 1947; it is the area under the ROC curve.
    """
    ordered = sorted(shorter)
    below = sum((bisect_left(ordered, one) + bisect_right(ordered, one)) / 2 for one in longer)
    return below / (len(longer) * len(shorter))


def _rows(what: str, probed: Sequence[Probed]) -> list[tuple[str, ...]]:
    def times(state: str) -> list[float]:
        return [one.seconds for one in probed if one.state == state]

    def later(state: str) -> list[float]:
        return [one.next_seconds for one in probed if one.state == state]

    rows: list[tuple[str, ...]] = [(what, NEW, _median(times(NEW)), "", "")]
    for state in STATES[1:]:
        aucs = (area(times(state), times(NEW)), area(later(state), later(NEW)))
        both = [f"{max(one, 1 - one):.3f}" for one in aucs]
        rows.append((what, state, _median(times(state)), *both))
    return rows


def _median(times: Sequence[float]) -> str:
    return f"{sorted(times)[len(times) // 2] * 1000:.2f} ms"


def _probe(
    served: Served, container: Container, place: int, what: str, n_probes: int
) -> list[Probed]:
    """Send the probes in random order and return their times."""
    names = {
        # All of one length: how long it is takes time, too.
        state: [f"{mark}{place}x{n:06}@d{n % 997:03}.example" for n in range(n_probes + _WARM_UP)]
        for mark, state in enumerate(STATES)
    }
    _prepare(container, names)
    todo = [(state, one) for state, addresses in names.items() for one in addresses[_WARM_UP:]]
    random.shuffle(todo)
    before = [(NEW, one) for one in names[NEW][:_WARM_UP]]
    before += [("again", one) for one in names["again"]]
    owners = iter(_owners(container, len(before) + len(todo)))
    rows = [(state, ASKS[what](address, next(owners))) for state, address in before + todo]
    _ask_all(served, rows[: len(before)])
    time.sleep(_WORKER_SECONDS)
    told = _ask_all(served, rows[len(before) :])
    return [Probed(state, seconds, after) for (state, seconds), (_, after) in pairwise(told)]


def _ask_all(served: Served, rows: Sequence[tuple[str, Request]]) -> list[tuple[str, float]]:
    """Return the state and seconds of each request, one after the other over one connection."""
    with socket.create_connection((HOST, served.port), timeout=30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return [(state, _seconds(served, line, request)) for state, request in rows]


def _seconds(served: Served, line: socket.socket, request: Request) -> float:
    """Return how long the whole answer took; the answer must be a success."""
    message = (
        f"POST {request.path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {request.kind}\r\n"
        f"Content-Length: {len(request.body)}\r\n\r\n{request.body}"
    ).encode()
    start = served.now()
    line.sendall(message)
    told = b""
    while b"\r\n\r\n" not in told:
        told += _more(line)
    head, _, body = told.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(one.split(b":")[1]) for one in lines if one.startswith(b"content-length"))
    while len(body) < length:
        body += _more(line)
    seconds = max(0.0, served.now() - start)  # a process that ended takes its part along
    if lines[0].split()[1] not in {b"200", b"202"}:
        raise RuntimeError(f"{request.path}: {lines[0].decode()}")
    return seconds


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its children, to the nanosecond; 0 once it has ended.

    Source: clock_getcpuclockid(3); the number is that of Linux's CPUCLOCK_SCHED.
    """
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        own = time.clock_gettime(~pid << 3 | _SCHEDULED)
    except OSError:
        return 0.0
    return own + sum(_cpu_seconds(int(child)) for child in children)


def _more(line: socket.socket) -> bytes:
    if part := line.recv(65536):
        return part
    raise RuntimeError("the server hung up")


def _prepare(container: Container, names: dict[str, list[str]]) -> None:
    """Bring each address into its state."""
    now = container.clock()
    with transaction(container.sessions) as session:
        for state, is_now in _IN_STATE.items():
            session.execute(
                insert(Subscriber), [_reader(container, one, is_now) for one in names[state]]
            )
        for table, values in (
            (Suppression, {"reason": SuppressionReason.COMPLAINT, "note": "", "created_at": now}),
            (ErasedAddress, {"erased_at": now}),
        ):
            state = "suppressed" if table is Suppression else "erased"
            marks = [address_hmac(one, container.pepper) for one in names[state]]
            session.execute(insert(table), [{"address_hmac": one, **values} for one in marks])
    for address in names["limited"]:
        for _ in range(_TIMES_LIMITED):
            container.signup_guard.limits.take(Address(address, address), None)
    options = {"isolation_level": "AUTOCOMMIT"}
    with container.engine.connect().execution_options(**options) as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _owners(container: Container, n_owners: int) -> list[str]:
    """Links of as many readers of their own: each may ask for three addresses a day."""
    now = container.clock()
    with transaction(container.sessions) as session:
        mark = random.getrandbits(64)
        rows = [
            _reader(container, f"owner{mark:x}x{n}@owners.example", SubscriberState.ACTIVE)
            for n in range(n_owners)
        ]
        ids = session.scalars(insert(Subscriber).returning(Subscriber.public_id), rows).all()
    return [container.signer.sign(Purpose.PREFERENCES, one, now=now) for one in ids]


def _reader(container: Container, address: str, state: SubscriberState) -> dict[str, object]:
    return {
        "address": address,
        "address_key": address,
        "address_hmac": address_hmac(address, container.pepper),
        "state": state,
        "follows": 1,
        "depth": Depth.BRIEF,
        "created_at": container.clock() - timedelta(days=60),
    }


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if one != "cpu"]
    main(int(arguments[0]) if arguments else _PROBES, is_cpu="cpu" in sys.argv)
