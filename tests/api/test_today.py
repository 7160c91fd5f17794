"""Today over the API: the same facts as the desk's front page."""

from datetime import datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.account import pause_account
from app.enums import IssueState
from app.issues.daily import launch_if_due
from app.models import Setback, UnplacedLine
from tests.api.clients import load
from tests.factories import make_issue, make_subscriber


def test_today_tells_what_goes_out_next_and_then_how_far_it_is(
    api: TestClient, session: Session, now: datetime
) -> None:
    empty = api.get("/v1/today").json()
    assert (empty["next"]["issue_id"], empty["next"]["n_readers"]) == (None, 0)
    assert (empty["going_out"], empty["last"], len(empty["days"])) == ([], None, 14)
    issue_id = load(api, ("Of AI", "AI"), ("Of Ops", "Ops"))
    make_subscriber(session, follows=1)
    make_subscriber(session, follows=3)
    session.commit()
    coming = api.get("/v1/today").json()["next"]
    assert (coming["issue_id"], coming["state"], coming["n_stories"]) == (issue_id, "draft", 2)
    assert (coming["n_readers"], coming["n_cuts"], coming["blocking"]) == (2, 2, [])
    api.post(f"/v1/issues/{issue_id}/approve")
    api.post(f"/v1/issues/{issue_id}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    assert launch_if_due(session, issue_id, now)
    session.commit()
    told = api.get("/v1/today").json()
    (going_out,) = told["going_out"]
    assert (going_out["issue_id"], going_out["state"], going_out["n_due"]) == (
        issue_id,
        "sending",
        2,
    )
    assert told["needs"]["events_silent_since"] is None
    assert not told["needs"]["account"]["is_paused"]


def test_today_tells_what_needs_a_person_and_how_the_last_issue_went(
    api: TestClient, session: Session, now: datetime
) -> None:
    draft = load(api, ("Of AI", "AI"))
    session.add(UnplacedLine(issue_id=draft, line=3, text="x", reason="why", after=""))
    what = {"what": "tidy: forget", "reason": "There is no space.", "n_times": 2}
    session.add(Setback(**what, first_at=now, last_at=now))
    pause_account(session, CLI, "the domain is being moved", now)
    began = now - timedelta(days=1)
    sent = make_issue(
        session,
        issued_on=began.date(),
        state=IssueState.SENT,
        launched_at=began,
        sent_at=began,
        n_due=0,
    )
    session.commit()
    told = api.get("/v1/today").json()
    assert told["needs"]["unplaced"] == [{"issue_id": draft, "n": 1}]
    assert told["needs"]["n_setbacks"] == 1
    assert told["needs"]["account"]["paused_because"] == "the domain is being moved"
    assert (told["last"]["issue_id"], told["last"]["is_yesterdays"]) == (sent.id, True)
    assert (told["last"]["n_left"], told["last"]["most_read"]) == (0, None)
