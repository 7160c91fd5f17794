"""COPY: many rows into a table at once, inside the session's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from psycopg.sql import SQL, Identifier
from sqlalchemy import text
from sqlalchemy.orm import Session

_AT_ONCE: Final = 1000
"""Lines of one write: each write waits for the socket, which took longer than a line itself."""


def copy_lines(session: Session, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    r"""Append lines in PostgreSQL's text form: cells divided by tabs, `\N` for NULL, escaped."""
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(table), SQL(", ").join(map(Identifier, columns))
    )
    driver = session.connection().connection.driver_connection
    assert driver is not None  # noqa: S101  # the connection is open
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        remaining = iter(lines)
        while some := "".join(islice(remaining, _AT_ONCE)):
            copy.write(some)


def json_lines(
    session: Session, table: str, columns: Sequence[str], order: Sequence[str], where: str = ""
) -> Iterator[bytes]:
    """Yield the rows of a table as JSON, each a line with its end, as PostgreSQL sends them.

    Instants are in UTC, `bytea` is hex behind a backslash and x. Memory holds a row. `where` is a
    condition of ours. JSON has no control characters, so that the dividers and quotes of CSV are
    never found in it and nothing is escaped.
    """
    statement = SQL(
        "COPY (SELECT row_to_json(t) FROM (SELECT {} FROM {} {} ORDER BY {}) AS t) TO STDOUT"
        r" (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01')"
    ).format(
        SQL(", ").join(map(Identifier, columns)),
        Identifier(table),
        SQL("WHERE {}").format(SQL(where)) if where else SQL(""),
        SQL(", ").join(map(Identifier, order)),
    )
    driver = session.connection().connection.driver_connection
    assert driver is not None  # noqa: S101  # the connection is open
    rest = b""
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            *whole, rest = (rest + bytes(piece)).split(b"\n")
            yield from (line + b"\n" for line in whole)


def insert_json(
    session: Session, table: str, columns: Sequence[str], lines: Sequence[bytes]
) -> int:
    """Insert rows that `json_lines` gave, with their own numbers, and return how many.

    Raises:
        sqlalchemy.exc.DBAPIError: they are no JSON, or the table does not take them.
    """
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL(
        "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE"
        " SELECT {1} FROM json_populate_recordset(NULL::{0}, {2})"
    ).format(Identifier(table), names, SQL("CAST(:rows AS json)"))
    rows = b"[" + b",".join(lines) + b"]"
    inserted = session.execute(text(statement.as_string()), {"rows": rows.decode()})
    return inserted.rowcount  # type: ignore[attr-defined, no-any-return]  # an INSERT has it
