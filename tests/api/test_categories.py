"""Categories and the publication over the API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient


def test_category_gets_what_its_slug_says_unless_given(api: TestClient) -> None:
    made = api.post("/v1/categories", json={"name": " AI "})
    assert made.status_code == 201
    assert made.json() == {
        "slug": "ai",
        "name": "AI",
        "state": "open",
        "position": 1,
        "template": "",
        "accent": "#5B3FD6",
        "accent_dark": "#B3A4FF",
        "subject_template": "",
        "preheader_template": "",
        "send_time": None,
        "weekdays": None,
    }
    own = {"name": "Ops", "slug": "devops", "template": "default", "accent": "#000000"}
    own |= {"accent_dark": "#ffffff", "subject_template": "", "preheader_template": ""}
    hours = {"send_time": "06:30", "weekdays": [5, 1]}
    made = api.post("/v1/categories", json=own | hours)
    assert made.json() == own | {
        "state": "open",
        "position": 2,
        "send_time": "06:30",
        "weekdays": [1, 5],
    }
    assert [each["slug"] for each in api.get("/v1/categories").json()["items"]] == ["ai", "devops"]


def test_category_is_refused_when_it_is_there_or_has_no_letter(api: TestClient) -> None:
    api.post("/v1/categories", json={"name": "AI"})
    taken = api.post("/v1/categories", json={"name": "ai"})
    assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")
    nameless = api.post("/v1/categories", json={"name": "!"})
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "/name")


def test_category_is_opened_hidden_and_retired(api: TestClient) -> None:
    made = api.post("/v1/categories", json={"name": "Rust", "state": "hidden"}).json()
    assert made["state"] == "hidden"
    api.post("/v1/categories", json={"name": "AI"})
    for state in ("open", "retired", "hidden"):
        changed = api.patch("/v1/categories/rust", json={"state": state})
        assert (changed.status_code, changed.json()["state"]) == (200, state)
        listed = api.get("/v1/categories", params={"state": state}).json()["items"]
        assert "rust" in [one["slug"] for one in listed]
    assert len(api.get("/v1/categories").json()["items"]) == 2
    assert api.get("/v1/categories", params={"state": "gone"}).status_code == 422
    assert api.patch("/v1/categories/rust", json={"state": "gone"}).status_code == 422


def test_name_of_another_category_is_a_conflict(api: TestClient) -> None:
    api.post("/v1/categories", json={"name": "AI"})
    api.post("/v1/categories", json={"name": "Ops"})
    taken = api.patch("/v1/categories/ops", json={"name": "a i"})
    assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")
    assert "“AI” already" in taken.json()["detail"]
    assert api.patch("/v1/categories/ops", json={"name": "OPS"}).json()["slug"] == "ops"
    nameless = api.patch("/v1/categories/ops", json={"name": "!"})
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "/name")


def test_reader_keeps_a_category_that_was_closed_and_gets_no_other(api: TestClient) -> None:
    for name in ("AI", "Ops", "Old"):
        api.post("/v1/categories", json={"name": name})
    body = {"readers": [{"address": "ada@example.com", "categories": ["ai", "old"]}]}
    assert api.post("/v1/subscribers", json=body).status_code == 201
    for slug in ("ops", "old"):
        api.patch(f"/v1/categories/{slug}", json={"state": "retired"})
    changed = api.patch("/v1/subscribers/1", json={"categories": ["ai", "old"]})
    assert (changed.status_code, changed.json()["categories"]) == (200, ["ai", "old"])
    refused = api.patch("/v1/subscribers/1", json={"categories": ["ai", "ops"]})
    assert refused.json()["errors"] == [
        {"pointer": "/categories/1", "detail": "“ops” is retired: nobody new can follow it"}
    ]
    refused = api.post(
        "/v1/subscribers", json={"readers": [{"address": "b@example.com", "categories": ["ops"]}]}
    )
    assert refused.status_code == 422


def test_one_of_two_is_refused_when_both_make_the_same_category_at_once(api: TestClient) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(
            lambda n: api.post("/v1/categories", json={"name": f"Number {n // 2}"}).status_code,
            range(8),
        )
        assert sorted(answers) == [201] * 4 + [409] * 4
    bits = [each["position"] for each in api.get("/v1/categories").json()["items"]]
    assert bits == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"template": "none-such"}, "/template"),
        ({"accent": "red"}, "/accent"),
        ({"accent": "#999999"}, "/accent"),
        ({"accent_dark": "#5B3FD6"}, "/accent_dark"),
        ({"send_time": "24:00"}, "/send_time"),
        ({"send_time": "07:00Z"}, "/send_time"),
        ({"send_time": 25_200}, "/send_time"),
        ({"weekdays": [0]}, "/weekdays/0"),
        ({"weekdays": [1, 1]}, "/weekdays"),
        ({"weekdays": [True]}, "/weekdays/0"),
        ({"position": 0}, "/position"),
        ({"position": "1"}, "/position"),
        ({"name": None}, "/name"),
        ({"slug": "x"}, "/slug"),
    ],
)
def test_change_names_the_field_when_it_is_wrong(
    api: TestClient, changes: dict[str, Any], pointer: str
) -> None:
    api.post("/v1/categories", json={"name": "AI"})
    answer = api.patch("/v1/categories/ai", json=changes)
    assert answer.status_code == 422
    assert [place["pointer"] for place in answer.json()["errors"]] == [pointer]


def test_change_leaves_what_is_not_given(api: TestClient) -> None:
    before = api.post("/v1/categories", json={"name": "AI", "send_time": "06:30"}).json()
    changed = api.patch("/v1/categories/ai", json={"weekdays": [], "template": "ai"})
    assert changed.json() == before | {"weekdays": [], "template": "ai"}
    assert api.patch("/v1/categories/ai", json={"send_time": None}).json()["send_time"] is None
    assert api.patch("/v1/categories/none", json={}).status_code == 404
    assert api.get("/v1/categories/a%00i").status_code == 404


def test_publication_changes_only_where_it_is_told(api: TestClient) -> None:
    before = api.get("/v1/publication").json()
    told = {
        "name": "Fresh Digest",
        "from_address": "Fresh, Daily <news@EXAMPLE.com>",
        "reply_to": "news@bücher.example",
        "postal_address": "1 Reading Lane\n1010 Vienna",
        "time_zone": "Europe/Vienna",
        "send_time": "06:30",
        "weekdays": [7, 6],
        "late_seconds": 600,
    }
    changed = api.patch("/v1/publication", json=told).json()
    kept = {"from_address": "Fresh, Daily <news@example.com>", "weekdays": [6, 7]}
    kept |= {"reply_to": "news@xn--bcher-kva.example"}
    assert changed == before | told | kept
    assert api.get("/v1/publication").json() == changed
    assert api.patch("/v1/publication", json={"reply_to": ""}).json()["reply_to"] == ""


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"from_address": ""}, "/from_address"),
        ({"from_address": "Fresh"}, "/from_address"),
        ({"from_address": "Fresh <a@b> c"}, "/from_address"),
        ({"from_address": "A <a@example.com>, B <b@example.com>"}, "/from_address"),
        ({"reply_to": "a@example.com, b@example.com"}, "/reply_to"),
        ({"reply_to": "x" * 65 + "@example.com"}, "/reply_to"),
        ({"from_address": "Fresh\r\nBcc: <a@example.com>"}, "/from_address"),
        ({"reply_to": "nobody"}, "/reply_to"),
        ({"time_zone": "Europe/Nowhere"}, "/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone"),
        ({"time_zone": ""}, "/time_zone"),
        ({"send_time": None}, "/send_time"),
        ({"late_seconds": -1}, "/late_seconds"),
        ({"late_seconds": 10**12}, "/late_seconds"),
        ({"weekdays": None}, "/weekdays"),
        ({"name": ""}, "/name"),
    ],
)
def test_publication_names_the_field_when_it_is_wrong(
    api: TestClient, changes: dict[str, Any], pointer: str
) -> None:
    before = api.get("/v1/publication").json()
    answer = api.patch("/v1/publication", json=changes)
    assert answer.status_code == 422
    assert [place["pointer"] for place in answer.json()["errors"]] == [pointer]
    assert api.get("/v1/publication").json() == before
