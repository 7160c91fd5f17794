"""Going back from the depth `whole` loses nobody: neither readers nor mails that are yet to go."""

from typing import Final

import psycopg

from app.db import migrate


def test_readers_of_the_whole_go_on_in_depth_when_gone_back(empty_url: str) -> None:
    number = next(migrate.MIGRATIONS.glob("versions/*_depth_whole.py")).name[:4]
    migrate.upgrade(empty_url, number)
    with psycopg.connect(empty_url) as connection:
        _write(connection)
    migrate.downgrade(empty_url, f"{int(number) - 1:04}")
    with psycopg.connect(empty_url) as connection:
        for table in ("subscribers", "consents"):
            depths = connection.execute(f"SELECT DISTINCT depth FROM {table}")  # noqa: S608  # ours
            assert depths.fetchall() == [("deep",)]
        editions = connection.execute(
            "SELECT id, follows, depth, n_readers FROM editions ORDER BY id"
        ).fetchall()
        batches = connection.execute("SELECT subscriber_ids, edition_id FROM batches").fetchall()
        sent = connection.execute("SELECT DISTINCT edition_id FROM deliveries").fetchall()
        counts = connection.execute("SELECT edition_id, n FROM delivery_counts").fetchall()
    assert editions == [(1, 1, "deep", 2), (3, 2, "deep", 1)]
    assert {n: edition for ((n,), edition) in batches} == {1: 1, 2: 1, 3: 3}
    assert sent == [(1,)]
    assert counts == [(1, 4 + 5)]


def _write(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Write an issue with both Editions of one cut, and one of the whole of another."""
    connection.execute(
        "INSERT INTO issues (id, issued_on, subject, preheader, state, revision, created_at,"
        " at_local_hours, in_doubt_policy, canary_percent, brakes_lifted, launched_at)"
        " VALUES (1, now(), 's', 'p', 'sending', 1, now(), false, 'hold', 0, false, now())"
    )
    for number, follows, depth in ((1, 1, "deep"), (2, 1, "whole"), (3, 2, "whole")):
        values = {"number": number, "follows": follows, "depth": depth, "who": [number]}
        for statement in _ROWS:
            connection.execute(statement, values)
    for number, n in ((1, 4), (2, 5)):
        connection.execute(
            "INSERT INTO delivery_counts (edition_id, state, issue_id, n)"
            " VALUES (%s, 'accepted', 1, %s)",
            (number, n),
        )
        connection.execute(
            "INSERT INTO deliveries (issue_id, subscriber_id, edition_id, state, attempt, at)"
            " VALUES (1, %s, %s, 'accepted', 1, now())",
            (number, number),
        )


_ROWS: Final = (
    (
        "INSERT INTO subscribers (id, address_hmac, state, follows, depth, created_at)"
        " VALUES (%(number)s, '', 'active', 1, %(depth)s, now())"
    ),
    (
        "INSERT INTO consents (subscriber_id, step, source, at, follows, depth)"
        " VALUES (%(number)s, 'added', 'page', now(), 1, %(depth)s)"
    ),
    (
        "INSERT INTO editions (id, issue_id, follows, depth, revision, state, n_readers)"
        " VALUES (%(number)s, 1, %(follows)s, %(depth)s, 1, 'rendered', 1)"
    ),
    (
        "INSERT INTO batches (issue_id, edition_id, subscriber_ids, n_readers, state, origin,"
        " n_taken, tries, lease_number)"
        " VALUES (1, %(number)s, %(who)s, 1, 'queued', 'launch', 0, 0, 0)"
    ),
)
