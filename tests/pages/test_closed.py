"""A closed archive: readers come in by their mail's links, and nobody else finds anything."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from app.actors import CLI
from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.compose import edition_facts
from app.enums import Depth
from app.models import Issue, Story
from app.publication.publication import set_publication
from tests.pages.markup import links_of, tree_of, words_of

LISTS = ["/read", "/search", "/search?q=a", "/categories/ai", "/categories/ai/feed.xml"]
LISTS += ["/feed.xml", "/sitemap.xml", "/sitemap-pages.xml", "/sitemap-2026-11.xml"]


def _close(sessions: Sessions, at: datetime) -> None:
    with transaction(sessions) as session:
        set_publication(session, CLI, {"archive_is_open": False}, at)


@pytest.mark.usefixtures("published")
def test_nothing_is_listed_when_the_archive_is_closed(
    client: TestClient, sessions: Sessions, now: datetime
) -> None:
    for path in LISTS:
        assert client.get(path).status_code == 200, path
    _close(sessions, now)
    for path in LISTS:
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "First of AI" not in answer.text
        assert 'href="/read' not in answer.text
    assert "Sitemap" not in client.get("/robots.txt").text
    front = client.get("/").text
    assert "First of AI" not in front
    assert "/read" not in front
    assert "feed.xml" not in front


def test_links_of_a_mail_open_what_came_out_after_the_archive_was_closed(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    published: Issue,
    stories: dict[str, Story],
    now: datetime,
) -> None:
    _close(sessions, now - timedelta(days=1))
    story = stories["First of AI"]
    assert client.get(f"/read/{published.id}/{story.id}").status_code == 404
    assert client.get(f"/read/{published.id}/{story.id}?key=%FF").status_code == 404
    with transaction(sessions) as session:
        facts = edition_facts(
            session,
            session.get_one(Issue, published.id),
            follows=3,
            depth=Depth.BRIEF,
            base_url=container.settings.base_url,
            browser_url="",
        )
    address = urlsplit(facts.sections[0].stories[0].read_url)
    answer = client.get(f"{address.path}?{address.query}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    onward = links_of(tree_of(answer.text))
    for name in ("Next Second of AI", "Back to the issue"):
        assert client.get(onward[name]).status_code == 200


def test_what_was_public_stays_readable_by_its_address_when_the_archive_is_closed_later(
    client: TestClient, sessions: Sessions, published: Issue, now: datetime
) -> None:
    _close(sessions, now)
    answer = client.get(f"/read/{published.id}")
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex"


def test_archive_opens_again(
    client: TestClient, sessions: Sessions, published: Issue, now: datetime
) -> None:
    _close(sessions, now - timedelta(days=1))
    with transaction(sessions) as session:
        set_publication(session, CLI, {"archive_is_open": True}, now)
    assert client.get(f"/read/{published.id}").status_code == 200
    assert client.get("/read").status_code == 200


def test_story_shows_no_article_when_the_publication_shows_none(
    client: TestClient, sessions: Sessions, published: Issue, stories: dict[str, Story]
) -> None:
    path = f"/read/{published.id}/{stories['First of AI'].id}"
    assert "The article 1 minute" in words_of(tree_of(client.get(path).text), "section/h2")
    with transaction(sessions) as session:
        set_publication(session, CLI, {"shows_articles": False}, published.created_at)
    assert "The whole of it, at length." not in client.get(path).text
