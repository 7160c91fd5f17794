"""Readers in doubt over the API: listed a page at a time, and decided by hand."""

from collections.abc import Callable
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.partitions import ensure_partition
from app.enums import DeliveryState, Depth, EditionState, IssueState
from app.models import Batch, Delivery, Edition, Issue
from tests.factories import make_issue

Doubtful = Callable[..., Issue]


@pytest.fixture
def doubtful(session: Session, now: datetime) -> Doubtful:
    """Return a function that makes an issue with five readers in doubt, and one who is not."""

    def make(state: IssueState = IssueState.SENDING) -> Issue:
        issue = make_issue(session, state=state, n_due=6, launched_at=now, rendered_at=now)
        ensure_partition(session, issue.id)
        edition = Edition(
            issue_id=issue.id,
            follows=1,
            depth=Depth.BRIEF,
            revision=1,
            state=EditionState.RENDERED,
            n_readers=6,
        )
        session.add(edition)
        session.flush()
        for reader in range(1, 7):
            in_doubt = reader < 6
            session.add(
                Delivery(
                    issue_id=issue.id,
                    subscriber_id=reader,
                    edition_id=edition.id,
                    call_id=1,
                    state=DeliveryState.IN_DOUBT if in_doubt else DeliveryState.ACCEPTED,
                    attempt=1,
                    reason="worker_lost" if in_doubt else None,
                    at=now,
                )
            )
        session.commit()
        return issue

    return make


def _states(session: Session) -> list[str]:
    session.expire_all()
    rows = session.scalars(select(Delivery).order_by(Delivery.subscriber_id))
    return [row.state.value for row in rows]


def test_doubts_are_listed_page_by_page(api: TestClient, doubtful: Doubtful) -> None:
    path = f"/v1/issues/{doubtful().id}/doubts"
    seen, after = [], None
    for _ in range(3):
        page = api.get(path, params={"limit": 2} | ({"after": after} if after else {})).json()
        seen += [each["subscriber_id"] for each in page["items"]]
        after = page["next"]
    assert (seen, after) == ([1, 2, 3, 4, 5], None)
    first = api.get(path, params={"limit": 1}).json()["items"][0]
    assert (first["reason"], first["attempt"]) == ("worker_lost", 1)
    assert first["doubtful_since"] == "2026-11-23T06:00:00Z"


@pytest.mark.parametrize(
    ("decision", "state"), [("sent", "accepted"), ("give_up", "failed"), ("resend", "queued")]
)
def test_decision_is_of_those_who_are_named(
    api: TestClient, session: Session, doubtful: Doubtful, decision: str, state: str
) -> None:
    path = f"/v1/issues/{doubtful().id}/doubts/decide"
    body = {"decision": decision, "subscriber_ids": [2, 4, 6, 99]}
    assert api.post(path, json=body).json() == {"n_readers": 2}
    assert _states(session) == ["in_doubt", state, "in_doubt", state, "in_doubt", "accepted"]
    assert api.post(path, json=body).json() == {"n_readers": 0}
    assert api.post(path, json={"decision": decision}).json() == {"n_readers": 3}
    assert _states(session) == [state] * 5 + ["accepted"]


def test_resending_opens_a_sent_issue_again(
    api: TestClient, session: Session, doubtful: Doubtful
) -> None:
    issue = doubtful(IssueState.SENT)
    api.post(f"/v1/issues/{issue.id}/doubts/decide", json={"decision": "resend"})
    session.refresh(issue)
    assert issue.state is IssueState.SENDING
    assert session.scalars(select(Batch.subscriber_ids)).all() == [[1, 2, 3, 4, 5]]


def test_resending_is_a_conflict_while_another_issue_of_the_day_is_on_its_way(
    api: TestClient, session: Session, doubtful: Doubtful
) -> None:
    issue = doubtful(IssueState.SENT)
    make_issue(session, state=IssueState.APPROVED)
    session.commit()
    refused = api.post(f"/v1/issues/{issue.id}/doubts/decide", json={"decision": "resend"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert _states(session) == ["in_doubt"] * 5 + ["accepted"]


def test_cancelled_issue_is_not_sent_again(api: TestClient, doubtful: Doubtful) -> None:
    path = f"/v1/issues/{doubtful(IssueState.CANCELLED).id}/doubts/decide"
    refused = api.post(path, json={"decision": "resend"})
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert api.post(path, json={"decision": "give_up"}).json() == {"n_readers": 5}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "maybe"},
        {"decision": "sent", "subscriber_ids": []},
        {"decision": "sent", "subscriber_ids": [0]},
        {"decision": "sent", "subscriber_ids": [2**63]},
        {"decision": "sent", "subscriber_ids": ["1"]},
        {"decision": "sent", "everybody": True},
    ],
)
def test_decision_is_refused_when_it_is_none(
    api: TestClient, session: Session, doubtful: Doubtful, body: object
) -> None:
    path = f"/v1/issues/{doubtful().id}/doubts/decide"
    assert api.post(path, json=body).status_code == 422
    assert _states(session) == ["in_doubt"] * 5 + ["accepted"]


def test_doubts_of_no_issue_are_not_found(api: TestClient) -> None:
    assert api.get("/v1/issues/99/doubts").status_code == 404
    assert api.post("/v1/issues/99/doubts/decide", json={"decision": "sent"}).status_code == 404
