"""Rows in every table of an export, made by the columns' types: a new column is filled at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    Time,
    Uuid,
    insert,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.delivery.partitions import ensure_partition
from app.image_names import HASH_DIGITS
from app.moving.tables import LATER, ONE_ROW, exported_columns, exported_tables

AWKWARD: Final = '=1+1 „ü" \\N \\x \u2028 <b>,;\t\r\n\x7f 🗞'
"""A text that a careless form of a file would break."""

IMAGE: Final = "1" * HASH_DIGITS + ".png"
"""The image of the first row; of the second one the bytes are gone."""

_AT: Final = datetime(2026, 4, 28, 7, 0, 0, 123456, tzinfo=UTC)
_FIXED: Final[dict[str, Any]] = {
    "installations.pepper_fingerprint": None,
}
"""What the code reads when a process starts, or has a shape that is asked for."""


def fill_all(session: Session) -> None:
    """Fill each table with two rows: one with all that may be there, one with as little."""
    numbers = count(1000)
    for table in exported_tables():
        if table.name == "deliveries":
            ensure_partition(session, 1)
        whole = _row(table, 1, numbers)
        if table.name in ONE_ROW:
            known = {"id": 1} | {k: v for k, v in whole.items() if v is not None and k != "id"}
            session.execute(update(table).values(known))
            continue
        session.execute(insert(table).values(whole))
        scant = _row(table, 2, numbers)
        for column in table.columns:
            if column.nullable and column.name in scant:
                scant[column.name] = None
        session.execute(insert(table).values(scant))
    session.execute(text(f"UPDATE {LATER[0]} SET {LATER[1]} = 1 WHERE id = 1"))  # noqa: S608  # ours


def _row(table: Table, number: int, numbers: "count[int]") -> dict[str, Any]:
    names = [name for name in exported_columns(table) if (table.name, name) != LATER]
    return {
        name: _FIXED[key]
        if (key := f"{table.name}.{name}") in _FIXED
        else _value(table.columns[name], number, next(numbers))
        for name in names
    }


def _value(column: Column[Any], number: int, different: int) -> Any:
    if column.foreign_keys or column.name == "id":
        return number
    if (column.table.name, column.name) == ("images", "name"):
        return IMAGE.replace("1", str(number))
    if isinstance(column.type, Enum):
        return column.type.enums[-number]
    if isinstance(column.type, ARRAY):
        of_text = isinstance(column.type.item_type, Text)
        return [AWKWARD, str(different)] if of_text else [1, number]
    make = next(make for kind, make in _VALUES.items() if isinstance(column.type, kind))
    return make(number, different)


_VALUES: Final[dict[Any, Callable[[int, int], Any]]] = {
    JSONB: lambda _, n: {"text": AWKWARD, "parts": [1, None, {"n": 0.1}], "n": n},
    Text: lambda _, n: f"{AWKWARD} {n}",
    LargeBinary: lambda _, n: bytes((0, 92, 255, n % 256, n // 256)),
    Boolean: lambda number, _: number == 1,
    Float: lambda *_: 0.1 + 0.2,
    DateTime: lambda _, n: _AT + timedelta(seconds=n),
    Date: lambda number, _: date(2026, 4, number),
    Time: lambda *_: time(7, 15),
    Uuid: lambda _, n: UUID(int=n),
    Integer: lambda number, _: number,
}
"""What a column of a type holds; the first type that fits counts."""
