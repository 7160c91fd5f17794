"""COPY: many rows into a table at once, inside the session's transaction."""

from collections.abc import Iterable, Sequence

from psycopg.sql import SQL, Identifier
from sqlalchemy.orm import Session


def copy_lines(session: Session, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    r"""Append lines in PostgreSQL's text form: cells divided by tabs, `\N` for NULL, escaped."""
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(table), SQL(", ").join(map(Identifier, columns))
    )
    driver = session.connection().connection.driver_connection
    assert driver is not None  # noqa: S101  # the connection is open
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for line in lines:
            copy.write(line)
