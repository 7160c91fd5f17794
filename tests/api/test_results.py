"""Results over the API: how an issue went, by figure and by story."""

from datetime import datetime

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import Cause, LinkKind
from app.issues.daily import launch_if_due
from app.models import Deferral, Opinion, Story, TrackedLink
from tests.api.clients import load
from tests.factories import make_subscriber


def test_results_tell_figures_and_stories(api: TestClient, session: Session, now: datetime) -> None:
    issue_id = load(api, ("Of AI", "AI"), ("Of Ops", "Ops"))
    reader = make_subscriber(session, follows=1, address="anna@gmail.com")
    session.commit()
    api.post(f"/v1/issues/{issue_id}/approve")
    api.post(f"/v1/issues/{issue_id}/schedule", json={"send_at": "2026-11-23T06:00:00Z"})
    assert launch_if_due(session, issue_id, now)
    first = session.scalars(select(Story).order_by(Story.position)).first()
    assert first is not None
    of = {"issue_id": issue_id, "url": "https://a.example/"}
    session.add_all(
        [
            TrackedLink(kind=LinkKind.STORY, story_id=first.id, n_human=3, n_machine=2, **of),
            TrackedLink(kind=LinkKind.SPONSOR, story_id=0, n_human=1, **of),
            TrackedLink(kind=LinkKind.WITHIN, story_id=first.id, key=9, n_human=2, **of),
        ]
    )
    session.add_all(
        Opinion(issue_id=issue_id, subscriber_id=n, was_good=n != 2, said_at=now) for n in (1, 2, 3)
    )
    session.add(
        Deferral(
            issue_id=issue_id,
            subscriber_id=reader.id,
            cause=Cause.OURS,
            reason="IPFailure 4.7.28",
            at=now,
        )
    )
    session.commit()
    told = api.get(f"/v1/issues/{issue_id}/results").json()
    assert (told["n_due"], told["settled"], told["complained"]) == (1, {}, None)
    put_off = {"provider": "Gmail", "cause": "ours", "reason": "IPFailure 4.7.28"}
    assert told["put_off"] == [{**put_off, "n": 1, "n_waiting": 1}]
    assert (told["n_clicks"], told["n_machine"], told["opens"]) == (6, 2, None)
    assert [one["title"] for one in told["stories"]] == ["Of AI", "Of Ops"]
    assert told["stories"][0]["links"] == {"story": {"n_human": 3, "n_machine": 2, "n_readers": 0}}
    assert told["stories"][0]["within"] == [
        {"url": "https://a.example/", "n_human": 2, "n_machine": 0, "n_readers": 0}
    ]
    assert told["stories"][1]["within"] == []
    assert told["others"]["sponsor"]["n_human"] == 1
    assert {one["provider"] for one in told["complaint_lines"]} == {"Gmail", "Yahoo"}
    assert (told["n_left"], told["left_after"]) == (0, [])
    assert (told["n_good"], told["n_not_good"]) == (2, 1)


def test_results_of_no_issue_are_not_found(api: TestClient) -> None:
    assert api.get("/v1/issues/99/results").status_code == 404
