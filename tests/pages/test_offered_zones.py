"""The time zones that the preferences page offers."""

from sqlalchemy import text

from app.db.session import Sessions, transaction
from app.publication.zones import known_zones, offered_zones


def test_zones_are_offered_by_part_of_the_world_and_postgres_knows_them(
    sessions: Sessions,
) -> None:
    with transaction(sessions) as session:
        known = known_zones(session)
        listed = set(session.scalars(text("SELECT name FROM pg_timezone_names")))
    offered = {name for names in offered_zones(known).values() for name in names}
    assert "Europe/Vienna" in offered_zones(known)["Europe"]
    assert offered <= listed
