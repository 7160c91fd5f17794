"""Workers are killed while they tell webhooks: nothing is lost, in order, and twice at most.

`python -m benchmarks.drill.webhooks`. A real server is told by real workers of what was written to
the outbox meanwhile; it refuses a few. After each `kill -9` the dead worker's leases are ended at
once, as a minute of waiting would end them.
"""

import argparse
import os
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import func, select, text

from app.actors import CLI
from app.db.session import transaction
from app.models import MessageState, OutboxEntry, WebhookMessage
from app.webhooks.endpoints import Rules, add_webhook
from benchmarks.drill.deployment import Deployment, start_deployment
from benchmarks.drill.plan import Scope
from benchmarks.drill.processes import kill_whole, known_as

_PATIENCE_SECONDS: Final = 300.0
_EACH: Final = 4
"""How many entries are written of each reader."""

_WRITE: Final = text("""
    INSERT INTO outbox (at, kind, reader_id, facts)
    SELECT now(), 'reader.left', n, jsonb_build_object('source', 'page')
    FROM generate_series(1, :n_readers) AS n
""")
_END_LEASES: Final = text("UPDATE webhooks SET leased_until = now() WHERE leased_until > now()")


@dataclass
class Receiver:
    """What each path took, in order; of a hundred requests it refuses a few."""

    random: Random
    taken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: str, name: str) -> int:
        """Take a message after a moment, or refuse it; return the status of the answer."""
        time.sleep(0.02)
        with self.lock:
            if self.random.random() < 0.02:
                return 503
            self.taken[path].append(name)
            return 204

    def n_taken(self) -> int:
        """Return how many messages were taken, those that came again too."""
        with self.lock:
            return sum(map(len, self.taken.values()))


@dataclass(frozen=True)
class Verdict:
    """What came of a drill: how many messages were due, and those that were told wrongly."""

    n_due: int
    n_again: int
    lost: list[str]
    thrice: list[str]
    out_of_order: list[str]
    n_killed: int

    @property
    def is_good(self) -> bool:
        """Return whether all were told, in order, twice at most, while workers were killed."""
        wrong = self.lost or self.thrice or self.out_of_order
        return self.n_due > 0 and self.n_killed > 0 and not wrong


def judge(
    taken: dict[str, list[str]], written: dict[str, tuple[int, int]], n_paths: int, n_killed: int
) -> Verdict:
    """Compare what the paths took with what was `written`: by name its reader and its place."""
    found = Verdict(len(written) * n_paths, 0, [], [], [], n_killed)
    n_again = 0
    for names in taken.values():
        counts = Counter(names)
        n_again += sum(n - 1 for n in counts.values())
        found.thrice.extend(name for name, n in counts.items() if n > 2)
        last: dict[int, int] = {}
        for name in names:
            reader, place = written[name]
            if place < last.get(reader, 0):
                found.out_of_order.append(name)
            last[reader] = place
    paths = list(taken.values()) + [[]] * (n_paths - len(taken))
    found.lost.extend(name for names in paths for name in written.keys() - set(names))
    return replace(found, n_again=n_again)


@contextmanager
def _receiving(seed: int) -> Iterator[tuple[Receiver, int]]:
    receiver = Receiver(Random(seed))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(self.path, self.headers["webhook-id"])
            with suppress(OSError):
                self.send_response(status)
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield receiver, server.server_address[1]
        server.shutdown()


def run(seed: int, n_readers: int, n_kills: int, n_webhooks: int) -> Verdict:
    """Tell, kill and judge; returns what came of it."""
    scope = Scope(n_readers, n_kills, seconds=60, scale=1 / 15, n_workers=1)
    with (
        tempfile.TemporaryDirectory(prefix="devoured-drill-") as folder,
        _receiving(seed) as (receiver, port),
    ):
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        with start_deployment(Path(folder), scope, seed) as made:
            deployment = replace(made, env={**made.env, "DEVOURED_WEBHOOK_NETWORKS": "127.0.0.1"})
            _add_webhooks(deployment, n_webhooks, port)
            try:
                n_killed = _disturbed(deployment, receiver, Random(seed), n_readers, n_kills)
                _wait(deployment, lambda: _is_done(deployment, n_readers * _EACH * n_webhooks))
            finally:
                deployment.close_slots()
            with transaction(deployment.container.sessions) as session:
                rows = session.execute(
                    select(OutboxEntry.public_id, OutboxEntry.reader_id, OutboxEntry.id)
                )
                written = {f"evt_{name}": (reader or 0, place) for name, reader, place in rows}
            return judge(receiver.taken, written, n_webhooks, n_killed)


def _add_webhooks(deployment: Deployment, n: int, port: int) -> None:
    container = deployment.container
    rules = Rules(container.signer.keys, takes_http=True)
    with transaction(container.sessions) as session:
        for number in range(n):
            url = f"http://127.0.0.1:{port}/{number}"
            add_webhook(session, CLI, url, (), rules, container.clock())


def _disturbed(
    deployment: Deployment, receiver: Receiver, random: Random, n_readers: int, n_kills: int
) -> int:
    """Write entries and kill the worker between; return how often one was killed as it told."""
    sessions = deployment.container.sessions
    deployment.open_slot("worker-0", "app.cli", "worker", "--concurrency", "2")
    deployment.open_slot("beat", "app.cli", "beat")
    n_killed = 0
    for place in range(max(n_kills, _EACH)):
        if place < _EACH:
            with transaction(sessions) as session:
                session.execute(_WRITE, {"n_readers": n_readers})
        if place < n_kills:
            before = receiver.n_taken()
            _wait(deployment, lambda: receiver.n_taken() > before)  # noqa: B023  # within its turn
            time.sleep(random.uniform(0, 0.5))
            n_killed += _kill(deployment)
    return n_killed


def _kill(deployment: Deployment) -> int:
    """Kill the worker with its processes, and start another when they are gone."""
    (worker,) = deployment.workers()
    pid = worker.child.process.pid if worker.child else 0
    killed = kill_whole(pid, os.kill)
    dying = [one for one in map(known_as, killed) if one is not None]
    if worker.child:
        worker.child.process.wait()
    while any(known_as(one.pid) == one for one in dying):
        time.sleep(0.05)
    with transaction(deployment.container.sessions) as session:
        session.execute(_END_LEASES)
    deployment.tend()
    return int(bool(killed))


def _is_done(deployment: Deployment, n_due: int) -> bool:
    with transaction(deployment.container.sessions) as session:
        query = select(func.count()).where(WebhookMessage.state == MessageState.DELIVERED)
        return (session.scalar(query) or 0) >= n_due


def _wait(deployment: Deployment, is_so: Any) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and not is_so():
        deployment.tend()
        time.sleep(0.1)


def main() -> int:
    """Run a drill, say what came of it, and return 1 where something was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.drill.webhooks", description=__doc__
    )
    add = parser.add_argument
    add("--seed", type=int, default=1)
    add("--readers", type=int, default=200, help="four entries of each are told")
    add("--kills", type=int, default=6)
    add("--webhooks", type=int, default=2)
    given = parser.parse_args()
    found = run(given.seed, given.readers, given.kills, given.webhooks)
    print(f"{found.n_due} messages, {found.n_killed} kills, {found.n_again} told again")
    for name in ("lost", "thrice", "out_of_order"):
        print(f"  {name.replace('_', ' ')}: {len(getattr(found, name))}")
    print(f"Verdict: {'good' if found.is_good else 'BAD'}, seed {given.seed}.")
    return 0 if found.is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
