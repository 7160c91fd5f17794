"""Stories over the API: a draft's change, nobody else's do."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.clients import COMPLETE, load


@pytest.fixture
def path(api: TestClient) -> str:
    """Return the address of the stories of a draft that has one, number 1."""
    return f"/v1/issues/{load(api, ('First', 'AI'))}/stories"


def test_story_is_added_at_the_end_and_shown(api: TestClient, path: str) -> None:
    story = {
        "title": " Second\n story ",
        "label": "7 minute read",
        "category": "ai",
        "url": "https://example.com/",
        "takeaway": "Try it.",
        "deep_dive": ["One", "", "Two"],
        "decoder": [{"term": "CI", "definition": "A robot"}, {"term": "CD"}],
        "article": "One.\n\n\n\nTwo.",
        **COMPLETE,
    }
    made = api.post(path, json=story)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["position"], shown["minutes"], shown["missing"]) == (2, 7, [])
    assert shown["title"] == "Second story"
    assert shown["deep_dive"] == ["One", "Two"]
    assert shown["article"] == "One.\n\nTwo."
    assert api.get(f"{path}/{shown['id']}").json() == shown
    assert [each["title"] for each in api.get(path).json()["items"]] == ["First", "Second story"]


def test_change_touches_only_what_is_given(api: TestClient, path: str) -> None:
    before = api.get(f"{path}/1").json()
    changed = api.patch(f"{path}/1", json={"label": "4 min", "summary": " New\tone "}).json()
    told = {"label": "4 min", "minutes": 4, "summary": "New one", "version": 2}
    assert changed == before | told
    changed = api.patch(f"{path}/1", json={"category": None, "what": ""}).json()
    assert changed["missing"] == ["category", "what"]
    assert api.patch(f"{path}/1", json={"category": "ai"}).json()["category"] == "ai"
    decoder = api.patch(f"{path}/1", json={"decoder": [{"term": "CI"}]}).json()["decoder"]
    assert decoder == [{"term": "CI", "definition": ""}]
    assert api.get(path.removesuffix("/stories")).json()["revision"] == 5


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": " "}, "/title"),
        ({"title": "x" * 301}, "/title"),
        ({"title": "a\x00"}, "/title"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"url": "https://example.com/{{leave_url}}"}, "/url"),
        ({"category": "fishing"}, "/category"),
        ({"category": "a\x00"}, "/category"),
        ({"deep_dive": ["x" * 2001]}, "/deep_dive/0"),
        ({"deep_dive": ["x"] * 101}, "/deep_dive"),
        ({"decoder": [{"definition": "x"}]}, "/decoder/0/term"),
        ({"article": "x" * 200_001}, "/article"),
        ({"summary": None}, "/summary"),
        ({"position": 1}, "/position"),
    ],
)
def test_story_names_the_field_when_it_is_wrong(
    api: TestClient, path: str, fields: dict[str, Any], pointer: str
) -> None:
    for answer in (
        api.post(path, json={"title": "x", **fields}),
        api.patch(f"{path}/1", json=fields),
    ):
        assert answer.status_code == 422, answer.text
        assert [place["pointer"] for place in answer.json()["errors"]] == [pointer]


def test_story_is_dropped_once(api: TestClient, path: str) -> None:
    assert [api.delete(f"{path}/1").status_code for _ in range(2)] == [204, 404]
    assert api.get(path).json()["items"] == []


def test_stories_of_another_issue_are_not_found(api: TestClient, path: str) -> None:
    other = f"/v1/issues/{load(api, ('Other', 'AI'))}/stories"
    assert api.get(f"{other}/1").status_code == 404
    assert api.patch(f"{other}/1", json={"title": "x"}).status_code == 404
    assert api.delete(f"{other}/1").status_code == 404
    assert api.get("/v1/issues/99/stories").status_code == 404
    assert api.post("/v1/issues/99/stories", json={"title": "x"}).status_code == 404


def test_stories_stay_when_the_issue_is_no_draft(api: TestClient, path: str) -> None:
    issue = path.removesuffix("/stories")
    assert api.post(f"{issue}/approve").status_code == 200
    for answer in (
        api.post(path, json={"title": "x"}),
        api.patch(f"{path}/1", json={"title": "x"}),
        api.delete(f"{path}/1"),
        api.patch(issue, json={"subject": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
        assert "reopen" in answer.json()["possible_steps"]


def test_draft_takes_another_subject_and_day(api: TestClient, path: str) -> None:
    issue = path.removesuffix("/stories")
    changes = {"subject": "New", "preheader": "Newer", "issued_on": "2026-12-24"}
    assert changes.items() <= api.patch(issue, json=changes).json().items()
    for wrong in ({"subject": "a\nb"}, {"subject": "x" * 201}, {"issued_on": "1999-12-31"}):
        assert api.patch(issue, json=wrong).status_code == 422
