"""`devoured setbacks`."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.delivery.alone import note_setback
from tests.cli.conftest import Devoured


def test_setbacks_are_said_with_reason_and_since_when(
    cli: Devoured, session: Session, now: datetime
) -> None:
    ran = cli("setbacks")
    assert (ran.code, ran.out, ran.err) == (0, "", "Nothing fails just now.\n")
    note_setback(session, "tidy: events", "no room", now)
    session.commit()
    ran = cli("setbacks")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "tidy: events: no room\n  1 time since 2026-11-23 06:00 UTC, last at 2026-11-23 06:00 UTC\n"
    )
