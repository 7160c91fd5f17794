"""The journal: who left, was erased or suppressed, and what was launched, kept outside too.

It names people by the HMAC of their address and nothing else. A line is written once its
transaction is committed and before anybody is answered; a restored database is brought up to date
with it (`app.recovery`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import Clock, system_clock
from app.db.session import keep_after_commit
from app.models import Installation
from app.outside.base import Store, StoreError

KEPT_FOR: Final = timedelta(days=120)
"""How long a line is kept: no older backup should be restored without looking at everything."""

_REST: Final = timedelta(seconds=5)
"""How long a place that did not answer is left alone: whoever leaves would wait for it."""

_log = structlog.get_logger(__name__)


INSTALLATION_ID: Final = "(SELECT installation_id FROM installations)"
"""In SQL, for a statement that may ask along whose journal it is, and then `know_installation`."""

_WHOSE: Final = "installation"


class JournalStep(StrEnum):
    """What an entry tells: the steps of consent that matter, and four more.

    Before `PEPPERED` addresses stand under as many peppers as its fact `before` says, and after it
    under all of then (docs/adr/0049).
    """

    LEFT = "left"
    JOINED = "joined"
    CHANGED = "changed"
    ERASED = "erased"
    SUPPRESSED = "suppressed"
    LIFTED = "lifted"
    LAUNCHED = "launched"
    PEPPERED = "peppered"


@dataclass(frozen=True)
class Entry:
    """What happened when, to the people with these HMACs, or to what `facts` name."""

    what: JournalStep
    at: datetime
    keys: tuple[bytes, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def remember(
    session: Session, what: JournalStep, at: datetime, keys: Iterable[bytes] = (), **facts: Any
) -> None:
    """Write this into the journal as soon as the caller's transaction is committed."""
    whose = session.info.get(_WHOSE)
    if whose is None:
        whose = session.scalars(select(Installation.installation_id)).one()
        know_installation(session, whose)
    named = [key.hex() for key in keys if key]
    keep_after_commit(session, (whose, {"what": what, "at": at, "keys": named, **facts}))


def know_installation(session: Session, whose: UUID) -> None:
    """Keep for this session whose journal it is, as its database says: `remember` asks no more."""
    session.info[_WHOSE] = whose


class Journal:
    """The journal at all places; `write` is what a session factory is made with."""

    def __init__(self, places: Sequence[Store], clock: Clock = system_clock) -> None:
        self._places = places
        self._clock = clock
        self._silent: dict[str, datetime] = {}

    def write(self, kept: Sequence[tuple[UUID, dict[str, Any]]]) -> None:
        """Write what committed transactions remembered; never raises, since they are committed.

        Where no place took it the log says so: a restored backup would not know of it.
        """
        now = self._clock()
        for whose in dict.fromkeys(one for one, _ in kept):
            lines = [orjson.dumps(entry) for one, entry in kept if one == whose]
            written = [self._append(place, whose, lines, now) for place in self._places]
            if not any(written):
                _log.error("journal_not_written", n_entries=len(lines))

    def _append(self, place: Store, whose: UUID, lines: Sequence[bytes], now: datetime) -> bool:
        if now < self._silent.get(place.name, now):
            return False
        try:
            place.append(whose, lines, now)
        except StoreError as error:
            _log.error("journal_place_silent", place=place.name, error=str(error))
            self._silent[place.name] = now + _REST
            return False
        self._silent.pop(place.name, None)
        return True


@dataclass(frozen=True)
class Found:
    """The entries of all places together, each once, the first one first; and who did not answer.

    `n_unreadable` lines were cut in half or are of a later version.
    """

    entries: tuple[Entry, ...]
    n_unreadable: int
    silent: tuple[str, ...]

    @property
    def since(self) -> datetime | None:
        """Return when the journal begins; None when there is none."""
        return self.entries[0].at if self.entries else None


def read_journal(places: Sequence[Store], whose: UUID) -> Found:
    """Read the journal of every place; network, so no transaction may be open."""
    lines: set[bytes] = set()
    silent = []
    for place in places:
        try:
            lines.update(place.journal(whose))
        except StoreError as error:
            _log.error("journal_place_silent", place=place.name, error=str(error))
            silent.append(place.name)
    read = [_read(line) for line in lines]
    entries = sorted((one for one in read if one is not None), key=lambda one: (one.at, one.what))
    return Found(tuple(entries), len(read) - len(entries), tuple(silent))


def forget_journal(places: Sequence[Store], whose: UUID, now: datetime) -> None:
    """Drop what is older than any backup that should still be restored."""
    for place in places:
        try:
            place.forget(whose, now - KEPT_FOR)
        except StoreError as error:
            _log.warning("journal_not_tidied", place=place.name, error=str(error))


def _read(line: bytes) -> Entry | None:
    """Read a line; None for one that is no entry."""
    try:
        record = orjson.loads(line)
        what, at = JournalStep(record.pop("what")), datetime.fromisoformat(record.pop("at"))
        keys = tuple(bytes.fromhex(key) for key in record.pop("keys"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Entry(what, at.astimezone(UTC), keys, record)
