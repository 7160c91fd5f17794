"""Which time zones may be stored: PostgreSQL has the last word, as it works out the hours."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.errors import InvalidInput
from app.publication.zones import check_zone, known_zones


@pytest.mark.parametrize(
    "name",
    [
        *("", "localtime", "posix/UTC", "right/UTC", "posixrules", "Mars/Olympus"),
        *("../etc/passwd", "Europe/", "europe/vienna", "UTC+3", "x" * 300, "Europe/Vienna\0"),
    ],
)
def test_zone_is_refused_when_it_is_none(engine: Engine, session: Session, name: str) -> None:
    for run in (engine, session):
        with pytest.raises(InvalidInput) as refused:
            check_zone(run, name)
        assert [one.pointer for one in refused.value.errors] == ["/time_zone"]


def test_zone_is_taken_when_it_is_one_or_none_is_given(engine: Engine) -> None:
    check_zone(engine, "Europe/Vienna")
    check_zone(engine, None)


def test_postgresql_works_out_the_hour_in_every_zone_that_is_taken(session: Session) -> None:
    zones = sorted(known_zones(session))
    assert len(zones) > 400
    hours = text("SELECT count(now() AT TIME ZONE name) FROM unnest(CAST(:names AS text[])) name")
    assert session.scalar(hours, {"names": zones}) == len(zones)


def test_zone_is_refused_when_only_python_knows_it(session: Session) -> None:
    """PostgreSQL may be older, or use another list than this machine."""
    session.execute(
        text(
            "CREATE TEMPORARY VIEW pg_timezone_names AS"
            " SELECT name FROM pg_catalog.pg_timezone_names WHERE name <> 'Europe/Vienna'"
        )
    )
    session.execute(text("SET LOCAL search_path = pg_temp, public, pg_catalog"))
    with pytest.raises(InvalidInput):
        check_zone(session, "Europe/Vienna")
    check_zone(session, "Europe/Berlin")
