"""Loading a digest over the API, and writing it out again."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api import loads
from app.content.parse import parse
from tests.api.clients import COMPLETE, digest, load, open_proposed
from tests.api.test_subscribers import walk

TEXT = """\
Fresh Devoured
A compiler that explains itself (7 minute read)

A compiler that explains itself (7 minute read)

DevOps
A new compiler tells why it refuses a program.
What: It shows the chain of reasons.
Why it matters: People find mistakes sooner.
Cut off (GitHub Repo)

Cut off (GitHub Repo)

Summary
Digest devoured!
"""
JSON = {"Content-Type": "application/json"}


def post(api: TestClient, body: str | bytes, kind: str, **query: str) -> dict[str, Any]:
    headers = {"Content-Type": kind} if kind else {}
    answer = api.post("/v1/issues/load", content=body, headers=headers, params=query)
    assert answer.status_code == 201, answer.text
    loaded: dict[str, Any] = answer.json()
    return loaded


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/plain; charset=utf-8", "", "application/octet-stream"]
)
def test_load_tells_what_it_could_not_use(api: TestClient, kind: str) -> None:
    loaded = post(api, TEXT, kind)
    assert loaded["n_stories"] == 2
    assert loaded["dropped"] == []
    (issue,) = loaded["issues"]
    assert (issue["state"], issue["issued_on"]) == ("draft", "2026-11-23")
    (incomplete,) = loaded["incomplete"]
    assert incomplete["title"] == "Cut off"
    assert "summary" in incomplete["missing"]
    dropping = post(api, TEXT, kind, drop_incomplete="true")
    assert (dropping["n_stories"], dropping["dropped"]) == (1, ["Cut off"])


def test_load_proposes_new_categories_and_their_stories_wait_for_them(api: TestClient) -> None:
    loaded = post(api, digest(("A", "C#"), ("B", "C++")), "application/json")
    assert loaded["new_categories"] == [
        {"slug": "c-sharp", "name": "C#"},
        {"slug": "c-plus-plus", "name": "C++"},
    ]
    path = f"/v1/issues/{loaded['issues'][0]['id']}"
    refused = api.post(f"{path}/approve")
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == [
        "/categories/c-sharp/state",
        "/categories/c-plus-plus/state",
    ]
    assert "of C#, which is hidden" in refused.json()["errors"][0]["detail"]
    open_proposed(api, loaded)
    assert api.post(f"{path}/approve").status_code == 200
    assert post(api, digest(("A", "c++")), "application/json")["new_categories"] == []


def test_load_reports_lines_that_no_field_took(api: TestClient) -> None:
    loaded = post(
        api, "Nobody knows what this is\n" + TEXT.removeprefix("Fresh Devoured\n"), "text/plain"
    )
    assert loaded["unplaced"] == [
        {
            "line": 1,
            "text": "Nobody knows what this is",
            "reason": "it stands before the first story",
            "after": "",
            "field": "",
        },
        {
            "line": 14,
            "text": "Summary",
            "reason": "a mark with nothing after it",
            "after": "Cut off",
            "field": "",
        },
    ]


@pytest.mark.parametrize(
    ("form", "kind"), [("markdown", "text/markdown"), ("json", "application/json")]
)
def test_issue_loads_again_as_it_was_written_out(api: TestClient, form: str, kind: str) -> None:
    own = {"issued_on": "2026-04-28", "subject": "One, two", "preheader": "And three"}
    own |= {"opening": "Good morning: “two” # today.", "sign_off": "Until tomorrow, Ada"}
    first = api.post(
        "/v1/issues/load", content=digest(("A", "AI"), ("B", "Ops"), **own), headers=JSON
    )
    issue = first.json()["issues"][0]
    assert own.items() <= issue.items()
    written = api.get(f"/v1/issues/{issue['id']}/export", params={"form": form})
    assert written.headers["content-type"].partition(";")[0] == kind
    again = post(api, written.content, kind)["issues"][0]
    assert {**again, "id": issue["id"]} == issue
    rewritten = api.get(f"/v1/issues/{again['id']}/export", params={"form": form})
    assert rewritten.content == written.content


def test_export_writes_the_text_form(api: TestClient) -> None:
    issue_id = load(api, ("A story", "AI"))
    written = api.get(f"/v1/issues/{issue_id}/export")
    assert written.headers["content-type"] == "text/plain; charset=utf-8"
    assert written.text.count("A story (") == 2


def test_load_makes_an_issue_of_each_category_when_it_is_split(api: TestClient) -> None:
    answer = api.post(
        "/v1/issues/load?split_by_category=true&issued_on=2026-05-01",
        content=digest(("A", "AI"), ("B", "Ops"), ("C", "AI")),
        headers=JSON,
    )
    issues = answer.json()["issues"]
    assert [(issue["category"], issue["issued_on"]) for issue in issues] == [
        ("ai", "2026-05-01"),
        ("ops", "2026-05-01"),
    ]
    counts = [len(api.get(f"/v1/issues/{i['id']}/stories").json()["items"]) for i in issues]
    assert counts == [2, 1]


@pytest.mark.parametrize(
    ("body", "kind", "query", "status"),
    [
        (b"", "text/plain", {}, 422),
        (b"\x00", "text/plain", {}, 422),
        (b"\xff\xfe", "", {}, 422),
        (b"no story here", "text/plain", {}, 422),
        (b"{", "application/json", {}, 422),
        (b"[" * 100_000, "application/json", {}, 422),
        (TEXT.encode(), "application/json", {}, 422),
        (TEXT.encode(), "image/png", {}, 415),
        (TEXT.encode(), "text/plain", {"form": "docx"}, 422),
        (TEXT.encode(), "text/plain", {"split_by_category": "true"}, 422),
        (TEXT.encode(), "text/plain", {"issued_on": "0001-01-01"}, 422),
        (TEXT.encode(), "text/plain", {"issued_on": "9999-12-31"}, 422),
        (TEXT.encode(), "text/plain", {"issued_on": "1800000000"}, 422),
        (TEXT.encode(), "text/plain", {"issued_on": "today"}, 422),
    ],
)
def test_load_leaves_nothing_when_it_is_refused(
    api: TestClient, body: bytes, kind: str, query: dict[str, str], status: int
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = api.post("/v1/issues/load", content=body, headers=headers, params=query)
    assert answer.status_code == status, answer.text
    assert api.get("/v1/issues").json()["items"] == []
    assert api.get("/v1/categories").json()["items"] == []


def test_digests_own_day_is_bounded_as_any_other(api: TestClient) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        answer = api.post(
            "/v1/issues/load", content=digest(("A", "AI"), issued_on=day), headers=JSON
        )
        assert answer.status_code == 422, day


def test_form_in_the_address_goes_before_the_content_type(api: TestClient) -> None:
    assert post(api, TEXT, "application/x-www-form-urlencoded", form="text")["n_stories"] == 2


def test_walking_the_pages_yields_each_issue_once_newest_day_first(api: TestClient) -> None:
    days = ["2026-11-20", "2026-11-22", "2026-11-21", "2026-11-22", "2026-11-20"]
    ids = [load(api, ("A", "AI"), issued_on=day) for day in days]
    newest = sorted(range(5), key=lambda n: (days[n], ids[n]), reverse=True)
    for limit in (1, 2, 5, 200):
        assert walk(api, "/v1/issues", limit) == [ids[n] for n in newest]
    assert walk(api, "/v1/issues", 2, state="sent") == []


def test_digest_of_ours_in_the_documentation_loads(api: TestClient) -> None:
    story = {"title": "A", "category": "AI", **COMPLETE, "incomplete": False}
    body = json.dumps({"stories": [story], "unplaced": [{"line": 1, "text": "x"}]})
    assert post(api, body, "application/json")["n_stories"] == 1


def test_every_example_of_the_document_can_be_loaded() -> None:
    content = loads.BODY["requestBody"]["content"]
    for kind in ("text/plain", "text/markdown"):
        digest = parse(content[kind]["example"].encode())
        assert [story.incomplete for story in digest.stories] == [False], kind
        assert digest.unplaced == ()


def test_issue_begins_without_stories_and_in_the_frame_of_another(api: TestClient) -> None:
    first = api.post("/v1/issues", json={"issued_on": "2026-04-28"})
    assert first.status_code == 201
    assert api.get(f"/v1/issues/{first.json()['id']}/stories").json()["items"] == []
    path = f"/v1/issues/{first.json()['id']}"
    assert api.patch(path, json={"canary_percent": 7, "subject": "Of its day"}).status_code == 200
    body = {"issued_on": "2026-04-29", "like": first.json()["id"]}
    second = api.post("/v1/issues", json=body).json()
    assert (second["canary_percent"], second["subject"]) == (7, "")
    assert api.post("/v1/issues", json=body | {"like": 9999}).status_code == 404
    found = api.get("/v1/issues", params={"issued_on": "2026-04-29"}).json()["items"]
    assert [one["id"] for one in found] == [second["id"]]
    found = api.get("/v1/issues", params={"q": "of its"}).json()["items"]
    assert [one["id"] for one in found] == [first.json()["id"]]
