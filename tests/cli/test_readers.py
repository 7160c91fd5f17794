"""Readers exported, and what is kept of one: printed, forgotten, suppressed."""

import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.enums import SubscriberState
from app.models import Lift, Subscriber, Suppression
from tests.cli.conftest import Devoured
from tests.factories import make_subscriber
from tests.readers.whole_database import places_of, spellings

ADDRESS = "ada@example.com"


@pytest.fixture
def reader(session: Session) -> Subscriber:
    reader = make_subscriber(session, ADDRESS)
    session.commit()
    return reader


def n_suppressed(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Suppression)) or 0


def test_export_prints_everybody(cli: Devoured, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "ann@example.com")

    ran = cli("readers", "export")

    assert ran.code == 0
    assert ran.out.startswith("address,state,categories")
    assert "ann@example.com,active" in ran.out


def test_reader_data_is_printed_as_json_by_address_or_number(
    cli: Devoured, reader: Subscriber
) -> None:
    for name in ("Ada@Example.com", str(reader.id)):
        ran = cli("reader-data", name)
        assert ran.code == 0
        assert json.loads(ran.out)["subscriber"]["address"] == ADDRESS


def test_erase_leaves_nothing_of_the_reader(
    cli: Devoured, reader: Subscriber, session: Session
) -> None:
    ran = cli("erase", ADDRESS, "--yes")
    assert (ran.code, ran.err) == (0, f"Subscriber {reader.id} is erased.\n")
    session.refresh(reader)
    assert reader.state is SubscriberState.ERASED
    assert places_of(session, spellings(ADDRESS)) == set()


@pytest.mark.parametrize("name", ["nobody@example.com", "4711", "no address"])
def test_reader_is_not_found_in_one_line_that_repeats_no_address(cli: Devoured, name: str) -> None:
    for command in (["reader-data", name], ["erase", name, "--yes"]):
        ran = cli(*command)
        assert ran.code in {1, 2}
        assert len(ran.err.splitlines()) == 1
        assert "nobody" not in ran.err


def test_suppression_is_made_shown_and_lifted_with_a_reason(
    cli: Devoured, session: Session
) -> None:
    made = cli("suppress", "Ada@Example.com", "--note", "asked by telephone")
    assert made.code == 0
    assert made.out.endswith(", manual: asked by telephone.\n")
    assert cli("suppressed", ADDRESS).out == made.out

    lifted = cli("lift", ADDRESS, "--because", "asked\nto come back")
    assert (lifted.code, lifted.out) == (0, "The address may be written to again.\n")
    assert n_suppressed(session) == 0
    assert session.scalars(select(Lift.because)).one() == "asked to come back"
    assert cli("suppressed", ADDRESS).code == 1

    again = cli("suppress", ADDRESS)
    assert "manual: asked to come back" in again.err


@pytest.mark.parametrize("because", ["", "  ", "x" * 201, "a\x00b"])
def test_suppression_stays_when_there_is_no_reason(
    cli: Devoured, session: Session, because: str
) -> None:
    cli("suppress", ADDRESS)
    assert cli("lift", ADDRESS, "--because", because).code == 2
    assert cli("lift", ADDRESS).code == 2
    assert n_suppressed(session) == 1


def test_address_that_is_not_suppressed_or_is_none_is_said_so(
    cli: Devoured, session: Session
) -> None:
    ran = cli("lift", ADDRESS, "--because", "why not")
    assert (ran.code, ran.err) == (1, "devoured: This address is not suppressed.\n")
    assert cli("lift", "nobody", "--because", "why not").code == 2
    assert n_suppressed(session) == 0
