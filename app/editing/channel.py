"""The channel between processes: it wakes those that have the same document open.

What is published here may be lost: updates are rows, and each process looks for them by itself too.
Presence is published here and nowhere else.
"""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import anyio
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_CHANNEL: Final = "devoured:documents"
_AGAIN_SECONDS: Final = 1.0
_PUBLISH_SECONDS: Final = 0.5
_NUMBER: Final = 8

CHANGED: Final = b"c"
"""Something was written or settled."""
PRESENT: Final = b"p"
"""Somebody is here; the frame follows."""
WHO: Final = b"w"
"""Somebody came, and wants to know who is here."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Message:
    """What another process says of a document."""

    issue_id: int
    kind: bytes
    body: bytes


Receive = Callable[[Message], Awaitable[None]]


class Channel:
    """The channel of one process; it does not receive its own."""

    def __init__(self, redis_url: str) -> None:
        self._name = secrets.token_bytes(_NUMBER)
        self._redis = Redis.from_url(redis_url, health_check_interval=15)

    async def publish(self, issue_id: int, kind: bytes, body: bytes = b"") -> None:
        """Publish to the other processes; that Valkey does not answer is no error."""
        message = self._name + issue_id.to_bytes(_NUMBER) + kind + body
        with suppress(RedisError, OSError), anyio.move_on_after(_PUBLISH_SECONDS):
            await self._redis.publish(_CHANNEL, message)

    async def listen(self, receive: Receive, subscribed: Callable[[], Awaitable[None]]) -> None:
        """Receive what the others publish, until cancelled; connect anew where Valkey is lost.

        What was published before is missed: `subscribed` is called each time when all that
        follows is received.
        """
        try:
            while True:
                try:
                    await self._listen(receive, subscribed)
                except (RedisError, OSError) as error:
                    _log.warning("channel_lost", error=type(error).__name__)
                    await anyio.sleep(_AGAIN_SECONDS)
        finally:
            with anyio.CancelScope(shield=True), suppress(RedisError, OSError):
                await self._redis.aclose()

    async def _listen(self, receive: Receive, subscribed: Callable[[], Awaitable[None]]) -> None:
        async with self._redis.pubsub() as messages:
            await messages.subscribe(_CHANNEL)
            async for message in messages.listen():
                if message["type"] == "subscribe":
                    await subscribed()
                    continue
                data = bytes(message["data"])
                if data[:_NUMBER] != self._name and len(data) > 2 * _NUMBER:
                    number = int.from_bytes(data[_NUMBER : 2 * _NUMBER])
                    rest = data[2 * _NUMBER :]
                    await receive(Message(number, rest[:1], rest[1:]))
