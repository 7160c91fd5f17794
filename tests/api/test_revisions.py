"""Revisions over the API: listed by pages, restored, with If-Match."""

from fastapi.testclient import TestClient

from tests.api.clients import COMPLETE, load


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
