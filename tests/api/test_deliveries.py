"""Who got an issue over the API: listed, exported, asked for one reader, and resent to one."""

import csv
import io
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.container import Container
from app.delivery.account import pause_account
from app.delivery.launch import launch
from app.enums import DeliveryState, EditionState, IssueState, Scope
from app.issues.lifecycle import lock_issue
from app.models import Batch, Delivery, Edition, Issue, Resend, Subscriber
from tests.api.clients import bearer, secret_of
from tests.factories import make_category, make_issue, make_story, make_subscriber


@pytest.fixture
def issue(session: Session, now: datetime) -> Issue:
    """Make an issue of three readers, of whom the first has it; a fourth follows nothing of it."""
    ai = make_category(session, "ai")
    made = make_issue(session, state=IssueState.SCHEDULED, send_at=now)
    make_story(session, made, ai)
    for name in ("+ada", "bob", "cy"):
        make_subscriber(session, f"{name}@example.com", follows=ai.mask)
    make_subscriber(session, "dora@example.com", follows=0)
    launch(session, lock_issue(session, made.id), now)
    made.rendered_at = now
    edition = session.scalars(select(Edition)).one()
    edition.state = EditionState.RENDERED
    batch = session.scalars(select(Batch)).one()
    batch.n_taken = 1
    session.add(
        Delivery(
            issue_id=made.id,
            subscriber_id=batch.subscriber_ids[0],
            edition_id=edition.id,
            state=DeliveryState.DELIVERED,
            attempt=1,
            provider_id="0102-a",
            at=now,
            event_at=now,
        )
    )
    session.commit()
    return made


def _id_of(session: Session, address: str) -> int:
    return session.scalars(select(Subscriber.id).where(Subscriber.address == address)).one()


def test_deliveries_are_listed_page_by_page_and_narrowed(
    api: TestClient, session: Session, issue: Issue
) -> None:
    path = f"/v1/issues/{issue.id}/deliveries"
    seen, after = [], None
    for _ in range(2):
        page = api.get(path, params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += [(each["address"], each["state"]) for each in page["items"]]
        after = page["next"]
    assert after is None
    assert seen == [
        ("+ada@example.com", "delivered"),
        ("bob@example.com", "queued"),
        ("cy@example.com", "queued"),
    ]
    one = api.get(path, params={"address": "CY@example.com"}).json()["items"]
    assert [each["address"] for each in one] == ["cy@example.com"]
    assert api.get(path, params={"address": "no@example.com"}).json() == {"items": [], "next": None}
    assert len(api.get(path, params={"state": "queued"}).json()["items"]) == 2
    edition = api.get(f"/v1/issues/{issue.id}/progress").json()["editions"][0]["id"]
    assert len(api.get(path, params={"edition": edition}).json()["items"]) == 3
    assert api.get(path, params={"edition": edition + 1}).json()["items"] == []
    for wrong in ({"state": "gone"}, {"edition": 0}, {"address": "none"}, {"after": "x"}):
        assert api.get(path, params=wrong).status_code == 422
    assert api.get("/v1/issues/99/deliveries").status_code == 404


def test_deliveries_are_exported_as_csv(api: TestClient, issue: Issue) -> None:
    answer = api.get(f"/v1/issues/{issue.id}/deliveries.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["address"], row["state"], row["at"]) for row in rows] == [
        ("'+ada@example.com", "delivered", "2026-11-23T06:00:00+00:00"),
        ("bob@example.com", "queued", ""),
        ("cy@example.com", "queued", ""),
    ]
    queued = api.get(f"/v1/issues/{issue.id}/deliveries.csv", params={"state": "queued"}).text
    assert len(queued.splitlines()) == 3
    assert api.get("/v1/issues/99/deliveries.csv").status_code == 404


def test_reader_and_issue_are_told_together(
    api: TestClient, session: Session, issue: Issue, now: datetime
) -> None:
    def told(address: str) -> dict[str, object]:
        number = _id_of(session, address)
        found = api.get(f"/v1/subscribers/{number}/issues/{issue.id}").json()
        assert (found["subscriber_id"], found["issue_id"]) == (number, issue.id)
        return dict(found)

    ada = told("+ada@example.com")
    assert (ada["reception"], ada["why_not"], ada["detail"]) == (
        *("has", None),
        "It was delivered on 2026-11-23 06:00 UTC.",
    )
    assert ada["delivery"]["provider_id"] == "0102-a"  # type: ignore[index]  # an object
    assert ada["edition"]["categories"] == ["ai"]  # type: ignore[index]  # an object
    dora = told("dora@example.com")
    assert (dora["reception"], dora["why_not"]) == ("nothing", "nothing_to_read_then")
    assert (dora["delivery"], dora["edition"], dora["resends"]) == (None, None, [])
    pause_account(session, SYSTEM, "the domain is being moved", now)
    session.commit()
    bob = told("bob@example.com")
    assert (bob["reception"], bob["why_not"]) == ("waits", "account_paused")
    assert "devoured account resume" in str(bob["mend"])
    assert api.get(f"/v1/subscribers/99/issues/{issue.id}").status_code == 404
    cy = _id_of(session, "cy@example.com")
    assert api.get(f"/v1/subscribers/{cy}/issues/99").status_code == 404


def test_paused_account_is_the_reason_in_progress_and_listing(
    api: TestClient, session: Session, issue: Issue, now: datetime
) -> None:
    paths = (f"/v1/issues/{issue.id}", f"/v1/issues/{issue.id}/progress")
    assert [api.get(path).json()["standstill"] for path in paths] == [None, None]
    pause_account(session, SYSTEM, "the domain is being moved", now)
    session.commit()
    told = [api.get(path).json()["standstill"] for path in paths]
    told += [each["standstill"] for each in api.get("/v1/issues").json()["items"]]
    assert len(told) == 3
    for one in told:
        assert one["why"] == "account_paused"
        assert one["detail"] == "The account is paused: the domain is being moved."
        assert "POST /v1/account/resume" in one["mend"]


def test_resend_is_refused_with_what_is_known_and_kept_with_who_asked(
    api: TestClient, container: Container, session: Session, issue: Issue, now: datetime
) -> None:
    number = _id_of(session, "+ada@example.com")
    path = f"/v1/subscribers/{number}/issues/{issue.id}/resend"
    for body in (None, {}, {"again": False}):
        refused = api.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert "It was delivered on 2026-11-23 06:00 UTC." in refused.json()["detail"]
    assert session.scalars(select(Resend)).all() == []
    for wrong in ({"again": "yes"}, {"twice": True}):
        assert api.post(path, json=wrong).status_code == 422
    desk = bearer(secret_of(container, [Scope.SEND, Scope.PEOPLE], now))
    told = api.post(path, json={"again": True}, headers=desk)
    assert told.status_code == 200
    assert (told.json()["reception"], told.json()["why_not"]) == ("waits", "next")
    asked = told.json()["resends"]
    assert [(one["asked_by"], one["again"], one["state"]) for one in asked] == [
        ("tests", True, "delivered")
    ]
    data = api.get(f"/v1/subscribers/{number}/data").json()
    assert data["resends"] == [
        {
            "issue": issue.id,
            "asked_at": "2026-11-23T06:00:00Z",
            "state_before": "delivered",
        }
    ]


def test_resend_takes_in_who_joined_later(
    api: TestClient, session: Session, issue: Issue, now: datetime
) -> None:
    late = make_subscriber(session, follows=1)
    session.commit()
    told = api.post(f"/v1/subscribers/{late.id}/issues/{issue.id}/resend").json()
    assert (told["reception"], told["resends"][0]["state"]) == ("waits", None)
    assert api.get(f"/v1/issues/{issue.id}").json()["n_due"] == 4
    assert api.post(f"/v1/subscribers/99/issues/{issue.id}/resend").status_code == 404
    other = make_issue(session)
    session.commit()
    refused = api.post(f"/v1/subscribers/{late.id}/issues/{other.id}/resend")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
