"""Revisions over the API: listed by pages, restored, with If-Match."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.issues.revisions import texts_of
from app.models import Issue, Revision, Story
from tests.api.clients import COMPLETE, load
from tests.api.test_audit_of_all import ROUTES

_CHANGING = [route for route in ROUTES if "/v1/issues" in route or "/v1/pastes" in route]


def test_story_says_again_what_it_said(api: TestClient) -> None:
    issue_id = load(api, ("First", "AI"), ("Second", "DevOps"))
    story = f"/v1/issues/{issue_id}/stories/1"
    api.patch(story, json={"what": "Another.", "category": "devops"})
    listed = api.get(f"{story}/revisions").json()
    newest, oldest = listed["items"]
    assert listed["next"] is None
    assert (newest["changed"], newest["who"]) == (["category", "what"], ["tests"])
    assert (newest["what"], newest["category"], newest["verb"]) == (
        "Another.",
        "devops",
        "change_story",
    )
    assert (oldest["what"], oldest["category"], oldest["verb"]) == (COMPLETE["what"], "ai", "load")
    restore = f"{story}/revisions/{oldest['id']}/restore"
    assert api.post(restore, headers={"If-Match": '"1"'}).status_code == 412
    etag = api.get(story).headers["ETag"]
    restored = api.post(restore, headers={"If-Match": etag})
    assert restored.status_code == 200, restored.text
    assert (restored.json()["what"], restored.json()["category"]) == (COMPLETE["what"], "ai")
    assert restored.headers["ETag"] == api.get(story).headers["ETag"] != etag
    assert [one["verb"] for one in api.get(f"{story}/revisions").json()["items"]] == [
        "restore_revision",
        "change_story",
        "load",
    ]


def test_pages_follow_one_another(api: TestClient) -> None:
    issue = f"/v1/issues/{load(api, ('First', 'AI'))}"
    first = f"{issue}/revisions"
    api.patch(issue, json={"subject": "One"})
    (restored,) = api.get(first).json()["items"][-1:]
    api.post(f"{issue}/revisions/{restored['id']}/restore")
    api.patch(issue, json={"subject": "Two"})
    whole = api.get(first).json()["items"]
    assert [one["subject"] for one in whole] == ["Two", "", "One", ""]
    found, path = [], f"{first}?limit=1"
    while path:
        page = api.get(path).json()
        found += page["items"]
        path = f"{first}?limit=1&after={page['next']}" if page["next"] else ""
    assert found == whole


def test_who_asks_for_what_is_not_there_is_told(api: TestClient) -> None:
    issue_id = load(api, ("First", "AI"))
    base = f"/v1/issues/{issue_id}"
    assert api.get(f"{base}/stories/9/revisions").status_code == 404
    assert api.get("/v1/issues/99/revisions").status_code == 404
    assert api.post(f"{base}/stories/1/revisions/999/restore").status_code == 404
    assert api.get(f"{base}/stories/1/revisions?limit=51").status_code == 422


def test_dropped_story_shows_its_history(api: TestClient) -> None:
    story = f"/v1/issues/{load(api, ('First', 'AI'))}/stories/1"
    api.patch(story, json={"what": "Another."})
    api.delete(story)
    newest, oldest = api.get(f"{story}/revisions").json()["items"]
    assert (newest["what"], oldest["what"]) == ("Another.", COMPLETE["what"])
    assert api.post(f"{story}/revisions/{oldest['id']}/restore").status_code == 404
    api.post(f"{story}/restore")
    assert api.post(f"{story}/revisions/{oldest['id']}/restore").json()["what"] == COMPLETE["what"]


@pytest.mark.parametrize("route", _CHANGING)
def test_no_route_lets_a_text_go_unkept(
    api: TestClient, session: Session, now: datetime, route: str
) -> None:
    prepare, body = ROUTES[route]
    found = prepare(api, session, now)
    session.rollback()
    before = _told(session)
    method, path = route.split(" ")
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    if isinstance(body, str):
        sent = {"json": {body: found[body], "because": "It is meant so."}}
    api.request(method, path.format(**found), **({} if body is None else sent))
    kept = list(session.execute(select(Revision.story_id, Revision.issue_id, Revision.before)))
    after = _told(session)
    for (issue_id, story_id), texts in before.items():
        # What was dropped is kept whole.
        is_dropped = (issue_id, story_id) not in after
        is_same = is_dropped or after[issue_id, story_id] == texts
        assert is_same or (story_id, issue_id, texts) in kept
    for issue_id, story_id in after.keys() - before.keys():
        assert (story_id, issue_id, None) in kept, "nobody kept who made it"


def _told(session: Session) -> dict[tuple[int, int | None], dict[str, object]]:
    """Return what the history keeps of each issue and story, by their numbers."""
    session.rollback()
    rows = [*session.scalars(select(Issue)), *session.scalars(select(Story))]
    return {
        (row.issue_id, row.id) if isinstance(row, Story) else (row.id, None): texts_of(row)
        for row in rows
    }
