"""Lines that no field took, over the API: listed, blocking, placed and dropped."""

from fastapi.testclient import TestClient

from tests.api.clients import COMPLETE

DIGEST = f"""\
Hello from the desk

A story (2 minute read)

A story (2 minute read)

AI
{COMPLETE["summary"]}
Link: https://example.org/story
What: {COMPLETE["what"]}
Why it matters: {COMPLETE["why_it_matters"]}

Try it at home.
"""


def load(api: TestClient) -> int:
    headers = {"Content-Type": "text/plain"}
    answer = api.post("/v1/issues/load", content=DIGEST, headers=headers)
    assert answer.status_code == 201, answer.text
    assert [line["line"] for line in answer.json()["unplaced"]] == [1, 13]
    return int(answer.json()["issues"][0]["id"])


def blocking(api: TestClient, issue_id: int) -> list[str]:
    findings = api.get(f"/v1/issues/{issue_id}/checks").json()["findings"]
    return [one["detail"] for one in findings if one["code"] == "unplaced_line"]


def test_issue_is_blocked_until_each_line_is_placed_or_dropped(api: TestClient) -> None:
    issue_id = load(api)
    base = f"/v1/issues/{issue_id}/unplaced"
    first, second = api.get(base).json()["items"]
    assert second == {
        "id": second["id"],
        "line": 13,
        "text": "Try it at home.",
        "reason": "no field takes it: the one before it ended at the blank line",
        "after": "A story",
        "field": "why_it_matters",
    }
    assert len(blocking(api, issue_id)) == 2
    refused = api.post(f"/v1/issues/{issue_id}/approve")
    assert refused.status_code == 422
    assert refused.json()["code"] == "checks_failed"
    (story,) = api.get(f"/v1/issues/{issue_id}/stories").json()["items"]
    body = {"field": "takeaway", "story_id": story["id"]}
    placed = api.post(f"{base}/{second['id']}/place", json=body)
    assert placed.status_code == 200, placed.text
    assert placed.json()["takeaway"] == "Try it at home."
    assert len(blocking(api, issue_id)) == 1
    assert api.delete(f"{base}/{first['id']}").status_code == 204
    assert blocking(api, issue_id) == []
    assert api.delete(f"{base}/{first['id']}").status_code == 404


def test_all_lines_are_dropped_at_once(api: TestClient) -> None:
    issue_id = load(api)
    answer = api.delete(f"/v1/issues/{issue_id}/unplaced")
    assert (answer.status_code, answer.json()) == (200, {"n_dropped": 2})
    assert api.get(f"/v1/issues/{issue_id}/unplaced").json() == {"items": []}


def test_line_is_refused_with_a_pointer_when_it_has_nowhere_to_go(api: TestClient) -> None:
    issue_id = load(api)
    base = f"/v1/issues/{issue_id}/unplaced"
    line = api.get(base).json()["items"][0]["id"]
    for body, pointer in (
        ({"field": "what"}, "/story_id"),
        ({"field": "title", "story_id": 1}, "/story_id"),
        ({"field": "nowhere"}, "/field"),
    ):
        answer = api.post(f"{base}/{line}/place", json=body)
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert api.post(f"{base}/{line}/place", json={"field": "title"}).status_code == 200


def test_line_goes_on_in_the_story_above_without_naming_it(api: TestClient) -> None:
    issue_id = load(api)
    base = f"/v1/issues/{issue_id}/unplaced"
    first, second = api.get(base).json()["items"]
    assert api.post(f"{base}/{first['id']}/place", json={}).status_code == 422
    refused = api.post(f"{base}/{second['id']}/place", json={"story_id": 1})
    assert refused.status_code == 422
    placed = api.post(f"{base}/{second['id']}/place", json={})
    assert placed.json()["why_it_matters"].endswith("Try it at home.")
