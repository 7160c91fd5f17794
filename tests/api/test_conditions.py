"""If-Match: honoured by every change of issues and stories, refused elsewhere, never ignored."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.enums import Scope
from app.main import bare_app
from tests.api.clients import COMPLETE, bearer, load, secret_of


@pytest.fixture
def issue(api: TestClient) -> str:
    """Make a draft with two stories, number 1 and 2."""
    return f"/v1/issues/{load(api, ('First', 'AI'), ('Second', 'DevOps'))}"


def test_get_and_change_say_the_version_as_their_etag(api: TestClient, issue: str) -> None:
    for path, change in ((issue, {"subject": "x"}), (f"{issue}/stories/1", {"title": "x"})):
        seen = api.get(path)
        assert seen.headers["ETag"] == f'"{seen.json()["version"]}"'
        changed = api.patch(path, json=change, headers={"If-Match": seen.headers["ETag"]})
        assert changed.status_code == 200
        assert changed.headers["ETag"] == api.get(path).headers["ETag"] != seen.headers["ETag"]


def test_second_of_two_editors_is_told_who_changed_what(
    api: TestClient, container: Container, now: datetime, issue: str
) -> None:
    story = f"{issue}/stories/1"
    read = api.get(story).headers["ETag"]
    api.patch(story, json={"title": "Another", "summary": "New."}, headers={"If-Match": read})
    secret = secret_of(container, [Scope.EDIT], now)
    headers = bearer(secret) | {"If-Match": read}
    refused = api.patch(story, json={"what": "Mine."}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert refused.headers["content-type"] == "application/problem+json"
    told = refused.json()
    assert refused.headers["ETag"] == f'"{told["version"]}"' == api.get(story).headers["ETag"]
    (change,) = told["changes"]
    assert change == {
        "at": "2026-11-23T06:00:00Z",
        "who": "tests",
        "verb": "change_story",
        "target": "story 1",
        "fields": ["summary", "title"],
    }
    assert "Since then: tests changed a story." in told["detail"]
    assert api.get(story).json()["what"] == COMPLETE["what"]
    # The issue of it was changed too, and it says what is possible now.
    of_issue = api.post(f"{issue}/approve", headers={"If-Match": '"1"'}).json()
    assert [one["target"] for one in of_issue["changes"]] == ["story 1"]
    assert of_issue["possible_steps"] == ["approve", "cancel"]


@pytest.mark.parametrize(
    ("header", "is_taken"),
    [
        ("*", True),
        ('"1"', True),
        ('"7", "1"', True),
        (' , "x,y" ,, "1" ,', True),
        ('"2"', False),
        ('W/"1"', False),
        ('W/"1", "2"', False),
        ('"01"', False),
        ('"1 "', None),
        ("1", None),
        ("", None),
        (",", None),
        ('"1" "2"', None),
        ('*, "1"', None),
    ],
)
def test_tags_are_read_as_the_rfc_has_them(
    api: TestClient,
    issue: str,
    header: str,
    is_taken: bool | None,  # noqa: FBT001 - a case
) -> None:
    answer = api.patch(issue, json={"subject": "x"}, headers={"If-Match": header})
    assert answer.status_code == {True: 200, False: 412, None: 422}[is_taken], answer.text
    if is_taken is None:
        assert answer.json()["errors"][0]["pointer"] == "header If-Match"
    assert (api.get(issue).json()["subject"] == "x") == bool(is_taken)


def test_several_header_lines_are_one_list(api: TestClient, issue: str) -> None:
    for lines, status in (((b'"7"', b'"1"'), 200), ((b'"7"', b'"8"'), 412)):
        headers = [*api.headers.raw, *((b"If-Match", line) for line in lines)]
        answer = api.patch(issue, json={"subject": "x"}, headers=headers)
        assert answer.status_code == status


def test_nothing_is_read_of_a_condition_before_the_key(public: TestClient, issue: str) -> None:
    answer = public.patch(issue, json={"subject": "x"}, headers={"If-Match": '"9"'})
    assert answer.status_code == 401


def _changing() -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, methods in bare_app().openapi()["paths"].items()
        for method, operation in methods.items()
        if method != "get" and operation.get("security")
    ]


@pytest.mark.parametrize(("method", "path"), _changing())
def test_every_change_with_a_condition_that_fails_is_refused(
    api: TestClient, issue: str, method: str, path: str
) -> None:
    """A stale tag never gets through, whatever the route: it is held against, or refused."""
    body: dict[str, Any] = {"json": _BODIES.get(f"{method} {path}", {})}
    api.post("/v1/pastes", json={"text": "x"})
    api.post("/v1/users", json={"name": "Ada", "address": "ada@example.com", "roles": ["editor"]})
    api.post("/v1/subscribers", json={"readers": [{"address": "ada@example.com"}]})
    if path.endswith("issue_id}/load"):
        path += "?mode=add"
        body = {"content": '{"stories": []}', "headers": {"Content-Type": "application/json"}}
    if path.endswith("/{story_id}/restore"):
        api.delete(f"{issue}/stories/1")
    address = path.format(
        issue_id=1,
        story_id=1,
        subscriber_id=1,
        slug="ai",
        key_id=1,
        import_id=1,
        correction_id=1,
        finding_id="5b1e0c7a94d2f386",
        share_id=1,
        unplaced_id=1,
        user_id=1,
        passkey_id=1,
        identity_id=1,
        paste_id=1,
        webhook_id=1,
        revision_id=1,
    )
    headers = body.pop("headers", {}) | {"If-Match": '"999"'}
    answer = api.request(method, address, headers=headers, **body)
    assert (answer.status_code, answer.json()["code"]) in {(412, "stale"), (412, "no_condition")}
    versioned = (
        "/v1/issues/{issue_id}",
        "/v1/pastes/{paste_id}",
        "/v1/publication",
        "/v1/categories/{slug}",
    )
    has_version = path.startswith(versioned) and not any(word in path for word in _BESIDE)
    has_version |= (method, path) in {
        ("PATCH", "/v1/users/{user_id}"),
        ("PATCH", "/v1/subscribers/{subscriber_id}"),
        ("DELETE", "/v1/subscribers/{subscriber_id}"),
    }
    assert (answer.json()["code"] == "stale") == has_version


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/doubts/decide", {"decision": "sent"}, 200),
        ("/send-test", {"address": "desk@example.com"}, 202),
        ("/waivers", {"finding_id": "5b1e0c7a94d2f386"}, 404),
    ],
)
def test_condition_that_holds_is_gone_beyond(
    api: TestClient, issue: str, path: str, body: dict[str, str], status: int
) -> None:
    """What is beside an issue's text is done to the version that was read, and to no other."""
    read = api.get(issue).headers["ETag"]
    assert api.post(issue + path, json=body, headers={"If-Match": read}).status_code == status
    api.patch(issue, json={"subject": "x"})
    assert api.post(issue + path, json=body, headers={"If-Match": read}).status_code == 412


_BESIDE = {
    "/checks": "it wakes a worker, which looks at links and changes nothing of the issue",
    "/share": "a link shows the issue as it is whenever it is opened",
    "/plan": "it says what would happen, and changes nothing",
    "/mail": "it makes another issue, of what its correction says, which never changes",
}
"""Parts of an issue that have no version and refuse a condition, and why."""

_BODIES: dict[str, Any] = {
    "PATCH /v1/pastes/{paste_id}": {"text": "x"},
    "PATCH /v1/publication": {"name": "x"},
    "PATCH /v1/categories/{slug}": {"name": "x"},
    "POST /v1/pastes/{paste_id}/mend": {"lines": [1], "mend": "drop"},
    "PATCH /v1/issues/{issue_id}": {"subject": "x"},
    "PATCH /v1/issues/{issue_id}/stories/{story_id}": {"title": "x"},
    "POST /v1/issues/{issue_id}/stories": {"title": "x"},
    "PUT /v1/issues/{issue_id}/stories/order": {"story_ids": [2, 1]},
    "POST /v1/issues/{issue_id}/stories/move": {"story_ids": [2], "position": 1},
    "POST /v1/issues/{issue_id}/stories/drop": {"story_ids": [2]},
    "POST /v1/issues/{issue_id}/unplaced/{unplaced_id}/place": {"field": "title"},
    "POST /v1/issues/{issue_id}/pause": {"because": "x"},
    "POST /v1/issues/{issue_id}/waivers": {"finding_id": "5b1e0c7a94d2f386"},
    "POST /v1/issues/{issue_id}/doubts/decide": {"decision": "sent"},
    "POST /v1/issues/{issue_id}/send-test": {"address": "desk@example.com"},
    "POST /v1/issues/{issue_id}/corrections": {
        "story_id": 1,
        "changes": {"what": "x"},
        "note": "x",
    },
}


def test_retry_with_a_key_is_answered_alike_though_its_condition_holds_no_more(
    api: TestClient, issue: str
) -> None:
    headers = {"Idempotency-Key": "once", "If-Match": '"1"'}
    first = api.post(f"{issue}/stories", json={"title": "x"}, headers=headers)
    again = api.post(f"{issue}/stories", json={"title": "x"}, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    fresh = api.post(f"{issue}/stories", json={"title": "x"}, headers={"If-Match": '"1"'})
    assert fresh.status_code == 412
