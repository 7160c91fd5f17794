"""listmonk's database, read as it is: who may be written to there is, and nobody else."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Subscriber, Suppression
from tests.cli.conftest import Devoured

SCHEMA = (Path(__file__).parents[1] / "moving" / "listmonk.sql").read_text()
PEOPLE = {
    "single": ("enabled", {"Daily": "unconfirmed"}, ()),
    "double": ("enabled", {"Weekly": "confirmed"}, ("soft",)),
    "half": ("enabled", {"Daily": "unsubscribed", "Weekly": "confirmed"}, ()),
    "waits": ("enabled", {"Weekly": "unconfirmed"}, ()),
    "left": ("enabled", {"Daily": "unsubscribed"}, ()),
    "off": ("disabled", {"Daily": "confirmed"}, ()),
    "blocked": ("blocklisted", {}, ()),
    "hard": ("enabled", {"Daily": "confirmed"}, ("soft", "hard")),
    "spam": ("enabled", {}, ("complaint",)),
    "elsewhere": ("enabled", {"Other": "confirmed"}, ()),
    "nowhere": ("enabled", {}, ()),
}


@pytest.fixture
def listmonk(empty_url: str) -> str:
    url = empty_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute(
            "INSERT INTO lists (name, optin)"
            " VALUES ('Daily', 'single'), ('Weekly', 'double'), ('Other', 'single')"
        )
        for name, (status, lists, bounces) in PEOPLE.items():
            row = connection.execute(
                "INSERT INTO subscribers (email, status) VALUES (%s, %s) RETURNING id",
                (f"{name}@example.com", status),
            ).fetchone()
            for listed, subscription in lists.items():
                connection.execute(
                    "INSERT INTO subscriber_lists (subscriber_id, list_id, status)"
                    " SELECT %s, id, %s FROM lists WHERE name = %s",
                    (*(row or ()), subscription, listed),
                )
            for kind in bounces:
                connection.execute(
                    "INSERT INTO bounces (subscriber_id, type) VALUES (%s, %s)",
                    (*(row or ()), kind),
                )
    return url


def test_subscribers_of_lists_come_with_what_they_said(
    cli: Devoured, listmonk: str, session: Session
) -> None:
    ran = cli(
        *("readers", "import-listmonk", listmonk, "--list", "Daily", "--list", "Weekly"),
        *("--consent", "Signed up on our old site"),
    )

    assert ran.code == 0, ran.err
    rows = session.execute(select(Subscriber.address, Subscriber.state, Subscriber.confirmed_at))
    found = {str(address).removesuffix("@example.com"): (state, at) for address, state, at in rows}
    active = {name for name, (state, _) in found.items() if state == "active"}
    assert active == {"single", "double", "half"}
    assert {name for name, (state, _) in found.items() if state == "left"} == {"left", "off"}
    assert all(f"{found[name][1]:%Y-%m-%dT%H:%M:%SZ}" == "2024-01-02T03:04:05Z" for name in active)
    reasons = sorted(session.scalars(select(Suppression.reason)))
    assert reasons == ["complaint", "hard_bounce", "manual"]


def test_what_is_no_listmonk_is_refused(cli: Devoured, listmonk: str, session: Session) -> None:
    ours = session.get_bind().engine.url.render_as_string(hide_password=False)
    for url, options, word in (
        (ours.replace("+psycopg", ""), (), "not listmonk's database"),
        (listmonk, ("--list", "Dayly"), "it has Daily, Other and Weekly"),
        ("postgresql://127.0.0.1:1/listmonk", (), "cannot be asked"),
        ("nonsense", (), "no address of a database"),
    ):
        ran = cli("readers", "import-listmonk", url, *options, "--dry-run")
        assert ran.code in {1, 2}
        assert word in ran.err
    session.rollback()
    assert session.scalars(text("SELECT count(*) FROM subscribers")).one() == 0
