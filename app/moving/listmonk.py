"""listmonk: what its database says of subscribers, as a file that import reads, and its posts.

Its export of subscribers does not tell who left a list, who bounced and who complained; its tables
do. Sources: knadh/listmonk `schema.sql`, and `queries/campaigns.sql` for whom it sends to:
those of a single opt-in list who did not leave it, and the confirmed ones of a double opt-in list.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Literal

from app.errors import InvalidInput, Unavailable
from app.moving.posts import Files, Row, Source, folded, source_of
from app.sentences import Sentence

Asked = psycopg.Connection[tuple[Any, ...]]

_TABLES: Final = ("subscribers", "subscriber_lists", "lists", "bounces")
_LISTS: Final = SQL("SELECT name FROM lists ORDER BY name")
_READERS: Final = SQL(
    """
    COPY (
        SELECT s.email, s.status AS subscriber_status,
            CASE
                WHEN bool_or(CASE WHEN l.optin = 'double' THEN sl.status = 'confirmed'
                             ELSE sl.status <> 'unsubscribed' END) THEN 'confirmed'
                WHEN bool_or(sl.status = 'unsubscribed') THEN 'unsubscribed'
                WHEN bool_or(sl.status = 'unconfirmed') THEN 'unconfirmed'
                ELSE 'unsubscribed'
            END AS subscription,
            (SELECT max(b.created_at) FROM bounces b
             WHERE b.subscriber_id = s.id AND b.type = 'hard') AS hard_bounced_at,
            (SELECT max(b.created_at) FROM bounces b
             WHERE b.subscriber_id = s.id AND b.type = 'complaint') AS complained_at,
            to_char(min(sl.created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                AS subscribed_at
        FROM subscribers s
        LEFT JOIN (subscriber_lists sl JOIN lists l ON l.id = sl.list_id AND {lists})
            ON sl.subscriber_id = s.id
        GROUP BY s.id
        HAVING count(sl.list_id) > 0 OR s.status <> 'enabled'
            OR EXISTS (SELECT FROM bounces b WHERE b.subscriber_id = s.id AND b.type <> 'soft')
        ORDER BY s.id
    ) TO STDOUT (FORMAT csv, HEADER)
    """
)
"""Who is on none of these lists comes too where they must not be written to."""


_CAMPAIGNS: Final = SQL(
    """
    SELECT uuid, subject, body, content_type, status, archive, type,
        to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS started_at
    FROM campaigns ORDER BY started_at, id
    """
)


def read_campaigns(url: str) -> tuple[Source, list[Row], Files]:
    """Return the campaigns as posts, which `posts` knows; raise as `write_readers` does."""
    with _asked(url, ("campaigns",)) as connection, connection.cursor(row_factory=dict_row) as rows:
        found = [folded(row) for row in rows.execute(_CAMPAIGNS)]
    if not found:
        raise InvalidInput(Sentence("listmonk has no campaign."))
    return source_of(found[0]), found, {}


def write_readers(url: str, lists: Sequence[str], file: BinaryIO) -> None:
    """Write the subscribers of these lists, or of all, as CSV with a heading; memory is flat.

    Nothing of listmonk is changed: it is read by one statement that may not write.

    Raises:
        InvalidInput: this is no listmonk, or it has no list of one of these names.
        Unavailable: its database does not answer.
    """
    with _asked(url, _TABLES) as connection:
        _check_lists(connection, lists)
        chosen = SQL("l.name = ANY({})").format(Literal(list(lists))) if lists else SQL("true")
        with connection.cursor() as cursor, cursor.copy(_READERS.format(lists=chosen)) as copy:
            file.writelines(copy)


@contextmanager
def _asked(url: str, tables: Sequence[str]) -> Iterator[Asked]:
    """Yield a connection to listmonk that may not write, once its tables are there."""
    try:
        with psycopg.connect(url, options="-c default_transaction_read_only=on") as connection:
            missing = [name for name in tables if not _has(connection, name)]
            if missing:
                raise _is_other(", ".join(missing))
            yield connection
    except psycopg.errors.UndefinedColumn as error:
        raise _is_other(error.diag.message_primary or "") from None
    except psycopg.OperationalError as error:
        raise Unavailable(
            Sentence("listmonk's database cannot be asked: %(why)s", why=_first_line(error))
        ) from None
    except psycopg.ProgrammingError as error:
        raise InvalidInput(
            Sentence("This is no address of a database: %(why)s", why=_first_line(error))
        ) from None


def _check_lists(connection: Asked, lists: Sequence[str]) -> None:
    """Raise InvalidInput where there is no list of one of these names."""
    known = [row[0] for row in connection.execute(_LISTS)]
    unknown = [name for name in lists if name not in known]
    if unknown:
        raise InvalidInput(
            Sentence(
                "listmonk has no list “%(name)s”; it has %(known)s.",
                name=unknown[0],
                known=known,
            )
        )


def _has(connection: Asked, table: str) -> bool:
    found = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return bool(found and found[0])


def _is_other(what: str) -> InvalidInput:
    return InvalidInput(
        Sentence("This is not listmonk's database as it is known here: %(what)s", what=what)
    )


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0]
