"""`devoured events`."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.enums import EventState
from app.models import Event
from tests.cli.conftest import Devoured


def test_events_are_shown_and_the_unreadable_ones_applied_again(
    cli: Devoured, session: Session
) -> None:
    silent = cli("events")
    assert (silent.code, silent.err) == (0, "")
    assert silent.out == (
        "Of the last hour 0 of 0 accepted mails heard of; 0 waiting to be applied;"
        " last event: none has come yet.\n"
    )
    at = datetime(2026, 11, 23, 6, tzinfo=UTC)
    session.add(
        Event(
            unique_id="x", received_at=at, body="{", error="not_json", state=EventState.UNREADABLE
        )
    )
    session.commit()
    shown = cli("events")
    assert "1 event of the last 30 days could not be read:" in shown.out
    assert "2026-11-23 06:00 UTC  event " in shown.out
    assert "apply-again" in shown.err
    assert cli("events", "apply-again").out == "1 event will be read again.\n"
    assert "1 waiting to be applied" in cli("events").out
