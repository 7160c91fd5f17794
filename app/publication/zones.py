"""Time zones, whose names PostgreSQL and Python both know, and hours on their clocks.

A launch has PostgreSQL work out each reader's hour, and the pages work it out in Python.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final
from weakref import WeakKeyDictionary
from zoneinfo import available_timezones

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.errors import FieldError, InvalidInput
from app.sentences import Sentence

_KNOWN: Final[WeakKeyDictionary[Engine, frozenset[str]]] = WeakKeyDictionary()
"""PostgreSQL takes 80 ms to list them, and its list only changes with its version."""


HOURS: Final = (0, 23)
"""The first and the last hour of a day."""

_ODD: Final = ("Etc/", "posix/", "right/", "SystemV/")


def known_zones(run: Session | Engine) -> frozenset[str]:
    """Return the names of time zones that may be stored, asked for once in a process."""
    engine = run.get_bind().engine if isinstance(run, Session) else run
    found = _KNOWN.get(engine)
    if found is None:
        found = _KNOWN[engine] = _ask(run)
    return found


def _ask(run: Session | Engine) -> frozenset[str]:
    if isinstance(run, Engine):
        with Session(run) as session:
            return _ask(session)
    names = run.scalars(text("SELECT name FROM pg_timezone_names"))
    # `localtime` is whatever the server's machine is set to.
    return frozenset(names) & available_timezones() - {"localtime"}


@cache
def offered_zones(known: frozenset[str]) -> Mapping[str, list[str]]:
    """Return the time zones that are offered, by their part of the world, both in order."""
    found: dict[str, list[str]] = {}
    for name in sorted(known):
        if "/" in name and not name.startswith(_ODD):
            found.setdefault(name.partition("/")[0], []).append(name)
    return found


def check_zone(run: Session | Engine, name: str | None) -> None:
    """Raise InvalidInput unless this is None or a time zone that may be stored."""
    if name is not None and name not in known_zones(run):
        raise InvalidInput(
            Sentence("“%(name)s” is no time zone; write it as in Europe/Vienna.", name=name),
            [FieldError("/time_zone", Sentence("unknown time zone"))],
        )


def check_hour(hour: int | None) -> None:
    """Raise InvalidInput unless this is None or an hour of the day, 0 to 23."""
    if hour is not None and not HOURS[0] <= hour <= HOURS[1]:
        fault = Sentence("not from 0 to 23")
        raise InvalidInput("An hour is a number from 0 to 23.", [FieldError("/hour", fault)])
