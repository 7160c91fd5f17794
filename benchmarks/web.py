"""Web: how long a sign-up and a one-click leave take while they come 200 times a second.

An open-loop client: each request has its instant, and its time counts from then on, so that a
server that lags is not asked less often.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import quantiles
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import func, select

from app.db.session import transaction
from app.models import Ask as WaitingAsk
from app.models import Letter, Subscriber
from app.publication.categories import all_categories
from app.readers.answers import answer_asks
from app.tokens import Purpose
from benchmarks.deployment import Deployment, answers, serving
from benchmarks.measure import Row, tree_seconds
from benchmarks.searching import N_SEARCHERS, add_archive, searchers
from benchmarks.sending import Ready
from localdev.demo.place import HOST
from localdev.processes import wait_until

_PER_SECOND: Final = 200
_SECONDS: Final = 8
_WARM_UP: Final = _PER_SECOND
_BESIDE_PER_SECOND: Final = 20
_CONNECTIONS: Final = 40
_VICTIM: Final = "victim@corner.example"


@dataclass(frozen=True)
class Asked:
    """Milliseconds until each answer, and CPU milliseconds per request of both servers."""

    times: list[float]
    server: float
    postgres: float


Ask = Callable[[int], tuple[str, str]]
"""The path and the form of a request, by its number."""


def web_rows(deployment: Deployment, ready: Ready) -> list[Row]:
    """Sign-ups of new addresses, of one victim, then leaves by the mailbox's button."""
    settings = deployment.settings(ready.name)
    arguments = ["serve", "--host", HOST, "--port", str(deployment.place.port)]
    with serving(deployment, "app.cli", arguments, settings) as child:
        wait_until(lambda: answers(f"{deployment.place.base_url}/health"), 30, child)
        pids = child.process.pid, deployment.postgres.child.process.pid
        floor = _asked(deployment, pids, lambda _number: ("/nowhere", ""))
        return [
            _sign_up_row("by the form", ready, _asked(deployment, pids, _forms(ready)), floor),
            _sign_up_row("by the API", ready, _asked(deployment, pids, _signups), floor),
            _victim_row(ready, _asked(deployment, pids, _bombs), floor),
            _row("one-click leave", _asked(deployment, pids, _leaves(ready)), floor),
            _crowd_row(deployment, ready, pids),
        ]


def _crowd_row(deployment: Deployment, ready: Ready, pids: tuple[int, int]) -> Row:
    """Leaving with and without a crowd that searches, by readers who have not left yet."""
    n_stories = add_archive(ready)
    alone, beside = (
        _asked(
            deployment, pids, _leaves(ready, first), per_second=_BESIDE_PER_SECOND, n_searchers=n
        )
        for first, n in ((4000, 0), (5000, N_SEARCHERS))
    )
    return Row(
        f"one-click leave, {N_SEARCHERS} searching {n_stories:,} stories",
        f"p99 {_percentile(beside.times, 99):.0f} ms",
        f"p99 {_percentile(alone.times, 99):.0f} ms",
        "",
        f"median {_percentile(beside.times, 50):.1f} ms, alone {_percentile(alone.times, 50):.1f}",
    )


def _forms(ready: Ready) -> Ask:
    """Return what sends the front page's form."""
    container = ready.container
    with transaction(container.sessions) as session:
        slug = all_categories(session)[0].slug

    def ask(number: int) -> tuple[str, str]:
        address = f"form{number}@{_domain(number)}"
        form = {"address": address, "categories": slug, "depth": "brief"}
        return "/signup", urlencode(form)

    return ask


def _signups(number: int) -> tuple[str, str]:
    return "/v1/signups", urlencode({"address": f"new{number}@{_domain(number)}"})


def _bombs(number: int) -> tuple[str, str]:
    return "/v1/signups", urlencode({"address": _VICTIM, "depth": ("brief", "deep")[number % 2]})


def _domain(number: int) -> str:
    """Many domains, as the limits want it of many readers."""
    return f"d{number % 97}.example"


def _sign_up_row(how: str, ready: Ready, ours: Asked, floor: Asked) -> Row:
    """Return what the answer to a sign-up took, and what a worker did for it afterwards."""
    row = _row(f"sign-up {how}", ours, floor)
    return replace(row, seen=f"{row.seen}, {_answered(ready):.1f} ms afterwards")


def _answered(ready: Ready) -> float:
    """Answer all asks that wait, as a worker does, and return the milliseconds of one."""
    container = ready.container
    with transaction(container.sessions) as session:
        n_asks = session.scalar(select(func.count()).select_from(WaitingAsk)) or 0
    began = time.perf_counter()
    answer_asks(container.sessions, container.pepper, container.clock, lambda _jobs: None)
    return (time.perf_counter() - began) * 1000 / max(1, n_asks)


def _victim_row(ready: Ready, ours: Asked, floor: Asked) -> Row:
    """Check that one address was sent one mail; show it beside what its sign-ups cost.

    Raises:
        RuntimeError: it was sent more, or none, and the figure would be of something else.
    """
    _answered(ready)
    with transaction(ready.container.sessions) as session:
        n_mails = session.scalar(
            select(func.count())
            .select_from(Letter)
            .join(Subscriber, Subscriber.id == Letter.subscriber_id)
            .where(Subscriber.address_key == _VICTIM)
        )
    n_asked = len(ours.times) + _WARM_UP
    if n_mails != 1:
        raise RuntimeError(f"{n_mails} mails for {n_asked:,} sign-ups of one address, not 1")
    row = _row("sign-up of one victim", ours, floor)
    return replace(row, figure=f"1 mail for {n_asked:,}, {row.figure}")


def _leaves(ready: Ready, first: int = 0) -> Ask:
    container = ready.container
    now = container.clock()
    with transaction(container.sessions) as session:
        readers = session.scalars(select(Subscriber.public_id).order_by(Subscriber.id)).all()
    return lambda number: (
        f"/leave/{container.signer.sign(Purpose.LEAVE, readers[first + number], now=now)}",
        "List-Unsubscribe=One-Click",
    )


def _row(what: str, ours: Asked, floor: Asked) -> Row:
    return Row(
        f"{what}, {_PER_SECOND} a second",
        f"p99 {_percentile(ours.times, 99):.0f} ms",
        f"p99 {_percentile(floor.times, 99):.0f} ms",
        "",
        f"median {_percentile(ours.times, 50):.1f} ms, {ours.server:.1f} + {ours.postgres:.1f} ms"
        f" of CPU, floor {floor.server:.1f}",
    )


def _percentile(times: list[float], place: int) -> float:
    return quantiles(times, n=100)[place - 1]


def _asked(
    deployment: Deployment,
    pids: tuple[int, int],
    ask: Ask,
    *,
    per_second: int = _PER_SECOND,
    n_searchers: int = 0,
) -> Asked:
    """Measure what these requests took; the first few answers are left out of the times."""
    before = [tree_seconds(pid) for pid in pids]
    times = asyncio.run(_ask_all(deployment.place.port, ask, per_second, n_searchers))
    spent = [tree_seconds(pid) - was for pid, was in zip(pids, before, strict=True)]
    server, postgres = (1000 * part / len(times) for part in spent)
    return Asked(times[per_second:], server, postgres)


async def _ask_all(port: int, ask: Ask, per_second: int, n_searchers: int) -> list[float]:
    async with searchers(port, n_searchers):
        return await _ask_at(port, ask, per_second)


async def _ask_at(port: int, ask: Ask, per_second: int) -> list[float]:
    lines = [await asyncio.open_connection(HOST, port) for _ in range(_CONNECTIONS)]
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    n_requests = per_second * (_SECONDS + 1)
    start = time.perf_counter() + 0.1

    async def one(number: int) -> float:
        due = start + number / per_second
        await asyncio.sleep(due - time.perf_counter())
        line = await free.get()
        await _ask(line, *ask(number))
        free.put_nowait(line)
        return (time.perf_counter() - due) * 1000

    times = await asyncio.gather(*(one(number) for number in range(n_requests)))
    for _, writer in lines:
        writer.close()
    return times


async def _ask(
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter], path: str, form: str
) -> None:
    """Post the form and read the whole answer."""
    reader, writer = line
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(form)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(part for part in head.lower().split(b"\r\n") if part.startswith(b"content-len"))
    await reader.readexactly(int(length.split(b":")[1]))
    if not path.startswith("/nowhere") and head.split(b" ", 2)[1] not in (b"200", b"202"):
        raise RuntimeError(head.split(b"\r\n", 1)[0].decode())
