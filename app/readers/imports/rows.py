"""Rows: turn the cells of a record into values, or into the reason why they cannot be taken."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from app.addresses import address_hmac
from app.enums import Depth
from app.errors import InvalidInput
from app.language import known
from app.models import CategoryState
from app.publication.names import name_key
from app.readers.imports.fields import NOTHING, SAYING, ReaderField
from app.readers.imports.form import Form
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.records import unguard
from app.readers.imports.row_state import RowState
from app.readers.imports.standings import BadRowError, Say, consent_words_of, printable

_NULL: Final = r"\N"
_DIVIDERS: Final = re.compile(r"[,;|]")
_HOUR: Final = re.compile(r"(\d{1,2})(?::00(?::00)?)?")
_HOURS: Final = 24
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_MOST_REMEMBERED: Final = 4096
COPIED: Final = [
    "import_id",
    "line",
    "slot",
    "standing",
    "address",
    "address_key",
    "address_hmac",
    "follows",
    "depth",
    "hour",
    "time_zone",
    "language",
    "paused_until",
    "confirmed_at",
]
"""The columns of `import_rows` in the order of `copied`."""


@dataclass(frozen=True)
class _Column:
    """A column that has a say: its cells, what they say, and what was said of those before."""

    place: int
    say: Say
    known: dict[str, RowState] = dataclass_field(default_factory=dict)

    def read(self, cell: str) -> RowState:
        """Return what this cell says; raise BadRowError."""
        if len(self.known) >= _MOST_REMEMBERED:
            self.known.clear()
        found = self.known[cell] = self.say(unguard(cell.strip()))
        return found


class Reading:
    """Reads the rows of one file; `columns` says what each column is, as in `uses`.

    Raises:
        InvalidInput: no column holds addresses.
    """

    def __init__(
        self,
        heading: Sequence[str],
        columns: Mapping[str, str],
        form: Form,
        *,
        categories: Mapping[str, tuple[CategoryState, int]],
        zones: frozenset[str],
        addresses: QuickAddresses,
        pepper: str,
        now: datetime,
    ) -> None:
        places = places_of(heading, columns)
        self.width = len(heading)
        self._address = places[ReaderField.ADDRESS]
        self._form = form
        self._categories = categories
        self._follows = lru_cache(_MOST_REMEMBERED)(self._read_follows)
        self._addresses = addresses
        self._pepper = pepper
        self._now = now
        self._zones = zones
        self._saying = [
            _Column(place, consent_words_of(ReaderField(columns[name]), name, form.words))
            for place, name in enumerate(heading)
            if columns.get(name) in SAYING
        ]
        self.searched = {
            name: place
            for place, name in enumerate(heading)
            if columns.get(name) == NOTHING and not form.says_all
        }
        readers: dict[ReaderField, Callable[[str], str]] = {
            ReaderField.CATEGORIES: self._follows,
            ReaderField.DEPTH: _depth,
            ReaderField.HOUR: _hour,
            ReaderField.TIME_ZONE: self._zone,
            ReaderField.LANGUAGE: _language,
            ReaderField.PAUSED_UNTIL: _instant,
            ReaderField.CONFIRMED_AT: self._past,
        }
        self._rest = [
            (number, places[one], reader)
            for number, (one, reader) in enumerate(readers.items())
            if one in places
        ]
        self._nulls = [_NULL] * len(readers)
        self._nothing = "\t".join(self._nulls)

    def copied(self, import_id: int, line: int, cells: Sequence[str]) -> str:
        """Return the row as a line of PostgreSQL's text COPY; nothing in it needs an escape.

        Raises:
            BadRowError: it cannot be taken.
        """
        if len(cells) != self.width:
            raise BadRowError(f"has {len(cells)} cells where the heading has {self.width}")
        try:
            address = self._addresses.read(unguard(cells[self._address].strip()))
        except InvalidInput as error:
            raise BadRowError(f"address: {error.detail}") from None
        standing = self._standing(cells)
        digest = address_hmac(address.key, self._pepper)
        rest = self._nothing if standing > RowState.ACTIVE else self._read_rest(cells)
        return (
            f"{import_id}\t{line}\t{digest[0]}\t{standing:d}\t{address.text}\t{address.key}"
            f"\t\\\\x{digest.hex()}\t{rest}\n"
        )

    def _read_rest(self, cells: Sequence[str]) -> str:
        rest = self._nulls.copy()
        for number, place, reader in self._rest:
            if cell := unguard(cells[place].strip()):
                rest[number] = reader(cell)
        return "\t".join(rest)

    def _standing(self, cells: Sequence[str]) -> RowState:
        """Return the most careful of all that the row says: one no is enough.

        This also holds when another cell is not understood: whoever said no is kept as such.
        """
        found = self._form.least
        wrong: BadRowError | None = None
        for column in self._saying:
            cell = cells[column.place]
            state = column.known.get(cell)
            if state is None:
                try:
                    state = column.read(cell)
                except BadRowError as error:
                    wrong = wrong or error
                    continue
            if found is RowState.ACTIVE or (state is not RowState.ACTIVE and state > found):
                found = state
        if wrong is not None and found <= RowState.ACTIVE:
            raise wrong
        return found

    def _read_follows(self, cell: str) -> str:
        """Return the bits: a retired category is left out where another one is named.

        Raises:
            BadRowError: one is none of ours or hidden, or all are retired.
        """
        mask, retired = 0, ""
        for name in filter(None, map(str.strip, _DIVIDERS.split(cell))):
            state, bits = self._categories.get(name_key(name), (None, 0))
            if state is None:
                raise BadRowError(f"categories: “{printable(name)}” is none of ours")
            if state is CategoryState.HIDDEN:
                raise BadRowError(f"categories: “{printable(name)}” is hidden; open it first")
            if state is CategoryState.RETIRED:
                retired = name
            else:
                mask |= bits
        if retired and not mask:
            raise BadRowError(
                f"categories: “{printable(retired)}” is retired, and no other is named"
            )
        return str(mask)

    def _zone(self, cell: str) -> str:
        if cell not in self._zones:
            raise BadRowError(f"time_zone: “{printable(cell)}” is none; write it as Europe/Vienna")
        return cell

    def _past(self, cell: str) -> str:
        at = _read_instant(cell)
        if at > self._now:
            raise BadRowError("confirmed_at: lies in the future")
        return at.isoformat()


def places_of(heading: Sequence[str], columns: Mapping[str, str]) -> dict[ReaderField, int]:
    """Return which cell, from 0, holds each field that one column alone can be.

    Raises:
        InvalidInput: no column is the address.
    """
    single = {*ReaderField} - {*SAYING}
    found = {
        ReaderField(columns[name]): place
        for place, name in enumerate(heading)
        if columns.get(name) in single
    }
    if ReaderField.ADDRESS not in found:
        raise InvalidInput("No column was found that holds addresses; say which one does.")
    return found


@lru_cache(_MOST_REMEMBERED)
def _depth(cell: str) -> str:
    try:
        return Depth(cell.casefold()).value
    except ValueError:
        raise BadRowError(f"depth: “{printable(cell)}” is none of {', '.join(Depth)}") from None


@lru_cache(_MOST_REMEMBERED)
def _hour(cell: str) -> str:
    found = _HOUR.fullmatch(cell)
    if not found or not cell.isascii() or int(found[1]) >= _HOURS:
        raise BadRowError(f"hour: “{printable(cell)}” is no full hour from 0 to 23")
    return str(int(found[1]))


@lru_cache(_MOST_REMEMBERED)
def _language(cell: str) -> str:
    """Return the code of a language that our mails are said in; any other says nothing."""
    return known(cell) or _NULL


def _instant(cell: str) -> str:
    return _read_instant(cell).isoformat()


def _read_instant(cell: str) -> datetime:
    """Return the instant; one without an offset is in UTC, as exports of other services are."""
    try:
        at = datetime.fromisoformat(cell.removesuffix(" UTC"))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadRowError(
            f"“{printable(cell)}” is no date; write it as 2026-04-28 or 2026-04-28T07:00:00Z"
        ) from None
    if not _EARLIEST <= at <= _LATEST:
        raise BadRowError(f"“{printable(cell)}” is no date that can be meant")
    return at
