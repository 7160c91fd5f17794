"""`devoured warm-up`."""

from sqlalchemy.orm import Session

from tests.cli.conftest import Devoured
from tests.factories import make_subscriber

NONE = "The domain is not being warmed up: every issue goes to all of its readers.\n"


def test_warm_up_is_started_shown_and_stopped(cli: Devoured, session: Session) -> None:
    for _ in range(9):
        make_subscriber(session)
    session.commit()
    assert cli("warm-up").out == NONE
    started = cli("warm-up", "start", "--first", "3", "--days", "4")
    assert (started.code, cli("warm-up").out) == (0, started.out)
    assert "day 1 of 4." in started.out
    assert "Today's ceiling is 3, 3 of it are free; it grows to 9." in started.out
    assert cli("warm-up", "start").code == 1
    assert (cli("warm-up", "stop").out, cli("warm-up").out) == (NONE, NONE)


def test_warm_up_exits_2_where_a_number_makes_none(cli: Devoured) -> None:
    assert cli("warm-up", "start", "--days", "1").code == 2
    assert cli("warm-up", "start", "--growth", "101").code == 2
    assert cli("warm-up").out == NONE
