"""Events pushed to a web address as Amazon SNS does it: signed, tried again, given up.

Source: SNS developer guide, "HTTP/HTTPS headers" and "Amazon SNS message delivery retries".
"""

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
import orjson
from starlette.applications import Starlette

from localdev.ses.envelope import SUBSCRIPTION_ARN, TOPIC_ARN, Topic, confirmation, envelope
from localdev.ses.feed import Feed, due_events, settle, wait
from localdev.ses.knobs import Planned
from localdev.ses.search import read_messages

_IDLE_SECONDS = 60.0
_SERVER_FAULT = 500
_REFUSED = 400


@dataclass(slots=True)
class Webhook:
    """Where to, how patiently, and how it went.

    SNS waits 20 s between tries and 15 s for an answer; the pauses here are short. `counts` holds
    `delivered`, `refused` (a 4xx: SNS does not come back, the event is lost), `retried` and
    `failed` (given up). At most `n_at_once` are under way. Nothing is pushed until `confirmed`:
    the address is asked with `token` again and again, which SNS does only once.
    """

    url: str
    feed: Feed
    timeout_seconds: float = 15.0
    pause_seconds: float = 0.5
    n_tries: int = 3
    n_at_once: int = 4
    counts: Counter[str] = field(default_factory=Counter)
    token: str = field(default_factory=lambda: secrets.token_hex(64))
    confirmed: asyncio.Event = field(default_factory=asyncio.Event)


def pushing(
    webhook: Webhook, topic: Topic, clock: Callable[[], datetime]
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return the app's lifespan, which pushes events from its start to its end."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(_push_all(webhook, topic, clock))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return lifespan


async def _push_all(webhook: Webhook, topic: Topic, clock: Callable[[], datetime]) -> None:
    """Push until cancelled."""
    options = httpx2.Timeout(webhook.timeout_seconds)
    async with (
        httpx2.AsyncClient(timeout=options, trust_env=False) as client,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(_ask(webhook, topic, clock, client))
        for _ in range(webhook.n_at_once):
            group.create_task(_push_on(webhook, topic, clock, client))


async def _ask(
    webhook: Webhook, topic: Topic, clock: Callable[[], datetime], client: httpx2.AsyncClient
) -> None:
    """Ask to be confirmed until it is."""
    while not webhook.confirmed.is_set():
        await _post(webhook.url, client, confirmation(topic, webhook.token, clock()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(webhook.confirmed.wait(), webhook.pause_seconds)


async def _push_on(
    webhook: Webhook, topic: Topic, clock: Callable[[], datetime], client: httpx2.AsyncClient
) -> None:
    """Take one event after the other, and wait where there is none."""
    await webhook.confirmed.wait()
    while True:
        at = clock().timestamp()
        events = due_events(webhook.feed, 1, at)
        if not events:
            await wait(webhook.feed, at, _IDLE_SECONDS)
            continue
        await _push(webhook, topic, events[0], client)
        settle(webhook.feed, events[0])


async def _push(webhook: Webhook, topic: Topic, event: Planned, client: httpx2.AsyncClient) -> None:
    """Post one event until it is answered below 500 or the tries are used up."""
    (message,) = read_messages(webhook.feed.store, [event.message])
    fields = envelope(topic, webhook.feed, event, message, signed=True)
    for number in range(webhook.n_tries):
        if number:
            webhook.counts["retried"] += 1
            await asyncio.sleep(webhook.pause_seconds * number)
        status = await _post(webhook.url, client, fields)
        if status < _SERVER_FAULT:
            webhook.counts["refused" if status >= _REFUSED else "delivered"] += 1
            return
    webhook.counts["failed"] += 1


async def _post(url: str, client: httpx2.AsyncClient, fields: dict[str, str]) -> int:
    """Post this and return the status of the answer; 599 for none."""
    headers = {
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": fields["Type"],
        "x-amz-sns-message-id": fields["MessageId"],
        "x-amz-sns-topic-arn": TOPIC_ARN,
    }
    if fields["Type"] == "Notification":
        headers["x-amz-sns-subscription-arn"] = SUBSCRIPTION_ARN
    try:
        answer = await client.post(url, content=orjson.dumps(fields), headers=headers)
    except httpx2.TransportError:
        return 599
    return answer.status_code
