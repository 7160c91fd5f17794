"""Many at once: whoever finds no connection waits without keeping the others from theirs."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.types import Message, Receive, Scope, Send

from app.api.asgi import with_body_limit, with_room
from app.main import answer_error
from app.models import Subscriber

N_AT_ONCE = 60
ASKED: Scope = {"type": "http", "method": "POST", "path": "/v1/signups", "headers": []}


def test_everybody_is_answered_when_more_ask_than_there_are_connections(
    public: TestClient, session: Session
) -> None:
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
        call = with_room(broken, 1)
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

    call = with_body_limit(application, 100, answer_error)
    anyio.run(call, ASKED, receive, keep(done))
    assert (done, coming) == ([], [])


async def nothing_comes() -> Message:
    return {"type": "http.disconnect"}


def keep(sent: list[Message]) -> Send:
    """A `send` that keeps what it is given."""

    async def send(message: Message) -> None:
        sent.append(message)

    return send
