"""A time without a zone is read on the publication's clocks, and the answer says so."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.api.deps import ZONE_HEADER as HEADER
from app.enums import IssueState
from app.errors import InvalidInput
from app.main import bare_app
from app.models import Publication
from app.publication.lanes import read_clock
from tests.factories import make_category, make_issue, make_story, make_subscriber

Asked = Callable[[str], Response]
ZONES = sorted(
    {"Europe/Vienna", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"}
)
FIELDS = {
    ("pause_sending", "until"),
    ("schedule_issue", "send_at"),
    ("schedule_issue", "send_not_after"),
    ("plan_issue", "send_at"),
    ("change_issue", "send_not_after"),
    ("change_subscriber", "paused_until"),
    ("create_key", "expires_at"),
    ("replay_webhook", "since"),
    ("replay_webhook", "until"),
}


@pytest.fixture
def asks(api: TestClient, session: Session) -> dict[str, Asked]:
    """Return what asks for each field with a time, by operation and field."""
    session.get_one(Publication, 1).time_zone = "Europe/Vienna"
    reader = make_subscriber(session, "ann@reader.example")
    issue = make_issue(
        session, state=IssueState.SCHEDULED, send_at=datetime(2100, 1, 1, tzinfo=UTC)
    )
    make_story(session, issue, make_category(session))
    session.commit()
    key = {"name": "desk", "scopes": ["read"]}
    return {
        "pause_sending until": lambda at: api.post("/v1/account/pause", json={"until": at}),
        "change_subscriber paused_until": lambda at: api.patch(
            f"/v1/subscribers/{reader.id}", json={"paused_until": at}
        ),
        "change_issue send_not_after": lambda at: api.patch(
            f"/v1/issues/{issue.id}", json={"send_not_after": at}
        ),
        "plan_issue send_at": lambda at: api.post(
            f"/v1/issues/{issue.id}/plan", json={"send_at": at}
        ),
        "create_key expires_at": lambda at: api.post("/v1/keys", json={**key, "expires_at": at}),
    }


def test_fields_with_an_instant_are_those_that_are_read_so() -> None:
    document = bare_app().openapi()
    found = set()
    for methods in document["paths"].values():
        for operation in methods.values():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for choice in (body.get("schema", {}), *body.get("schema", {}).get("anyOf", ())):
                name = choice.get("$ref", "").rpartition("/")[2]
                fields = document["components"]["schemas"].get(name, {}).get("properties", {})
                found |= {
                    (operation["operationId"], field)
                    for field, schema in fields.items()
                    if "date-time" in str(schema)
                }
    assert found == FIELDS


@pytest.mark.parametrize(
    "name",
    [
        "pause_sending until",
        "change_subscriber paused_until",
        "change_issue send_not_after",
        "plan_issue send_at",
        "create_key expires_at",
    ],
)
def test_time_without_zone_is_read_on_the_publications_clocks(
    asks: dict[str, Asked], name: str
) -> None:
    ask = asks[name]
    _, field = name.split()
    shown = {"until": "paused_until", "send_at": "starts_at"}.get(field, field)

    answer = ask("2100-07-01T07:00")
    assert answer.status_code < 300, answer.text
    assert answer.json()[shown] == "2100-07-01T05:00:00Z"
    assert answer.headers[HEADER] == "Europe/Vienna"
    assert HEADER not in ask("2100-07-02T07:00:00Z").headers
    for at in ("2100-03-28T02:30", "2100-10-31T02:30"):
        refused = ask(at)
        assert refused.status_code == 422, refused.text
        assert "Europe/Vienna" in refused.json()["detail"]
        assert refused.json()["errors"][0]["pointer"] == f"/{field}"


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31)),  # noqa: DTZ001 - times without zone
    st.sampled_from(ZONES),
)
def test_clock_shows_the_time_that_was_read_on_it(wall: datetime, zone: str) -> None:
    try:
        at = read_clock(zone, wall)
    except InvalidInput:
        return
    assert at.tzinfo is UTC
    assert at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
