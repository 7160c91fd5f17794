"""A story's image on its page, in the feed, and in what shows a mail: ours, and nobody else's."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from app.actors import CLI
from app.container import Container
from app.db.session import Sessions, transaction
from app.images.upload import keep_image
from app.models import Issue, Story
from tests.images.files import image_file


@pytest.fixture
def name(container: Container, stories: dict[str, Story], sessions: Sessions, now: datetime) -> str:
    image = keep_image(
        container.sessions, container.images, CLI, image_file(size=(64, 48)), 10, now
    )
    with transaction(sessions) as session:
        story = session.get_one(Story, next(iter(stories.values())).id)
        story.image, story.image_alt, story.image_caption = image.name, "A <square>", "Drawn by us"
    return image.name


def test_page_of_the_story_shows_it_lazily_with_its_size(
    client: TestClient, published: Issue, stories: dict[str, Story], name: str
) -> None:
    story = next(iter(stories.values()))
    page = client.get(f"/read/{published.id}/{story.id}")
    assert f'src="/images/{name}" width="64" height="48" alt="A &lt;square&gt;"' in page.text
    assert 'loading="lazy"' in page.text
    assert "<figcaption>Drawn by us</figcaption>" in page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]
    assert client.get(f"/images/{name}").status_code == 200


def test_feed_shows_it_by_its_whole_address(
    client: TestClient, container: Container, name: str
) -> None:
    feed = client.get("/feed.xml").text
    assert f"{container.settings.base_url}/images/{name}" in feed


@pytest.mark.usefixtures("name")
def test_story_without_one_shows_none(
    client: TestClient, published: Issue, stories: dict[str, Story]
) -> None:
    other = list(stories.values())[1]
    assert "<figure" not in client.get(f"/read/{published.id}/{other.id}").text


def test_page_shows_an_image_of_the_article_with_its_caption(
    client: TestClient,
    sessions: Sessions,
    published: Issue,
    stories: dict[str, Story],
    name: str,
) -> None:
    other = list(stories.values())[1].id
    text = f"![A plan](https://a.example/{name} 'Ours')\n\n![Theirs](https://a.example/x.png)"
    with transaction(sessions) as session:
        story = session.get_one(Story, other)
        story.article, story.reads_markdown = text, True
    page = client.get(f"/read/{published.id}/{other}").text
    assert f'src="/images/{name}" width="64" height="48" alt="A plan" loading="lazy"' in page
    assert "<figcaption>Ours</figcaption>" in page
    assert "<p>Theirs</p>" in page
    assert "a.example" not in page
