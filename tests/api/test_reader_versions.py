"""A reader is changed and erased as they were read, where the asker says so."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

READER = "/v1/subscribers/1"


@pytest.fixture(autouse=True)
def _reader(api: TestClient) -> None:
    body = {"readers": [{"address": "ada@example.com", "depth": "deep"}]}
    assert api.post("/v1/subscribers", json=body).status_code == 201


def test_get_and_change_say_the_version_as_their_etag(api: TestClient) -> None:
    seen = api.get(READER)
    assert seen.headers["ETag"] == f'"{seen.json()["version"]}"'
    condition = {"If-Match": seen.headers["ETag"]}
    changed = api.patch(READER, json={"depth": "brief"}, headers=condition)
    assert (changed.status_code, changed.json()["depth"]) == (200, "brief")
    assert changed.headers["ETag"] == f'"{changed.json()["version"]}"'
    assert changed.headers["ETag"] == api.get(READER).headers["ETag"] != seen.headers["ETag"]


def test_second_of_two_changes_is_told_what_the_first_did(api: TestClient) -> None:
    condition = {"If-Match": api.get(READER).headers["ETag"]}
    api.patch(READER, json={"depth": "brief", "hour": 6}, headers=condition)
    for refused in (
        api.patch(READER, json={"depth": "headlines"}, headers=condition),
        api.delete(READER, headers=condition),
    ):
        assert (refused.status_code, refused.json()["code"]) == (412, "stale")
        assert refused.headers["ETag"] == api.get(READER).headers["ETag"]
        (change,) = refused.json()["changes"]
        assert (change["verb"], change["fields"]) == ("change_reader", ["depth", "hour"])
    now = api.get(READER).json()
    assert (now["state"], now["depth"], now["hour"]) == ("active", "brief", 6)


def test_what_a_reader_did_themselves_raises_the_version_too(
    api: TestClient, session: Session
) -> None:
    condition = {"If-Match": api.get(READER).headers["ETag"]}
    session.execute(text("UPDATE subscribers SET hour = 6"))
    session.commit()
    refused = api.patch(READER, json={"hour": 7}, headers=condition)
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert "changes" not in refused.json(), "what readers do themselves is in no audit"


def test_change_that_changes_nothing_leaves_the_version(api: TestClient) -> None:
    seen = api.get(READER)
    same = {"depth": seen.json()["depth"]}
    assert api.patch(READER, json=same).headers["ETag"] == seen.headers["ETag"]


def test_without_a_condition_whatever_there_is_is_changed_and_erased(api: TestClient) -> None:
    assert api.patch(READER, json={"hour": 6}).status_code == 200
    condition = {"If-Match": api.get(READER).headers["ETag"]}
    assert api.delete(READER, headers=condition).status_code == 204
    assert api.delete(READER).status_code == 204
    assert api.get(READER).json()["state"] == "erased"
