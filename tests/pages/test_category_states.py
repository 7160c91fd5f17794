"""A hidden category is nowhere in public; a retired one is read, and no longer chosen."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.actors import CLI
from app.container import Container
from app.enums import Depth, EditionState
from app.models import CategoryState, Edition, Issue, Story, Subscriber
from app.publication.categories import change_category, get_category
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of

AI, DEVOPS = 1, 2
PLACES = (
    "/",
    "/embed",
    "/read",
    "/read/{issue}",
    "/categories/ai",
    "/search?q=story",
    "/feed.xml",
    "/categories/ai/feed.xml",
    "/sitemap-pages.xml",
    "/sitemap-2026-11.xml",
    "/static/categories.css",
)
OF_IT = (
    "/categories/devops",
    "/categories/devops/feed.xml",
    "/read/{issue}/{story}",
)

_NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def story(stories: dict[str, Story]) -> Story:
    """Return the story of DevOps."""
    return stories["Only one of DevOps"]


@pytest.fixture
def web_copy(session: Session, published: Issue) -> UUID:
    """Return the web copy of a mail of both categories."""
    edition = Edition(
        public_id=uuid4(),
        issue_id=published.id,
        follows=AI | DEVOPS,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=1,
        html="<html><body>Only one of DevOps</body></html>",
    )
    session.add(edition)
    session.commit()
    return edition.public_id


def _become(session: Session, state: CategoryState, slug: str = "devops") -> None:
    change_category(session, CLI, get_category(session, slug), {"state": state}, _NOW)
    session.commit()


def _own(container: Container, session: Session, follows: int, now: datetime) -> str:
    reader = make_subscriber(session, follows=follows)
    session.commit()
    token = container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now)
    return f"/preferences/{token}"


def _follows(session: Session) -> int:
    session.expire_all()
    return session.query(Subscriber).one().follows


def test_open_category_is_everywhere(client: TestClient, published: Issue, story: Story) -> None:
    for place in (*PLACES[:4], "/feed.xml", "/sitemap-pages.xml"):
        assert "devops" in client.get(place.format(issue=published.id)).text.casefold(), place
    for place in OF_IT:
        assert client.get(place.format(issue=published.id, story=story.id)).status_code == 200


def test_hidden_category_is_nowhere(
    client: TestClient, session: Session, published: Issue, story: Story, web_copy: UUID
) -> None:
    _become(session, CategoryState.HIDDEN)
    for place in PLACES:
        text = client.get(place.format(issue=published.id)).text
        assert "devops" not in text.casefold(), place
        assert f"/read/{published.id}/{story.id}" not in text, place
        assert f".c{story.category_id} " not in text, place
    for place in OF_IT:
        assert client.get(place.format(issue=published.id, story=story.id)).status_code == 404
    copy = client.get(f"/editions/{web_copy}")
    assert (copy.status_code, copy.headers["location"].partition("?")[0]) == (
        303,
        f"/read/{published.id}",
    )


def test_issue_of_a_hidden_category_alone_is_not_there(
    client: TestClient, session: Session, published: Issue, story: Story
) -> None:
    session.get_one(Issue, published.id).category_id = story.category_id
    session.commit()
    assert client.get(f"/read/{published.id}").status_code == 200
    _become(session, CategoryState.HIDDEN)
    assert client.get(f"/read/{published.id}").status_code == 404


def test_retired_category_is_read_and_not_offered(
    client: TestClient, session: Session, published: Issue, story: Story, web_copy: UUID
) -> None:
    _become(session, CategoryState.RETIRED)
    for place in (*OF_IT, "/read", "/read/{issue}", "/feed.xml", f"/editions/{web_copy}"):
        answer = client.get(place.format(issue=published.id, story=story.id))
        assert answer.status_code == 200, place
        assert "devops" in answer.text.casefold(), place
    for place in ("/", "/embed"):
        assert 'value="devops"' not in client.get(place).text.replace("&#34;", '"'), place


@pytest.mark.parametrize("state", [CategoryState.HIDDEN, CategoryState.RETIRED])
def test_signup_refuses_a_category_that_is_not_open(
    client: TestClient, session: Session, published: Issue, state: CategoryState
) -> None:
    assert published.id
    _become(session, state)
    for body in ({"categories": ["devops"]}, {"categories": ["ai", "devops"]}):
        page = client.post("/signup", data={"address": "ada@reader.example", **body})
        assert page.status_code == 422
        answer = client.post("/v1/signups", json={"address": "ada@reader.example", **body})
        problem = answer.json()["errors"]
        place = len(body["categories"]) - 1
        assert (answer.status_code, problem) == (
            422,
            [{"pointer": f"/categories/{place}", "detail": "“devops” is no category"}],
        )
    assert session.query(Subscriber).count() == 0
    assert client.post("/v1/signups", json={"address": "ada@reader.example"}).status_code == 202
    assert _follows(session) == AI


@pytest.mark.parametrize("state", [CategoryState.HIDDEN, CategoryState.RETIRED])
def test_nobody_is_signed_up_when_no_category_is_open(
    client: TestClient, session: Session, published: Issue, state: CategoryState
) -> None:
    assert published.id
    for slug in ("ai", "devops"):
        _become(session, state, slug)
    answer = client.post("/v1/signups", json={"address": "ada@reader.example"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "There is nothing to sign up for yet. Please come back soon.",
    )
    assert session.query(Subscriber).count() == 0
    front = client.get("/").text
    assert "<form class=" not in front
    assert "devoured categories add" in front
    assert "<pre" not in client.get("/embed").text


@pytest.mark.parametrize("state", [CategoryState.HIDDEN, CategoryState.RETIRED])
def test_own_page_offers_open_ones_and_keeps_what_is_followed_of_others(
    client: TestClient,
    container: Container,
    session: Session,
    published: Issue,
    now: datetime,
    state: CategoryState,
) -> None:
    assert published.id
    _become(session, state)
    path = _own(container, session, AI | DEVOPS, now)
    shown = client.get(path).text
    assert 'value="devops"' not in shown
    assert ("comes out no more: DevOps" in shown) is (state is CategoryState.RETIRED)
    saved = client.post(path, data={"categories": ["ai", "devops"], "depth": "brief"})
    assert (saved.status_code, _follows(session)) == (200, AI | DEVOPS)
    saved = client.post(path, data={"depth": "deep"})
    assert (saved.status_code, _follows(session)) == (200, DEVOPS)


def test_own_page_gives_nobody_a_category_that_is_closed(
    client: TestClient, container: Container, session: Session, published: Issue, now: datetime
) -> None:
    assert published.id
    _become(session, CategoryState.RETIRED)
    path = _own(container, session, AI, now)
    saved = client.post(path, data={"categories": ["ai", "devops"], "depth": "brief"})
    assert (saved.status_code, _follows(session)) == (200, AI)
    assert client.post(path, data={"categories": ["devops"], "depth": "brief"}).status_code == 422


def test_leaving_offers_open_ones_and_takes_back_no_other(
    client: TestClient, container: Container, session: Session, published: Issue, now: datetime
) -> None:
    assert published.id
    reader = make_subscriber(session, follows=AI | DEVOPS)
    session.commit()
    path = f"/leave/{container.signer.sign(Purpose.LEAVE, reader.public_id, now=now)}"
    assert "No more DevOps" in words_of(tree_of(client.get(path).text), "button")
    _become(session, CategoryState.RETIRED)
    assert "No more DevOps" not in words_of(tree_of(client.get(path).text), "button")
    assert client.post(f"{path}/category/devops").status_code == 200
    assert _follows(session) == AI
    client.post(f"{path}/back", data={"category": "devops"})
    assert _follows(session) == AI
