"""Rows: the cells of a record as what they mean for us, or the reason why they cannot be taken."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from app.addresses import address_hmac
from app.errors import InvalidInput
from app.readers.imports.cells import unguard
from app.readers.imports.fields import STATUS_WORDS, TRUTHS, Field, fold
from app.readers.imports.forms import Form
from app.readers.imports.quick import QuickAddresses
from app.words import Depth, Standing

_NULL: Final = r"\N"
_DIVIDERS: Final = re.compile(r"[,;|]")
_HOUR: Final = re.compile(r"(\d{1,2})(?::00(?::00)?)?")
_HOURS: Final = 24
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_SAID: Final = (
    Field.STATUS,
    Field.LEFT_AT,
    Field.BOUNCED_AT,
    Field.SUPPRESSED,
    Field.SUBSCRIBED,
    Field.DISABLED,
)
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
    "paused_until",
    "confirmed_at",
]
"""The columns of `import_rows` in the order of `copied`."""


class BadRowError(Exception):
    """A row that cannot be taken; the text says why, for a person."""


class Reading:
    """Reads the rows of one file; `columns` names the column of each field.

    Raises:
        InvalidInput: no column holds addresses, or one of `columns` is not in the heading.
    """

    def __init__(
        self,
        heading: Sequence[str],
        columns: Mapping[str, str],
        form: Form,
        *,
        masks: Mapping[str, int],
        zones: frozenset[str],
        addresses: QuickAddresses,
        pepper: str,
        now: datetime,
    ) -> None:
        places = places_of(heading, columns)
        self._width = len(heading)
        self._address = places[Field.ADDRESS]
        self._form = form
        self._masks = masks
        self._addresses = addresses
        self._pepper = pepper
        self._now = now
        self._zones = zones
        self._said = [(one, places[one]) for one in _SAID if one in places]
        readers: dict[Field, Callable[[str], str]] = {
            Field.CATEGORIES: self._follows,
            Field.DEPTH: _depth,
            Field.HOUR: _hour,
            Field.TIME_ZONE: self._zone,
            Field.PAUSED_UNTIL: _instant,
            Field.CONFIRMED_AT: self._past,
        }
        self._rest = [(places.get(one), reader) for one, reader in readers.items()]

    def copied(self, import_id: int, line: int, cells: Sequence[str]) -> str:
        """The row as a line of PostgreSQL's text COPY; nothing in it needs an escape.

        Raises:
            BadRowError: it cannot be taken.
        """
        if len(cells) != self._width:
            raise BadRowError(f"has {len(cells)} cells where the heading has {self._width}")
        try:
            address = self._addresses.read(unguard(cells[self._address].strip()))
        except InvalidInput as error:
            raise BadRowError(f"address: {error.detail}") from None
        standing = self._standing(cells)
        digest = address_hmac(address.key, self._pepper)
        rest = [
            _NULL if place is None or not (cell := unguard(cells[place].strip())) else reader(cell)
            for place, reader in self._rest
        ]
        head = (
            f"{import_id}\t{line}\t{digest[0]}\t{standing:d}\t{address.text}\t{address.key}"
            f"\t\\\\x{digest.hex()}\t"
        )
        return head + "\t".join(rest) + "\n"

    def _standing(self, cells: Sequence[str]) -> Standing:
        """The most careful of all that the row says: one no is enough."""
        found = self._form.least
        for meaning, place in self._said:
            said = self._read_standing(meaning, unguard(cells[place].strip()))
            if found is Standing.ACTIVE or (said is not Standing.ACTIVE and said > found):
                found = said
        return found

    def _read_standing(self, meaning: Field, cell: str) -> Standing:
        match meaning:
            case Field.LEFT_AT:
                return Standing.LEFT if cell else Standing.ACTIVE
            case Field.BOUNCED_AT:
                return Standing.BOUNCED if cell else Standing.ACTIVE
            case Field.SUBSCRIBED | Field.DISABLED:
                is_yes = _truth(meaning, cell)
                return Standing.ACTIVE if is_yes is (meaning is Field.SUBSCRIBED) else Standing.LEFT
            case Field.SUPPRESSED if not cell:
                return Standing.ACTIVE
        word = fold(cell)
        standing = self._form.words.get(word, STATUS_WORDS.get(word))
        if standing is None:
            raise BadRowError(f"{meaning}: “{_shown(cell)}” is no status that is known here")
        return standing

    def _follows(self, cell: str) -> str:
        mask = 0
        for part in _DIVIDERS.split(cell):
            if name := part.strip():
                bits = self._masks.get(name.casefold())
                if bits is None:
                    raise BadRowError(f"categories: “{_shown(name)}” is none of ours")
                mask |= bits
        return str(mask)

    def _zone(self, cell: str) -> str:
        if cell not in self._zones:
            raise BadRowError(f"time_zone: “{_shown(cell)}” is none; write it as Europe/Vienna")
        return cell

    def _past(self, cell: str) -> str:
        at = _read_instant(cell)
        if at > self._now:
            raise BadRowError("confirmed_at: lies in the future")
        return at.isoformat()


def places_of(heading: Sequence[str], columns: Mapping[str, str]) -> dict[Field, int]:
    """Which cell holds each field, from 0; raises InvalidInput as `Reading`."""
    missing = [name for name in columns.values() if name not in heading]
    if missing:
        raise InvalidInput(f"The file has no column “{missing[0]}”.")
    if Field.ADDRESS not in columns:
        raise InvalidInput("No column was found that holds addresses; say which one does.")
    return {Field(meaning): list(heading).index(name) for meaning, name in columns.items()}


def _truth(meaning: Field, cell: str) -> bool:
    found = TRUTHS.get(cell.casefold())
    if found is None:
        raise BadRowError(f"{meaning}: “{_shown(cell)}” is neither yes nor no")
    return found


def _depth(cell: str) -> str:
    try:
        return Depth(cell.casefold()).value
    except ValueError:
        raise BadRowError(f"depth: “{_shown(cell)}” is none of {', '.join(Depth)}") from None


def _hour(cell: str) -> str:
    found = _HOUR.fullmatch(cell)
    if not found or not cell.isascii() or int(found[1]) >= _HOURS:
        raise BadRowError(f"hour: “{_shown(cell)}” is no full hour from 0 to 23")
    return str(int(found[1]))


def _instant(cell: str) -> str:
    return _read_instant(cell).isoformat()


def _read_instant(cell: str) -> datetime:
    """The instant; one without an offset is in UTC, as the exports of other services are."""
    try:
        at = datetime.fromisoformat(cell.removesuffix(" UTC"))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadRowError(
            f"“{_shown(cell)}” is no date; write it as 2026-04-28 or 2026-04-28T07:00:00Z"
        ) from None
    if not _EARLIEST <= at <= _LATEST:
        raise BadRowError(f"“{_shown(cell)}” is no date that can be meant")
    return at


def _shown(cell: str) -> str:
    """A cell as it may stand in a reason."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", "·", cell[:60])
