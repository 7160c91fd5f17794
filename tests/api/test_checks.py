from fastapi.testclient import TestClient

from tests.api.clients import load


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


def test_checks_of_no_issue_are_not_found(api: TestClient) -> None:
    assert api.get("/v1/issues/99/checks").status_code == 404
