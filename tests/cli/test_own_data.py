"""What is kept of a reader, printed and forgotten from the command line."""

import json

import pytest
from sqlalchemy.orm import Session

from app.enums import SubscriberState
from app.models import Subscriber
from tests.cli.conftest import Devoured
from tests.factories import make_subscriber
from tests.readers.whole_database import places_of, spellings

ADDRESS = "ada@example.com"


@pytest.fixture
def reader(session: Session) -> Subscriber:
    reader = make_subscriber(session, ADDRESS)
    session.commit()
    return reader


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
