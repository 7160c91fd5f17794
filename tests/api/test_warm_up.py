"""The warm-up of the sending domain over the API."""

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.api.clients import load
from tests.factories import make_subscriber


def _readers(session: Session, n: int) -> None:
    for _ in range(n):
        make_subscriber(session, follows=1)
    session.commit()


def test_warm_up_is_started_shown_and_stopped(api: TestClient, session: Session) -> None:
    _readers(session, 9)
    none = api.get("/v1/account/warm-up").json()
    assert (none["is_going_on"], none["ceiling"]) == (False, None)
    begun = api.post("/v1/account/warm-up/start", json={"first": 3, "days": 4}).json()
    shown = {name: begun[name] for name in ("step", "n_days", "ceiling", "n_free", "last")}
    assert shown == {"step": 1, "n_days": 4, "ceiling": 3, "n_free": 3, "last": 9}
    assert api.get("/v1/account/warm-up").json() == begun
    assert api.post("/v1/account/warm-up/start").status_code == 409
    assert api.post("/v1/account/warm-up/stop").json() == none
    assert api.post("/v1/account/warm-up/stop").status_code == 409


def test_plan_says_the_warm_up_and_another_one_is_another_plan(
    api: TestClient, session: Session
) -> None:
    issue_id = load(api, ("Of AI", "AI"))
    _readers(session, 9)
    before = api.post(f"/v1/issues/{issue_id}/plan").json()
    assert before["warm_up"] is None
    assert before["n_wanted"] == before["n_readers"] == 9
    api.post("/v1/account/warm-up/start", json={"first": 4})
    plan = api.post(f"/v1/issues/{issue_id}/plan").json()
    assert (plan["n_readers"], plan["n_wanted"]) == (4, 9)
    assert {"why": "warm_up", "n_readers": 5} in plan["left_out"]
    assert plan["warm_up"]["ceiling"] == 4
    assert plan["hash"] != before["hash"]
    left_out = api.get(f"/v1/issues/{issue_id}/left-out?why=warm_up").json()["items"]
    assert len(left_out) == 5
