"""The steps of an issue and the schedule over the API, and what a wrong step answers."""

from datetime import date, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import Job
from app.enums import DayOutcome, IssueState, Scope
from app.issues.approval import reopen_if_changed
from app.issues.lifecycle import TRANSITIONS, Transition
from app.models import ScheduleDay
from tests.api.clients import bearer, digest, load, open_proposed, secret_of
from tests.factories import make_issue


def test_issue_goes_through_its_life(api: TestClient, jobs: list[Job]) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    assert api.post(f"{path}/approve").json()["state"] == "approved"
    assert api.post(f"{path}/reopen").json()["state"] == "draft"
    assert api.post(f"{path}/approve").json()["approved_at"] == "2026-11-23T06:00:00Z"
    scheduled = api.post(f"{path}/schedule").json()
    assert (scheduled["state"], scheduled["send_at"]) == ("scheduled", "2026-11-23T07:00:00Z")
    assert scheduled["send_not_after"] == "2026-11-23T11:00:00Z"
    again = api.post(f"{path}/schedule", json={"send_at": "2026-11-24T08:00:00+01:00"}).json()
    assert again["send_at"] == "2026-11-24T07:00:00Z"
    assert ("launch_due", ()) in jobs
    assert api.post(f"{path}/cancel").json()["possible_steps"] == []


def test_running_issue_is_paused_with_its_reason_and_resumed(
    api: TestClient, session: Session, now: datetime
) -> None:
    running = make_issue(session, state=IssueState.SENDING, launched_at=now)
    path = f"/v1/issues/{running.id}"
    session.commit()
    assert api.post(f"{path}/pause").json()["paused_because"] == "paused by an editor"
    assert api.post(f"{path}/resume").json()["paused_because"] is None
    paused = api.post(f"{path}/pause", json={"because": "a wrong link"})
    assert paused.json()["paused_because"] == "a wrong link"
    wrongs: list[object] = [{"because": ""}, {"because": "a\x00"}, {"because": "a\nb"}, []]
    for wrong in wrongs:
        assert api.post(f"{path}/pause", json=wrong).status_code == 422


@pytest.mark.parametrize("state", list(IssueState))
def test_wrong_step_says_what_is_possible(
    api: TestClient, session: Session, state: IssueState
) -> None:
    path = f"/v1/issues/{make_issue(session, state=state).id}"
    session.commit()
    for step in set(Transition) - TRANSITIONS[state]:
        answer = api.post(f"{path}/{step}")
        assert answer.status_code == 409
        told = answer.json()
        assert told["code"] == "wrong_state"
        assert told.get("possible_steps", []) == sorted(TRANSITIONS[state])
        assert all(possible in told["detail"] for possible in TRANSITIONS[state])
        assert api.post(f"/v1/issues/99/{step}").status_code == 404


def test_approval_names_incomplete_stories(api: TestClient) -> None:
    body = '{"stories": [{"title": "A", "category": "AI", "summary": "S"}]}'
    headers = {"Content-Type": "application/json"}
    loaded = api.post("/v1/issues/load", content=body, headers=headers).json()
    open_proposed(api, loaded)
    story_id = loaded["incomplete"][0]["story_id"]
    refused = api.post(f"/v1/issues/{loaded['issues'][0]['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (422, "checks_failed")
    pointers = [f"/stories/{story_id}/what", f"/stories/{story_id}/why_it_matters"]
    assert [place["pointer"] for place in refused.json()["errors"]] == pointers
    blocking = [one for one in refused.json()["findings"] if one["severity"] == "blocks"]
    assert [one["pointer"] for one in blocking] == pointers
    assert {one["severity"] for one in refused.json()["findings"]} == {"blocks", "warns"}


def test_second_issue_of_a_day_is_a_conflict(api: TestClient) -> None:
    first, second = (load(api, ("A", "AI")) for _ in range(2))
    assert api.post(f"/v1/issues/{first}/approve").status_code == 200
    refused = api.post(f"/v1/issues/{second}/approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert api.get(f"/v1/issues/{second}").json()["state"] == "draft"


@pytest.mark.parametrize(
    "times",
    [
        {"send_not_after": "2026-11-23T05:00:00Z"},
        {"send_at": "2026-11-23T08:00:00Z", "send_not_after": "2026-11-23T07:59:59Z"},
        {"send_at": "9999-12-31T23:59:59"},
        {"send_at": "9999-12-31T23:59:59Z"},
        {"send_at": "0001-01-01T00:00:00Z"},
        {"send_at": 1_800_000_000},
        {"at": "2026-11-23T08:00:00Z"},
    ],
)
def test_schedule_is_refused_when_its_times_cannot_be(
    api: TestClient, times: dict[str, object]
) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    api.post(f"{path}/approve")
    assert api.post(f"{path}/schedule", json=times).status_code == 422
    assert api.get(path).json()["state"] == "approved"


@pytest.mark.parametrize("day", ["2000-01-01", "2199-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_issue_has_a_slot_at_the_edge_of_the_calendar(api: TestClient, day: str, zone: str) -> None:
    api.patch("/v1/publication", json={"time_zone": zone, "send_time": "23:59"})
    body = digest(("A", "AI"), issued_on=day)
    loaded = api.post("/v1/issues/load", content=body, headers={"Content-Type": "application/json"})
    open_proposed(api, loaded.json())
    path = f"/v1/issues/{loaded.json()['issues'][0]['id']}"
    assert api.post(f"{path}/approve").status_code == 200
    assert api.post(f"{path}/schedule").status_code in {200, 422}


def test_edit_key_cannot_change_what_somebody_approved(
    api: TestClient,
    public: TestClient,
    container: Container,
    session: Session,
    now: datetime,
) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    assert api.post(f"{path}/approve").status_code == 200
    edit = bearer(secret_of(container, [Scope.READ, Scope.EDIT], now))
    changed = public.patch(
        "/v1/categories/ai", json={"subject_template": "Buy now: {first}"}, headers=edit
    )
    assert changed.status_code == 200
    refused = api.post(f"{path}/schedule")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "category ai: subject template" in refused.json()["detail"]
    assert reopen_if_changed(session, int(path.rsplit("/", 1)[1]), container.check_settings, now)
    session.commit()
    told = api.get(path).json()
    assert (told["state"], told["approved_at"]) == ("draft", None)
    assert told["reopened_because"] == (
        "changed since it was approved: category ai: subject template"
    )
    assert public.post(f"{path}/approve", headers=edit).status_code == 403
    approved = api.post(f"{path}/approve").json()
    assert (approved["state"], approved["reopened_because"]) == ("approved", None)
    assert api.post(f"{path}/schedule").status_code == 200


def test_schedule_says_which_issue_comes_next_on_each_lane(api: TestClient) -> None:
    api.post("/v1/categories", json={"name": "AI", "send_time": "05:00", "weekdays": [2]})
    api.post("/v1/categories", json={"name": "Ops", "weekdays": []})
    api.patch("/v1/publication", json={"time_zone": "Europe/Vienna", "send_time": "08:00"})
    draft = load(api, ("A", "AI"))
    told = api.get("/v1/schedule").json()
    assert told["time_zone"] == "Europe/Vienna"
    whole, ai, ops = told["lanes"]
    assert (whole["category"], whole["next_slot"]) == (None, "2026-11-23T07:00:00Z")
    assert whole["issue"] == {"id": draft, "state": "draft", "send_at": None}
    assert (ai["category"], ai["next_day"], ai["issue"]) == ("ai", "2026-11-24", None)
    assert (ai["send_time"], ai["next_slot"]) == ("05:00", "2026-11-24T04:00:00Z")
    assert (ops["weekdays"], ops["next_day"], ops["next_slot"]) == ([], None, None)


def test_schedule_prefers_the_issue_that_is_on_its_way(api: TestClient) -> None:
    first, _ = (load(api, ("A", "AI")) for _ in range(2))
    api.post(f"/v1/issues/{first}/approve")
    assert api.get("/v1/schedule").json()["lanes"][0]["issue"]["id"] == first


@pytest.mark.parametrize("n_days", [0, 3, 35])
def test_schedule_tells_the_last_thirty_days_latest_first(
    api: TestClient, session: Session, now: datetime, n_days: int
) -> None:
    days = [date.fromordinal(date(2026, 11, 22).toordinal() - n) for n in range(n_days)]
    for day in days:
        session.add(ScheduleDay(day=day, outcome=DayOutcome.SKIPPED, noted_at=now))
    session.commit()
    told = api.get("/v1/schedule").json()["days"]
    assert [each["day"] for each in told] == [str(day) for day in days[:30]]
