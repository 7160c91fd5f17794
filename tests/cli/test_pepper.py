"""`devoured pepper`: a random one, and the database brought under the one of the settings."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import address_hmac, joined_peppers
from app.models import Subscriber
from tests.cli.conftest import Devoured
from tests.factories import PEPPER, make_subscriber


def test_new_pepper_is_random_and_alone_on_stdout(devoured: Devoured) -> None:
    first, second = devoured("pepper", "new"), devoured("pepper", "new")
    assert (first.code, second.code) == (0, 0)
    assert len(first.out.strip()) == 64
    assert first.out != second.out
    assert "DEVOURED_FORMER_PEPPERS" in first.err


def test_database_goes_over_to_the_new_pepper(
    cli: Devoured, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscriber(session, "ada@example.com")
    session.commit()
    assert cli("publication").code == 0
    assert cli("pepper", "migrate").out == "The database is under these peppers already.\n"
    monkeypatch.setenv("DEVOURED_ADDRESS_PEPPER", "a newer one")
    monkeypatch.setenv("DEVOURED_FORMER_PEPPERS", PEPPER)
    assert "run devoured pepper migrate" in cli("publication").err
    refused = cli("pepper", "migrate")
    assert refused.code == 1
    assert "Stop serve, worker, beat and listen on every host first." in refused.err
    assert cli("pepper", "migrate", "--anyway").code == 0
    assert cli("publication").code == 0
    session.rollback()
    both = joined_peppers([PEPPER, "a newer one"])
    assert session.scalars(select(Subscriber.address_hmac)).one() == address_hmac(
        "ada@example.com", both
    )
