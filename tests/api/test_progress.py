"""Progress and schedule over the API: counts that add up, and what comes next."""

from datetime import date, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import DayOutcome, DeliveryState, Depth
from app.issues.daily import launch_if_due
from app.models import Batch, Delivery, Edition, ScheduleDay
from tests.api.clients import load
from tests.factories import make_subscriber


def test_progress_adds_up_to_the_audience(api: TestClient, session: Session, now: datetime) -> None:
    issue_id = load(api, ("Of AI", "AI"), ("Of Ops", "Ops"))
    path = f"/v1/issues/{issue_id}"
    readers = [make_subscriber(session, follows=1, depth=Depth.BRIEF).id for _ in range(3)]
    make_subscriber(session, follows=3)
    make_subscriber(session, follows=4)
    session.commit()
    assert api.get(f"{path}/progress").json()["n_due"] == 0
    api.post(f"{path}/approve")
    api.post(f"{path}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    assert launch_if_due(session, issue_id, now)
    edition_id = session.scalars(select(Edition.id).where(Edition.n_readers == 3)).one()
    for reader, state in zip(readers, (DeliveryState.ACCEPTED, DeliveryState.FAILED), strict=False):
        session.add(
            Delivery(
                issue_id=issue_id,
                subscriber_id=reader,
                edition_id=edition_id,
                state=state,
                attempt=1,
                at=now,
            )
        )
    batch = session.scalars(select(Batch).where(Batch.edition_id == edition_id)).one()
    batch.n_taken = 2
    session.commit()
    told = api.get(f"{path}/progress").json()
    assert (told["state"], told["n_due"], told["n_nothing_to_read"]) == ("sending", 4, 1)
    assert (told["queued"], told["sending"]) == (2, 0)
    assert told["settled"] == {"accepted": 1, "failed": 1}
    names = ("categories", "depth", "n_readers", "settled")
    assert [tuple(each[name] for name in names) for each in told["editions"]] == [
        (["ai"], "brief", 3, {"accepted": 1, "failed": 1}),
        (["ai", "ops"], "deep", 1, {}),
    ]


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
