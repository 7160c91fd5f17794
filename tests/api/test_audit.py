"""`GET /v1/audit`: filtered, page by page, by who holds `admin`."""

from datetime import datetime

from fastapi.testclient import TestClient

from app.container import Container
from app.enums import Scope
from tests.api.clients import bearer, load, secret_of


def test_audit_is_turned_page_by_page_and_filtered(api: TestClient) -> None:
    issue = f"/v1/issues/{load(api, ('First', 'AI'), ('Second', 'AI'))}"
    for n in range(5):
        api.patch(f"{issue}/stories/1", json={"what": f"Change {n}."})
    api.post(f"{issue}/approve")
    api.post(f"{issue}/cancel")
    query: dict[str, str | int] = {"limit": 3, "issue_id": issue.rpartition("/")[2]}
    found = []
    while True:
        page = api.get("/v1/audit", params=query).json()
        found += page["items"]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    numbers = [one["id"] for one in found]
    assert numbers == sorted(set(numbers), reverse=True)
    verbs = [one["verb"] for one in found]
    assert verbs[:7] == ["cancel", "approve", *["change_story"] * 5]
    assert found[0]["before"]["state"] == "approved"
    assert {(one["who_kind"], one["who"]) for one in found} == {("key", "tests")}
    only = api.get("/v1/audit", params={"verb": "approve", "who": "tests", "who_kind": "key"})
    assert [one["verb"] for one in only.json()["items"]] == ["approve"]
    assert api.get("/v1/audit", params={"since": "2027-01-01T00:00:00Z"}).json()["items"] == []
    for wrong in ({"verb": "eat"}, {"after": "x"}, {"since": "yesterday"}, {"who": "a\x01"}):
        assert api.get("/v1/audit", params=wrong).status_code == 422


def test_audit_needs_admin(public: TestClient, container: Container, now: datetime) -> None:
    others = [scope for scope in Scope if scope is not Scope.ADMIN]
    headers = bearer(secret_of(container, others, now))
    assert public.get("/v1/audit", headers=headers).status_code == 403
