"""The kinds of values that bodies and addresses hold, bounded so that the database takes them.

Lists come in keyset pages: a cursor is where the last page ended, so pages neither skip nor repeat,
whatever comes in or goes meanwhile, and every page costs the same.

PostgreSQL refuses NUL characters and numbers beyond 64 bits, and dates at the edge of the
calendar have no instant in every time zone: none of them gets past here.
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, TypeVar

from fastapi import Path, Query
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from app import characters
from app.addresses import parse_address
from app.enums import Depth
from app.errors import FieldError, InvalidInput
from app.models.publication import MAX_CATEGORIES
from app.publication.lanes import FIRST_DAY, LAST_DAY
from app.publication.limits import COLOUR, LANGUAGE, MAX_LINE, MAX_NAME, NUMBERS
from app.written import MAX_SIGN_OFF, MAX_TEXT

MAX_ID: Final = 2**63 - 1

MAX_LIMIT: Final = 200
_MAX_CURSOR: Final = 120
_Row = TypeVar("_Row")
_Model = TypeVar("_Model", bound=BaseModel)

LINE: Final = characters.LINE
TEXT: Final = characters.TEXT
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*", re.ASCII)
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


class Body(BaseModel):
    """A body that comes in: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer, or a part of one, that can be read from a row's attributes of the same names."""

    model_config = ConfigDict(from_attributes=True)


class Changes(Body):
    """A body that changes something: what is left out stays, so its schema names no defaults."""

    def given(self) -> dict[str, Any]:
        """Return the fields that the request names, whole."""
        return {name: v for name, v in self.model_dump().items() if name in self.model_fields_set}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the schema without its `default`s."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        for field in schema.get("properties", {}).values():
            field.pop("default", None)
        return schema


def _only_date(value: Any) -> Any:
    """Refuse numbers, which would be taken as seconds since 1970."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        return value
    raise ValueError("must be a date, as 2026-04-28")


def _only_instant(value: Any) -> Any:
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return value
    raise ValueError("must be an instant, as 2026-04-28T07:00:00Z")


def _only_hour(value: Any) -> Any:
    if isinstance(value, str) and _HOUR.fullmatch(value):
        return value
    raise ValueError("must be a time of day, as 07:00")


def _in_range(value: date) -> date:
    if not FIRST_DAY.year <= value.year <= LAST_DAY.year:
        raise ValueError(f"must be in the years {FIRST_DAY.year} to {LAST_DAY.year}")
    return value


def _in_utc(value: datetime) -> datetime:
    return value if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[int, Path(ge=1, le=MAX_ID, description="Its number.", examples=[17])]
"""The number of a row, in an address."""

Day = Annotated[
    date,
    BeforeValidator(_only_date),
    AfterValidator(_in_range),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-04-28"]}),
]

Instant = Annotated[
    datetime,
    BeforeValidator(_only_instant),
    AfterValidator(_in_range),
    AfterValidator(_in_utc),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-04-28T07:00:00Z"]}),
]
"""An instant in UTC; one that came without an offset is bare, and for `zoned.Clocks` to read."""

Hour = Annotated[
    time,
    BeforeValidator(_only_hour),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["07:00"]}
    ),
]
"""A time of day on the publication's clocks, to the minute."""

ShownHour = Annotated[
    time,
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["07:00"]}
    ),
]

TimeZone = Annotated[
    str,
    Field(max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$", examples=["Europe/Vienna"]),
]
"""The name of a time zone; `publication.zones.check_zone` says whether it may be stored."""


LanguageTag = Annotated[str, Field(max_length=40, pattern=f"{LANGUAGE}|^$", examples=["de"])]
"""A language as a BCP 47 tag, or nothing."""


def between(bounds: tuple[int, int], *, strict: bool = True, **described: Any) -> Any:
    """Return the field of a number that a command takes within these bounds."""
    least, most = bounds
    return Field(ge=least, le=most, strict=strict, **described)


Weekdays = Annotated[
    list[Annotated[int, between(NUMBERS["weekday"])]],
    Field(max_length=NUMBERS["weekday"][1], json_schema_extra={"uniqueItems": True}),
    AfterValidator(sorted),
]
"""ISO weekdays, 1 is Monday."""

Address = Annotated[str, Field(min_length=3, max_length=254, pattern=LINE)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME, pattern=LINE)
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_LINE, pattern=LINE)]
LineTemplate = Line
SignOff = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=MAX_SIGN_OFF, pattern=LINE)
]
SUBJECT_TEMPLATE: Final = (
    "Makes the subject, from text and placeholders: {headlines}, {first}, {second}, {categories}, "
    "{stories}, {minutes}, {weekday}, {date}, {publication}. Headlines are shortened to fit 78 "
    "characters. Empty: the usual way; an issue's own subject comes before it."
)
PREHEADER_TEMPLATE: Final = (
    "Makes the preheader, of 150 characters at most, as the subject; {rest} says the headlines "
    "that the subject does not."
)
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TEXT, pattern=TEXT)]
Slug = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x20/,\x7f-\x9f]+$")]
Slugs = Annotated[list[Slug], Field(max_length=MAX_CATEGORIES)]
Colour = Annotated[str, Field(pattern=COLOUR, examples=["#5B3FD6"])]
SlugPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x20/,\x7f-\x9f]+$",
        description="The category's slug.",
        examples=["ai"],
    ),
]
Limit = Annotated[int, Query(description="At most so many.", ge=1, le=MAX_LIMIT)]
After = Annotated[
    str | None,
    Query(
        description="The `next` of the page before; without it, the first page.",
        max_length=_MAX_CURSOR,
        examples=["WzE3XQ"],
    ),
]
Next = Annotated[
    str | None, Field(description="Give it as `after` for the next page; null at the end.")
]
ShownDepth = Annotated[Depth, Field(description="How much of each story is told.")]


def examples(*values: dict[str, Any]) -> ConfigDict:
    """Return the configuration of a model that shows these examples in the documentation."""
    return ConfigDict(json_schema_extra={"examples": list(values)})


def fill(model: type[_Model], row: object, **others: Any) -> _Model:
    """Return an answer with the row's attributes of the same names, and with these others."""
    same = {name: getattr(row, name) for name in model.model_fields if name not in others}
    return model.model_validate({**same, **others})


def key_of(address: str) -> str:
    """Return the key to look for; InvalidInput for a text that is no address."""
    try:
        return parse_address(address, allow_reserved=True).key
    except InvalidInput as error:
        raise InvalidInput(error.detail, [FieldError("query address", error.detail)]) from None


def first_after(after: str | None, start: int = 0) -> int:
    """Return the number after which a page begins: the cursor's, or `start` for the first page."""
    return start if after is None else read_cursor(after, 1)[0]


def page_of(
    rows: Sequence[_Row], limit: int, number: Callable[[_Row], int]
) -> tuple[Sequence[_Row], str | None]:
    """Return the rows of a page and the cursor of the next one, of rows that are one more.

    `number` says what a row's place in the list is; the next page begins after it.
    """
    page = rows[:limit]
    return page, cursor_of(number(page[-1])) if len(rows) > limit else None


def cursor_of(*values: int) -> str:
    """Return an opaque text that `read_cursor` turns into these values again."""
    packed = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str, n_values: int) -> Sequence[int]:
    """Return the values of a cursor, each of them a whole number that PostgreSQL can hold.

    Raises:
        InvalidInput: it is not one of ours.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not _fit(values, n_values) or cursor_of(*values) != cursor:
        wrong = [FieldError("query after", "is not a `next` of ours")]
        raise InvalidInput("That is no place to go on from.", wrong)
    return [int(value) for value in values]


def read_day(cursor: str) -> tuple[date, int]:
    """Return the day and the number that a cursor of days ends with.

    Raises:
        InvalidInput: it is not one of ours.
    """
    day, issue_id = read_cursor(cursor, 2)
    try:
        return date.fromordinal(day), issue_id
    except (ValueError, OverflowError):
        wrong = [FieldError("query after", "is not a `next` of ours")]
        raise InvalidInput("That is no place to go on from.", wrong) from None


def _fit(values: object, n_values: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == n_values
        and all(type(value) is int and 0 <= value <= MAX_ID for value in values)
    )
