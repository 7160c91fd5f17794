"""What of the service's own work fails just now, by the API and the command line."""

from datetime import datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.delivery.alone import note_setback


def test_setbacks_are_shown_with_reason_and_since_when(
    api: TestClient, session: Session, now: datetime
) -> None:
    assert api.get("/v1/setbacks").json() == {"items": []}
    for later in range(3):
        note_setback(session, "tidy: events", f"reason {later}", now + timedelta(hours=later))
    session.commit()
    (told,) = api.get("/v1/setbacks").json()["items"]
    assert told == {
        "what": "tidy: events",
        "reason": "reason 2",
        "n_times": 3,
        "first_at": "2026-11-23T06:00:00Z",
        "last_at": "2026-11-23T08:00:00Z",
    }
