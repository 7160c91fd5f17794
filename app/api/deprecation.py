"""Operations of the API that will go: how long they stay, said in every answer and in the document.

`deprecates` below a router's decorator is all that a route needs (docs/versioning.md); `x-sunset`
in the document is what `localdev/promises.py` and oasdiff go by. Sources:
RFC 9745 (Deprecation), RFC 8594 (Sunset).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Final, TypeVar

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

NOTICE: Final = timedelta(days=183)
"""How long a deprecated operation answers at least."""

HEADERS: Final[dict[str, Any]] = {
    "Deprecation": {
        "description": "Since when it is deprecated, as `@` and seconds of the epoch (RFC 9745).",
        "schema": {"type": "string", "pattern": "^@[0-9]+$", "examples": ["@1796083200"]},
    },
    "Sunset": {
        "description": "When it stops answering (RFC 8594).",
        "schema": {"type": "string", "examples": ["Wed, 02 Jun 2027 00:00:00 GMT"]},
    },
    "Link": {
        "description": 'Where that is explained, as `rel="deprecation"`.',
        "schema": {"type": "string", "examples": ['</docs>; rel="deprecation"; type="text/html"']},
    },
}

_MARK: Final = "deprecation"
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Deprecation:
    """Since when an operation is deprecated, until when it answers, and what to use instead."""

    since: date
    ends: date
    instead: str

    def __post_init__(self) -> None:
        """Raise ValueError where whoever calls it has too little time to change."""
        if self.ends - self.since < NOTICE:
            raise ValueError(f"what is deprecated stays for {NOTICE.days} days at least")

    @property
    def sentence(self) -> str:
        """Return what the document says of it."""
        return f"Deprecated since {self.since}; it answers until {self.ends}. {self.instead}"

    @property
    def headers(self) -> dict[str, str]:
        """Return what each answer says of it."""
        return {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_midnight(self.ends), usegmt=True),
            "Link": '</docs>; rel="deprecation"; type="text/html"',
        }


def deprecates(*, since: date, ends: date, instead: str) -> Callable[[_F], _F]:
    """Say of a route that it is deprecated; `instead` is a sentence on what to use.

    Raises ValueError, as the process starts, where `ends` is less than NOTICE after `since`.
    """
    deprecation = Deprecation(since, ends, instead)

    def mark(function: _F) -> _F:
        setattr(function, _MARK, deprecation)
        return function

    return mark


def deprecation_of(function: Callable[..., Any]) -> Deprecation | None:
    """Return what was said of a route's function."""
    found: Deprecation | None = getattr(function, _MARK, None)
    return found


def saying(deprecation: Deprecation, send: Send) -> Send:
    """Return a `send` whose answers say the deprecation, beside what they say themselves."""

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in deprecation.headers.items():
                headers.append(name, value)
        await send(message)

    return send_marked


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
