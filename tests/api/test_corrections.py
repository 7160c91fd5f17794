"""Corrections over the API: made after launch, listed with who got what, told of by a mail."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.container import Container
from app.db.session import transaction
from app.delivery.claim import lease_batch, open_call
from app.delivery.editions import render_pending
from app.delivery.launch import launch
from app.delivery.record import close_call
from app.enums import Depth, EditionState
from app.issues.lifecycle import lock_issue
from app.models import Category, Edition, Story
from app.transports.base import Accepted
from tests.api.clients import load
from tests.factories import make_subscriber

_NOTE = "We had the figure wrong."


@pytest.fixture
def issue_id(api: TestClient, container: Container, now: datetime) -> int:
    """Return the id of an issue that two readers have got."""
    issue_id = load(api, ("First", "AI"))
    with transaction(container.sessions) as session:
        mask = session.scalars(select(Category).where(Category.slug == "ai")).one().mask
        for _ in range(2):
            make_subscriber(session, follows=mask, depth=Depth.BRIEF)
        launch(session, lock_issue(session, issue_id), now)
    _render(container, now)
    with transaction(container.sessions) as session:
        lease = lease_batch(session, "one", now)
        assert lease is not None
        call = open_call(session, lease, 50, now)
        assert call is not None
        close_call(session, call.call_id, [Accepted("a")] * 2, now)
    return issue_id


def _render(container: Container, now: datetime) -> None:
    with transaction(container.sessions) as session:
        pending = select(Edition.id).where(Edition.state == EditionState.PENDING)
        ids = session.scalars(pending).all()
    base_url = container.settings.base_url
    for edition_id in ids:
        render_pending(container.sessions, edition_id, container.templates, base_url, now)


@pytest.fixture
def story_id(container: Container, issue_id: int) -> int:
    with transaction(container.sessions) as session:
        return session.scalars(select(Story.id).where(Story.issue_id == issue_id)).one()


def test_correction_is_made_listed_and_told_of(
    api: TestClient, container: Container, issue_id: int, story_id: int, now: datetime
) -> None:
    path = f"/v1/issues/{issue_id}/corrections"
    body = {"story_id": story_id, "changes": {"what": " It  works. "}, "note": _NOTE}
    made = api.post(path, json=body)
    assert made.status_code == 201, made.text
    assert made.json()["after"] == {"what": "It works."}
    assert made.json()["revision"] == 2
    _render(container, now)
    shown = api.get(f"{path}/{made.json()['id']}").json()
    assert (shown["n_wrong"], shown["n_to_tell"], shown["n_in_doubt"]) == (2, 2, 0)
    listed = api.get(path).json()
    assert listed["revisions"] == [{"revision": 1, "settled": {"accepted": 2}}]
    mail = api.post(f"{path}/{made.json()['id']}/mail")
    assert mail.status_code == 201, mail.text
    assert (mail.json()["corrects_id"], mail.json()["state"]) == (issue_id, "draft")
    preview = api.get(f"/v1/issues/{mail.json()['id']}/preview", params={"format": "text"})
    assert _NOTE in preview.text
    checks = api.get(f"/v1/issues/{mail.json()['id']}/checks").json()
    codes = {one["code"] for one in checks["findings"]}
    assert not codes & {"another_on_its_way", "another_of_the_day"}
    assert api.get(path).json()["items"][0]["mail_issue_id"] == mail.json()["id"]
    assert api.post(f"{path}/{made.json()['id']}/mail").status_code == 409


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"category": "ai"}, 422, "/changes/category"),
        ({"what": ""}, 422, None),
        ({"url": "javascript:alert(1)"}, 422, "/changes/url"),
        ({"title": "First"}, 422, None),
    ],
)
def test_correction_is_refused_with_its_place(
    api: TestClient,
    issue_id: int,
    story_id: int,
    changes: dict[str, str],
    status: int,
    pointer: str | None,
) -> None:
    body = {"story_id": story_id, "changes": changes, "note": _NOTE}
    answer = api.post(f"/v1/issues/{issue_id}/corrections", json=body)
    assert answer.status_code == status
    errors = answer.json().get("errors") or []
    assert [one["pointer"] for one in errors] == ([pointer] if pointer else [])
    assert api.get(f"/v1/issues/{issue_id}").json()["revision"] == 1


def test_correction_of_a_draft_says_that_it_can_be_edited(api: TestClient) -> None:
    issue_id = load(api, ("First", "AI"))
    story_id = api.get(f"/v1/issues/{issue_id}/stories").json()["items"][0]["id"]
    body = {"story_id": story_id, "changes": {"what": "It works."}, "note": _NOTE}
    answer = api.post(f"/v1/issues/{issue_id}/corrections", json=body)
    assert answer.status_code == 409
    assert "approve" in answer.json()["possible_steps"]
