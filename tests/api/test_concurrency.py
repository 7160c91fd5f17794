"""Many at once: whoever finds no connection waits without keeping the others from theirs."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from app.api.asgi import SMALL, Bounds, with_body_limit
from app.api.concurrency import ConcurrencyLimit, with_limits
from app.content.limits import MAX_BYTES
from app.main import answer_error
from app.models import Subscriber
from tests.factories import make_category

N_AT_ONCE = 60
ASKED: Scope = {"type": "http", "method": "POST", "path": "/v1/signups", "headers": []}


def test_everybody_is_answered_when_more_ask_than_there_are_connections(
    public: TestClient, session: Session
) -> None:
    make_category(session)
    session.commit()

    def ask(number: int) -> int:
        body = {"address": f"reader{number}@example.com"}
        return public.post("/v1/signups", json=body).status_code

    with ThreadPoolExecutor(N_AT_ONCE) as pool:
        assert set(pool.map(ask, range(2 * N_AT_ONCE))) == {202}
    assert session.scalar(select(func.count()).select_from(Subscriber)) == 2 * N_AT_ONCE


def test_place_is_free_again_when_a_request_breaks() -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("broken")

    async def ask_thrice() -> None:
        call = with_limits(broken, answer_error, choose=lambda _path: ConcurrencyLimit("one", 1))
        for _ in range(3):
            with pytest.raises(ValueError, match="broken"), anyio.fail_after(10):
                await call(ASKED, nothing_comes, keep([]))

    anyio.run(ask_thrice)


def test_nothing_is_done_for_a_sender_who_left_before_the_end() -> None:
    done: list[Message] = []
    coming: list[Message] = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return coming.pop(0)

    async def application(_scope: Scope, _receive: Receive, _send: Send) -> None:
        done.append({"type": "reached"})

    call = with_body_limit(application, Bounds(100), answer_error)
    anyio.run(call, ASKED, receive, keep(done))
    assert (done, coming) == ([], [])


def test_who_finds_no_place_in_time_is_told_to_come_back(application: FastAPI) -> None:
    told: list[Message] = []

    async def ask_twice() -> None:
        is_let_in, may_end = anyio.Event(), anyio.Event()

        async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
            is_let_in.set()
            await may_end.wait()

        limit = ConcurrencyLimit("one", 1, waits_seconds=0.05)
        call = with_limits(slow, answer_error, choose=lambda _path: limit)

        async def ask_first() -> None:
            await call({**ASKED, "app": application}, nothing_comes, keep([]))

        async with anyio.create_task_group() as others:
            others.start_soon(ask_first)
            await is_let_in.wait()
            await call({**ASKED, "app": application}, nothing_comes, keep(told))
            may_end.set()

    anyio.run(ask_twice)
    assert told[0]["status"] == 503
    assert Headers(raw=told[0]["headers"])["retry-after"] == "5"


@pytest.mark.parametrize(
    ("bounds", "n_bytes", "status"),
    [
        (Bounds(MAX_BYTES, seconds=0.05), SMALL, 408),
        (Bounds(MAX_BYTES, all_together=0), SMALL + 1, 503),
        (Bounds(SMALL), SMALL + 1, 413),
    ],
)
def test_body_beyond_a_bound_is_refused(
    application: FastAPI, bounds: Bounds, n_bytes: int, status: int
) -> None:
    told: list[Message] = []
    coming = [{"type": "http.request", "body": b"x" * n_bytes, "more_body": True}]

    async def receive() -> Message:
        if not coming:
            await anyio.sleep_forever()
        return coming.pop()

    call = with_body_limit(never, bounds, answer_error)
    anyio.run(call, {**ASKED, "app": application}, receive, keep(told))
    assert told[0]["status"] == status
    assert bounds.n_held == 0


def test_small_body_is_taken_when_large_ones_have_all_the_memory() -> None:
    seen: list[int] = []
    bounds = Bounds(MAX_BYTES, all_together=10, n_held=10)
    coming = [{"type": "http.request", "body": b"x" * SMALL, "more_body": False}]

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.append(len((await receive())["body"]))

    async def receive() -> Message:
        return coming.pop()

    anyio.run(with_body_limit(application, bounds, answer_error), ASKED, receive, keep([]))
    assert (seen, bounds.n_held) == ([SMALL], 10)


def test_streamed_body_is_given_up_when_nothing_comes() -> None:
    seen: list[str] = []

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.append((await receive())["type"])

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    streamed = frozenset({(ASKED["method"], ASKED["path"])})
    call = with_body_limit(application, Bounds(1, seconds=0.05), answer_error, streamed)
    anyio.run(call, ASKED, receive, keep([]))
    assert seen == ["http.disconnect"]


async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("the application was reached")


async def nothing_comes() -> Message:
    return {"type": "http.disconnect"}


def keep(sent: list[Message]) -> Send:
    """Return a `send` that keeps what it is given."""

    async def send(message: Message) -> None:
        sent.append(message)

    return send
