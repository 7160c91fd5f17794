from dataclasses import replace
from datetime import datetime

from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Job
from app.enums import Scope
from app.main import create_app
from tests.api.clients import bearer, load, secret_of


def test_checks_say_what_blocks_and_approval_refuses_with_the_same(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    api.patch("/v1/publication", json={"postal_address": ""})
    checked = api.get(f"{path}/checks").json()
    assert (checked["n_blocking"], checked["findings"][0]["code"]) == (1, "no_postal_address")
    assert checked["findings"][0]["pointer"] == "/publication/postal_address"
    refused = api.post(f"{path}/approve")
    assert (refused.status_code, refused.json()["code"]) == (422, "checks_failed")
    assert refused.json()["findings"] == checked["findings"]
    assert api.get(path).json()["state"] == "draft"


def test_approval_tells_the_warnings(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    warned = api.get(f"{path}/checks").json()
    approved = api.post(f"{path}/approve").json()
    assert (approved["state"], warned["n_blocking"]) == ("approved", 0)
    assert approved["findings"] == warned["findings"]
    assert {"missing_link", "sender_placeholder", "no_readers"} == {
        one["code"] for one in approved["findings"]
    }


def test_warnings_that_the_publication_does_not_want_are_not_found(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    unwanted = ["no_readers", "missing_link", "missing_link"]
    changed = api.patch("/v1/publication", json={"unwanted_warnings": unwanted})
    assert changed.json()["unwanted_warnings"] == ["missing_link", "no_readers"]
    codes = {one["code"] for one in api.get(f"{path}/checks").json()["findings"]}
    assert codes == {"sender_placeholder"}
    refused = api.patch("/v1/publication", json={"unwanted_warnings": ["no_postal_address"]})
    assert refused.status_code == 422
    api.patch("/v1/publication", json={"unwanted_warnings": []})
    codes = {one["code"] for one in api.get(f"{path}/checks").json()["findings"]}
    assert codes == {"sender_placeholder", "no_readers", "missing_link"}


def test_checks_of_no_issue_are_not_found(api: TestClient) -> None:
    assert api.get("/v1/issues/99/checks").status_code == 404


def test_warning_is_waived_by_the_holder_of_a_key_and_opened_again(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('Act now', 'AI'))}"
    checked = api.get(f"{path}/checks").json()
    finding = next(one for one in checked["findings"] if one["code"] == "spam_phrase")
    made = api.post(f"{path}/waivers", json={"finding_id": finding["id"], "because": "a name"})
    assert made.status_code == 201
    assert (made.json()["waived_by"], made.json()["revision"]) == ("tests", 1)
    assert api.get(f"{path}/waivers").json()["items"] == [made.json()]
    after = api.get(f"{path}/checks").json()
    assert (after["n_warnings"], after["n_waived"]) == (checked["n_warnings"] - 1, 1)
    waived = next(one for one in after["findings"] if one["id"] == finding["id"])
    assert (waived["waived_by"], waived["waived_at"]) == ("tests", "2026-11-23T06:00:00Z")
    assert api.delete(f"{path}/waivers/{finding['id']}").status_code == 204
    assert api.delete(f"{path}/waivers/{finding['id']}").status_code == 404
    assert api.get(f"{path}/checks").json() == checked


def test_finding_that_blocks_is_not_waived(api: TestClient) -> None:
    path = f"/v1/issues/{load(api, ('A', 'AI'))}"
    api.patch("/v1/publication", json={"postal_address": ""})
    finding = api.get(f"{path}/checks").json()["findings"][0]
    assert api.post(f"{path}/waivers", json={"finding_id": finding["id"]}).status_code == 409
    assert api.post(f"{path}/waivers", json={"finding_id": "0" * 16}).status_code == 404
    assert api.post(f"{path}/waivers", json={"finding_id": "x"}).status_code == 422


def test_links_are_asked_for_where_that_is_switched_on(
    container: Container, jobs: list[Job], now: datetime
) -> None:
    settings = container.settings.model_copy(update={"check_links": True})
    application = create_app(replace(container, settings=settings))
    with TestClient(application, headers=bearer(secret_of(container, [Scope.ADMIN], now))) as on:
        issue = load(on, ("A", "AI"))
        on.patch(f"/v1/issues/{issue}/stories/1", json={"url": "https://news.dev/a"})
        assert ("check_links", ()) in jobs
        assert on.post(f"/v1/issues/{issue}/checks/links").status_code == 202
        assert ("check_links", (issue,)) in jobs
        assert on.post("/v1/issues/99/checks/links").status_code == 404
        codes = {one["code"] for one in on.get(f"/v1/issues/{issue}/checks").json()["findings"]}
        assert "links_not_seen" in codes


def test_links_are_not_asked_for_where_that_is_switched_off(api: TestClient) -> None:
    issue = load(api, ("A", "AI"))
    assert api.post(f"/v1/issues/{issue}/checks/links").status_code == 409
