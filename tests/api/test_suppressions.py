"""Suppressions over the API: by address in the body, never in a path."""

from fastapi.testclient import TestClient

BODY = {"address": "Reader@example.com"}
LIFT = {**BODY, "because": "the mailbox was full"}


def test_suppression_keeps_its_strongest_reason_until_it_is_lifted(api: TestClient) -> None:
    assert api.post("/v1/suppressions/lookup", json=BODY).status_code == 404
    first = api.post("/v1/suppressions", json={**BODY, "note": "by mail"})
    again = api.post("/v1/suppressions", json={**BODY, "reason": "soft_bounces"})
    found = api.post("/v1/suppressions/lookup", json={"address": "READER@example.com"})
    assert first.json() == again.json() == found.json()
    assert (found.json()["reason"], found.json()["note"]) == ("manual", "by mail")
    assert api.post("/v1/suppressions/lift", json=LIFT).status_code == 204
    assert api.post("/v1/suppressions/lift", json=LIFT).status_code == 404


def test_suppression_is_lifted_for_a_reason_that_is_kept(api: TestClient) -> None:
    api.post("/v1/suppressions", json={**BODY, "reason": "soft_bounces"})
    for because in ({}, {"because": ""}, {"because": "two\nlines"}):
        answer = api.post("/v1/suppressions/lift", json={**BODY, **because})
        assert answer.status_code == 422
    assert api.post("/v1/suppressions/lookup", json=BODY).json()["lifted"] == []
    assert api.post("/v1/suppressions/lift", json=LIFT).status_code == 204
    again = api.post("/v1/suppressions", json=BODY).json()
    (lifted,) = again["lifted"]
    assert (lifted["reason"], lifted["because"]) == ("soft_bounces", LIFT["because"])


def test_suppression_names_the_field_when_the_address_is_none(api: TestClient) -> None:
    answer = api.post("/v1/suppressions", json={"address": "nobody"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/address"
