"""Addresses of the servers that the service stands on, as settings write them."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

from app.errors import ConfigError
from app.smtp_urls import ENCODED, SMTP_SCHEMES, parse_smtp_url

SCHEMES: Final = {
    "database_url": ("postgresql", "postgresql+psycopg"),
    "redis_url": ("redis", "rediss", "unix"),
    "smtp_url": tuple(SMTP_SCHEMES),
    "watch_smtp_url": tuple(SMTP_SCHEMES),
    "events_queue_url": ("https", "http"),
}
"""The settings that are addresses of servers, and how each begins; they may hold a password."""

_AT_AMAZON: Final = re.compile(r"sqs\.([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com(?:\.cn)?")
_PARTS_AT_AMAZON: Final = 2


def refuse_wrong_server(setting: str, address: str) -> None:
    """Raise ValueError, without a password in it, for an address that leads to no such server."""
    known = SCHEMES[setting]
    if address.partition("://")[0] not in known:
        raise ValueError(f"must begin with {' or '.join(f'{one}://' for one in known)}")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise ValueError(f"its host and port cannot be told; {ENCODED}") from None
    further = _FURTHER.get(setting)
    if further is not None:
        further(parts)


def region_of_queue(url: str) -> str:
    """Return the region in the address of a queue at Amazon; empty where it names none."""
    found = _AT_AMAZON.fullmatch(urlsplit(url).hostname or "")
    return found[1] if found else ""


def _refuse_wrong_redis(parts: SplitResult) -> None:
    """Refuse what the client would take for another server or database, without a word.

    Without a host it asks this machine, and without a number for one it takes database 0.
    """
    number = "" if parts.scheme == "unix" else parts.path.strip("/")
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise ValueError("must name a host or a socket, as redis://host:6379/0")
    if number and not (number.isascii() and number.isdecimal()):
        raise ValueError("must end with the number of a database, as redis://host:6379/0")


def _refuse_wrong_smtp(parts: SplitResult) -> None:
    try:
        parse_smtp_url(parts.geturl())
    except ConfigError as error:
        raise ValueError(str(error)) from None


def _refuse_wrong_queue(parts: SplitResult) -> None:
    names = [one for one in parts.path.split("/") if one]
    needed = _PARTS_AT_AMAZON if region_of_queue(parts.geturl()) else 1
    if not parts.hostname or len(names) < needed:
        example = "https://sqs.eu-west-1.amazonaws.com/123456789012/devoured-events"
        raise ValueError(f"must be the whole address of a queue, as {example}")


_FURTHER: Final[Mapping[str, Callable[[SplitResult], None]]] = {
    "redis_url": _refuse_wrong_redis,
    "smtp_url": _refuse_wrong_smtp,
    "watch_smtp_url": _refuse_wrong_smtp,
    "events_queue_url": _refuse_wrong_queue,
}
