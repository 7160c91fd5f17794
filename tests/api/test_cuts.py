"""The cuts of an issue: who gets which mail, and how large it is."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.enums import Depth
from app.models import Issue
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
    assert (told["n_cuts"], told["n_readers"], told["next"]) == (9, 9, None)
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
