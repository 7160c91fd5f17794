"""Valkey as such a place: it keeps an append-only file where it is set up as README says."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from app.outside.base import StoreError

_RAISE: Final = """
local known = redis.call('GET', KEYS[1])
if not known or tonumber(known) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
"""
_DISK_MILLISECONDS: Final = 1500
"""How long a launch waits for the append-only file: it is written each second."""

_AT_ONCE: Final = 1000


class ValkeyPlace:
    """Keys of an installation; `valkey` has short time-outs."""

    name = "valkey"
    is_near = True

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey
        self._raise = valkey.register_script(_RAISE)

    def epoch(self, installation: UUID) -> int | None:
        """Return the epoch; None where Valkey was emptied, or is a new one."""
        with _as_store_error():
            found: Any = self._valkey.get(_epoch_key(installation))
            return None if found is None else int(found)

    def raise_epoch(self, installation: UUID, epoch: int, *, durably: bool) -> None:
        """Set the epoch, and where Valkey keeps a file wait until it is on the disk."""
        with _as_store_error():
            self._raise(keys=[_epoch_key(installation)], args=[epoch])
            if durably:
                with suppress(ResponseError):  # it keeps no file, and so cannot wait for it
                    self._valkey.waitaof(1, 0, _DISK_MILLISECONDS)

    def append(self, installation: UUID, lines: Sequence[bytes], now: datetime) -> None:
        """Add the lines to a stream, which goes by Valkey's own clock."""
        del now
        with _as_store_error():
            pipeline = self._valkey.pipeline(transaction=False)
            for line in lines:
                pipeline.xadd(_journal_key(installation), {"line": line})
            pipeline.execute()

    def journal(self, installation: UUID) -> Iterator[bytes]:
        """Yield the lines, a page at a time."""
        after = "-"
        with _as_store_error():
            while True:
                page: Any = self._valkey.xrange(
                    _journal_key(installation), min=after, count=_AT_ONCE
                )
                for _, fields in page:
                    yield fields[b"line"]
                if len(page) < _AT_ONCE:
                    return
                after = f"({page[-1][0].decode()}"

    def forget(self, installation: UUID, before: datetime) -> None:
        """Trim the stream, whose ids are milliseconds."""
        with _as_store_error():
            self._valkey.xtrim(
                _journal_key(installation), minid=str(int(before.timestamp() * 1000))
            )


def _epoch_key(installation: UUID) -> str:
    return f"devoured:epoch:{installation}"


def _journal_key(installation: UUID) -> str:
    return f"devoured:journal:{installation}"


@contextmanager
def _as_store_error() -> Iterator[None]:
    """Say by PlaceError what went wrong with Valkey."""
    try:
        yield
    except (RedisError, ValueError, KeyError) as error:
        raise StoreError(type(error).__name__) from error
