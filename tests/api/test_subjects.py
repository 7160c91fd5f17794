import pytest
from fastapi.testclient import TestClient

from tests.api.clients import load


def test_subjects_follow_the_templates_of_publication_and_category(api: TestClient) -> None:
    issue = load(api, ("A compiler", "DevOps"), ("A model", "AI"))
    for slugs in (["devops", "ai"], ["ai"]):
        reader = {"address": f"{len(slugs)}@example.com", "categories": slugs, "depth": "brief"}
        assert api.post("/v1/subscribers", json={"readers": [reader]}).status_code == 201
    set_ = api.patch("/v1/publication", json={"subject_template": " {publication}: {headlines} "})
    assert set_.json()["subject_template"] == "{publication}: {headlines}"
    set_ = api.patch("/v1/categories/ai", json={"subject_template": "{categories}: {first}"})
    assert set_.json()["subject_template"] == "{categories}: {first}"
    items = api.get(f"/v1/issues/{issue}/subjects").json()["items"]
    told = {" ".join(one["categories"]): (one["subject"], one["n_readers"]) for one in items}
    assert told == {
        "devops ai": ("Devoured: A compiler · A model", 1),
        "ai": ("AI: A model", 1),
    }
    shown = api.get(
        f"/v1/issues/{issue}/preview", params={"categories": "ai", "format": "json"}
    ).json()
    assert shown["subject"] == "AI: A model"
    assert api.get("/v1/issues/99/subjects").status_code == 404


@pytest.mark.parametrize("path", ["/v1/publication", "/v1/categories/ai"])
def test_unknown_placeholder_is_a_clear_refusal(api: TestClient, path: str) -> None:
    api.post("/v1/categories", json={"name": "AI"})
    refused = api.patch(path, json={"subject_template": "{title}: the day"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "/subject_template"
    assert error["detail"].startswith("“{title}” is no placeholder; there are {headlines}, ")
    assert api.get(path).json()["subject_template"] == ""


def test_category_is_made_with_templates_of_its_own(api: TestClient) -> None:
    made = api.post("/v1/categories", json={"name": "AI", "preheader_template": "{stories}"})
    assert made.json()["preheader_template"] == "{stories}"
    wrong = api.post("/v1/categories", json={"name": "Data", "preheader_template": "{x}"})
    assert wrong.status_code == 422
