"""Every mail of an issue over the API: sizes, subjects and preheaders, and its clicks."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.delivery.tracking import keep_links
from app.enums import Depth, LinkKind
from app.link_tokens import LinkTo
from app.models import Issue, Story, TrackedLink
from app.publication.categories import get_category
from tests.api.clients import load
from tests.factories import make_story, make_subscriber


@pytest.fixture
def path(api: TestClient, session: Session) -> str:
    """Make an issue of two categories and a reader of each of its cuts."""
    api.post("/v1/categories", json={"name": "Security"})
    path = f"/v1/issues/{load(api, ('Of AI', 'AI'), ('Of Ops', 'Ops'))}"
    issue, ai = session.get_one(Issue, 1), get_category(session, "ai")
    for place in range(10, 40):
        make_story(session, issue, ai, position=place, title=f"Long {place}", takeaway="So. " * 900)
    for follows in (0b010, 0b100, 0b110):
        for depth in Depth:
            make_subscriber(session, follows=follows, depth=depth)
    session.commit()
    return path


def test_cuts_are_listed_with_what_each_gave_up(api: TestClient, path: str) -> None:
    told = api.get(f"{path}/cuts").json()
    assert (told["n_cuts"], told["n_readers"], told["next"]) == (12, 12, None)
    assert told["n_bytes_most"] == 102_000
    for cut in told["items"]:
        query = {"categories": ",".join(cut["categories"]), "depth": cut["depth"]}
        shown = api.get(f"{path}/preview", params={**query, "format": "json"}).json()
        assert cut["trimmed"] == shown["trimmed"]
        assert cut["n_readers"] == 1
        assert 0 < cut["n_bytes"] <= 102_000
        is_long = "ai" in cut["categories"] and cut["depth"] != "headlines"
        assert bool(cut["trimmed"]) is is_long


def test_pages_of_cuts_hold_each_once(api: TestClient, path: str) -> None:
    whole = api.get(f"{path}/cuts").json()["items"]
    found, query = [], "limit=4"
    for _ in range(3):
        page = api.get(f"{path}/cuts?{query}").json()
        found += page["items"]
        query = f"limit=4&after={page['next']}"
    assert found == whole
    assert page["next"] is None


@pytest.mark.parametrize(
    ("query", "status"), [("limit=0", 422), ("limit=201", 422), ("after=WzE3XQ", 422)]
)
def test_cuts_are_refused_when_the_page_is_none(
    api: TestClient, path: str, query: str, status: int
) -> None:
    assert api.get(f"{path}/cuts?{query}").status_code == status


def test_cuts_of_no_issue_are_not_found(api: TestClient) -> None:
    assert api.get("/v1/issues/99/cuts").status_code == 404


def test_issue_without_stories_has_no_cuts(api: TestClient, path: str) -> None:
    issue_id = load(api, ("Of AI", "AI"), issued_on="2026-11-24")
    for story in api.get(f"/v1/issues/{issue_id}/stories").json()["items"]:
        api.delete(f"/v1/issues/{issue_id}/stories/{story['id']}")
    told = api.get(f"/v1/issues/{issue_id}/cuts").json()
    assert (told["items"], told["n_cuts"], told["n_readers"]) == ([], 0, 0)


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


def test_clicks_are_told_most_followed_first_and_opens_apart(
    api: TestClient, session: Session
) -> None:
    issue_id = load(api, ("Of AI", "AI"), ("Of Ops", "Ops"))
    first, second = session.scalars(select(Story.id).order_by(Story.position)).all()
    assert api.get(f"/v1/issues/{issue_id}/clicks").json() == {
        "issue_id": issue_id,
        "opens": None,
        "links": [],
    }
    links = [
        (LinkTo(issue_id, LinkKind.PIXEL), ""),
        (LinkTo(issue_id, LinkKind.STORY, first), "https://example.org/1"),
        (LinkTo(issue_id, LinkKind.READING, second), "https://example.org/2"),
        (LinkTo(issue_id, LinkKind.SPONSOR), "https://example.org/3"),
    ]
    keep_links(session, sorted(links))
    session.execute(
        update(TrackedLink).values(
            n_human=TrackedLink.story_id, n_machine=2, n_readers=TrackedLink.story_id
        )
    )
    session.commit()
    told = api.get(f"/v1/issues/{issue_id}/clicks").json()
    assert told["opens"] == {"n_human": 0, "n_machine": 2, "n_readers": 0}
    expected = sorted([(second, "reading", "Of Ops"), (first, "story", "Of AI")], reverse=True)
    assert [(one["story_id"], one["kind"], one["title"]) for one in told["links"]] == [
        *expected,
        (None, "sponsor", ""),
    ]


def test_clicks_of_no_issue_are_not_found(api: TestClient) -> None:
    assert api.get("/v1/issues/99/clicks").status_code == 404
