"""What is changed after launch over the API: stories corrected, issues and stories taken down."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import transaction
from app.delivery.claim import lease_batch
from app.delivery.editions import render_pending
from app.delivery.launch import launch
from app.delivery.record import close_call
from app.enums import Depth, EditionState, IssueState, Scope
from app.issues.lifecycle import lock_issue
from app.models import Category, Edition, Issue, Story
from app.transports.base import Accepted
from tests.api.clients import bearer, load, secret_of
from tests.claims import open_call
from tests.factories import make_category, make_issue, make_story, make_subscriber

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


@pytest.fixture
def sent(session: Session, now: datetime) -> Issue:
    """Make an issue that was sent, with one story."""
    issue = make_issue(session, state=IssueState.SENT, launched_at=now)
    make_story(session, issue, make_category(session))
    session.commit()
    return issue


def _paths(session: Session, issue: Issue) -> Sequence[str]:
    story = session.query(Story).filter_by(issue_id=issue.id).one()
    return (f"/v1/issues/{issue.id}", f"/v1/issues/{issue.id}/stories/{story.id}")


def test_what_is_taken_down_says_since_when_and_why(
    api: TestClient, session: Session, sent: Issue
) -> None:
    for path in _paths(session, sent):
        assert api.get(path).json()["taken_down_at"] is None
        taken = api.post(f"{path}/take-down", json={"note": "We had it wrong."})
        told = (taken.json()["taken_down_at"], taken.json()["taken_down_note"])
        assert (taken.status_code, told) == (200, ("2026-11-23T06:00:00Z", "We had it wrong."))
        assert api.post(f"{path}/take-down").json()["taken_down_note"] is None
        assert api.get(path).json()["taken_down_at"] == "2026-11-23T06:00:00Z"
        for _ in range(2):
            assert api.post(f"{path}/put-back").json()["taken_down_at"] is None


@pytest.mark.parametrize(
    ("state", "is_public", "sentence"),
    [
        (IssueState.DRAFT, False, "is draft and not public: there is nothing to take down."),
        (IssueState.SENDING, False, "is sending and not public"),
        (IssueState.SENDING, True, "Cancel it first."),
        (IssueState.PAUSED, True, "Cancel it first."),
    ],
)
def test_what_is_not_public_or_under_way_is_not_taken_down(
    api: TestClient,
    session: Session,
    now: datetime,
    sent: Issue,
    state: IssueState,
    is_public: bool,  # noqa: FBT001  # what the parameter is about
    sentence: str,
) -> None:
    sent.state, sent.public_at = state, now if is_public else None
    session.commit()
    for path in _paths(session, sent):
        answer = api.post(f"{path}/take-down")
        assert answer.status_code == 409
        assert sentence in answer.json()["detail"]
        assert api.get(path).json()["taken_down_at"] is None


@pytest.mark.parametrize("note", ["", "two\nlines", "x" * 501])
def test_note_is_a_line_of_a_readable_length(
    api: TestClient, session: Session, sent: Issue, note: str
) -> None:
    for path in _paths(session, sent):
        assert api.post(f"{path}/take-down", json={"note": note}).status_code == 422


def test_taking_down_needs_the_right_to_send(
    public: TestClient, container: Container, session: Session, sent: Issue, now: datetime
) -> None:
    public.headers.update(bearer(secret_of(container, [Scope.READ, Scope.EDIT], now)))
    for path in _paths(session, sent):
        assert public.post(f"{path}/take-down").status_code == 403
        assert public.post(f"{path}/put-back").status_code == 403
