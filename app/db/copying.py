"""COPY: many rows into a table at once, inside the session's transaction."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from psycopg.sql import SQL, Identifier
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
