"""The plan of an issue over the API, and its approval by the plan's hash."""

from datetime import date, datetime

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.enums import IssueState
from app.models import Story
from tests.api.clients import load
from tests.factories import make_issue, make_subscriber


def test_plan_is_shown_and_approved_by_its_hash(api: TestClient, session: Session) -> None:
    path = f"/v1/issues/{load(api, ('Of AI', 'AI'))}"
    make_subscriber(session, follows=1, hour=9, time_zone="UTC")
    make_subscriber(session, follows=2)
    session.commit()
    plan = api.post(f"{path}/plan").json()
    assert (plan["n_readers"], plan["n_before"], plan["previous"]) == (1, None, None)
    assert plan["starts_at"] == "2026-11-23T07:00:00Z"
    assert plan["waves"] == [{"at": "2026-11-23T09:00:00Z", "n_readers": 1}]
    assert plan["hours"] == [{"hour": 9, "n_readers": 1}]
    assert plan["left_out"] == [{"why": "nothing_to_read", "n_readers": 1}]
    assert [one["depth"] for one in plan["largest"]] == ["deep"]
    (ai,) = plan["categories"]
    assert ai["depths"] == plan["depths"]
    assert ai["depths"][2] == {"depth": "deep", "n_readers": 1, "n_before": None}
    assert plan["changed"] == []
    assert (plan["allowance"], plan["ends_at"], plan["n_over_quota"]) == (None, None, 0)
    now = api.post(f"{path}/plan", json={"send_at": "2026-11-20T08:00:00"})
    assert now.json()["starts_at"] == "2026-11-23T06:00:00Z"
    assert now.headers["Times-Read-In"] == "UTC"
    approved = api.post(f"{path}/approve", json={"plan": plan["hash"]})
    assert (approved.status_code, approved.json()["n_planned"]) == (200, 1)


def test_plan_names_the_issue_that_it_is_compared_with(
    api: TestClient, session: Session, now: datetime
) -> None:
    path = f"/v1/issues/{load(api, ('Of AI', 'AI'))}"
    make_subscriber(session, follows=1)
    before = make_issue(
        session, state=IssueState.SENT, issued_on=date(2026, 11, 20), launched_at=now
    )
    session.commit()
    plan = api.post(f"{path}/plan").json()
    assert plan["previous"] == {"id": before.id, "issued_on": "2026-11-20"}
    assert (plan["n_readers"], plan["n_before"]) == (1, 0)


def test_who_is_left_out_is_listed_a_page_at_a_time(api: TestClient, session: Session) -> None:
    path = f"/v1/issues/{load(api, ('Of AI', 'AI'))}"
    made = [make_subscriber(session, f"{n}@example.com", follows=2) for n in range(3)]
    make_subscriber(session, follows=1)
    session.commit()
    asked = {"why": "nothing_to_read", "limit": "2"}
    first = api.get(f"{path}/left-out", params=asked).json()
    assert [one["address"] for one in first["items"]] == ["0@example.com", "1@example.com"]
    last = api.get(f"{path}/left-out", params=asked | {"after": first["next"]}).json()
    assert ([one["id"] for one in last["items"]], last["next"]) == ([made[2].id], None)
    at = api.get(f"{path}/left-out?why=paused&send_at=2026-11-24T08:00:00")
    assert (at.json()["items"], at.headers["Times-Read-In"]) == ([], "UTC")
    assert len(api.get(f"{path}/left-out").json()["items"]) == 3
    assert api.get(f"{path}/left-out?why=tired").status_code == 422
    api.post(f"{path}/cancel")
    assert api.get(f"{path}/left-out?why=paused").json()["code"] == "wrong_state"


def test_approval_of_an_older_plan_says_what_changed(api: TestClient, session: Session) -> None:
    path = f"/v1/issues/{load(api, ('Of AI', 'AI'))}"
    first = api.post(f"{path}/plan").json()["hash"]
    story = session.query(Story).one()
    changed = api.patch(f"{path}/stories/{story.id}", json={"title": "Other"})
    assert changed.status_code == 200
    refused = api.post(f"{path}/approve", json={"plan": first})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_changed")
    assert refused.json()["changed"] == ["stories"]
    assert "its stories" in refused.json()["detail"]
    assert api.get(path).json()["state"] == "draft"
    second = api.post(f"{path}/plan").json()["hash"]
    assert api.post(f"{path}/approve", json={"plan": second}).status_code == 200


def test_what_is_no_hash_is_refused(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('Of AI', 'AI'))}"
    for wrong in ("", "5b1e", 7):
        answer = api.post(f"{path}/approve", json={"plan": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert api.post(f"{path}/approve", json={"plan": None}).status_code == 200


def test_there_is_no_plan_of_what_is_not_there_or_was_cancelled(api: TestClient) -> None:
    assert api.post("/v1/issues/99/plan").status_code == 404
    path = f"/v1/issues/{load(api, ('Of AI', 'AI'))}"
    api.post(f"{path}/cancel")
    assert api.post(f"{path}/plan").json()["code"] == "wrong_state"
