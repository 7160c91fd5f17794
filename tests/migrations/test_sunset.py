"""The migration of the sunset rule may begin again, and go back from mails that were under way."""

from datetime import UTC, datetime
from typing import Final

import psycopg

from app.db import migrate

_BEFORE: Final = datetime(2026, 1, 1, tzinfo=UTC)


def test_one_that_begins_again_leaves_since_when_clicks_are_kept(empty_url: str) -> None:
    """A kill while the check is validated leaves all that comes before it."""
    number = _number()
    migrate.upgrade(empty_url, f"{int(number) - 1:04}")
    with psycopg.connect(empty_url) as connection:
        connection.execute("ALTER TABLE publications ADD COLUMN clicks_kept_since timestamptz")
        connection.execute(
            "UPDATE publications SET tracking = 'per_reader', clicks_kept_since = %s", (_BEFORE,)
        )
    migrate.upgrade(empty_url, number)
    with psycopg.connect(empty_url) as connection:
        kept = connection.execute("SELECT clicks_kept_since FROM publications").fetchall()
    assert kept == [(_BEFORE,)]


def test_going_back_takes_the_mails_with_their_calls(empty_url: str) -> None:
    number = _number()
    migrate.upgrade(empty_url, number)
    with psycopg.connect(empty_url) as connection:
        for kind in ("sunset", "welcome"):
            connection.execute(
                "WITH l AS (INSERT INTO letters"
                " (kind, facts, state, attempt, not_before, created_at)"
                " VALUES (%s, '{}', 'sending', 1, now(), now()) RETURNING id)"
                " INSERT INTO calls (letter_id, subscriber_ids, state, attempt, opened_at, worker)"
                " SELECT id, '{}', 'open', 1, now(), 'one' FROM l",
                (kind,),
            )
    migrate.downgrade(empty_url, f"{int(number) - 1:04}")
    with psycopg.connect(empty_url) as connection:
        left = connection.execute(
            "SELECT l.kind, c.letter_id = l.id FROM letters l FULL JOIN calls c"
            " ON c.letter_id = l.id"
        ).fetchall()
        is_valid = connection.execute(
            "SELECT convalidated FROM pg_constraint WHERE conname = 'ck_letters_letterkind'"
        ).fetchall()
    assert left == [("welcome", True)]
    assert is_valid == [(True,)]


def _number() -> str:
    return next(migrate.MIGRATIONS.glob("versions/*_sunset.py")).name[:4]
