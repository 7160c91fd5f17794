"""Whatever editors and sources write is text, and leads nowhere but to the web."""

import pytest
from fastapi.testclient import TestClient

from app.db.session import Sessions, transaction
from app.enums import IssueState
from app.models import Category, Issue, Publication, Story
from tests.factories import make_category, make_issue, make_story
from tests.pages.markup import tree_of, words_of

EVIL = "</p><img src=x onerror=alert(1)>\"'&amp;{% raw %}<b>\x0bй"
SHOWN = EVIL.replace("\x0b", "")


@pytest.fixture
def evil(sessions: Sessions, published: Issue) -> tuple[Issue, Story]:
    """Make an issue whose every text is an attack, launched when `published` was."""
    with transaction(sessions) as session:
        session.get_one(Publication, 1).name = EVIL
        category = make_category(session, "evil", name=EVIL, accent="red;}*{display:none")
        issue = make_issue(
            session,
            subject=EVIL,
            preheader=EVIL,
            state=IssueState.SENT,
            launched_at=published.launched_at,
        )
        story = make_story(
            session,
            issue,
            category,
            title=EVIL,
            label=EVIL,
            summary=EVIL,
            what=EVIL,
            why_it_matters=EVIL,
            takeaway=EVIL,
            deep_dive=[EVIL],
            decoder=[{"term": EVIL, "definition": EVIL}],
            article=f"{EVIL}\n\n• {EVIL}\n\n1. {EVIL}",
        )
    return issue, story


def test_story_page_shows_markup_as_text(client: TestClient, evil: tuple[Issue, Story]) -> None:
    issue, story = evil
    root = tree_of(client.get(f"/read/{issue.id}/{story.id}").text)
    assert root.find(".//img") is None
    article = ("section/div/p", "section/div/ul/li", "section/div/ol/li")
    for path in ("h1", "dt", "dd", "section/p", "section/ul/li", *article):
        assert " ".join(SHOWN.split()) in words_of(root, path)


@pytest.mark.parametrize("path", ["/", "/read", "/read/{}", "/leave"])
def test_every_page_shows_markup_as_text(
    client: TestClient, evil: tuple[Issue, Story], path: str
) -> None:
    root = tree_of(client.get(path.format(evil[0].id)).text)
    assert root.find(".//img") is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<b>",
        "//no.scheme.example",
        "https://",
        "http://[broken",
        "ftp://files.example/a",
    ],
)
def test_story_page_has_no_source_link_when_it_leads_not_to_the_web(
    client: TestClient, sessions: Sessions, published: Issue, stories: dict[str, Story], url: str
) -> None:
    story_id = stories["First of AI"].id
    with transaction(sessions) as session:
        session.get_one(Story, story_id).url = url
    for path in (f"/read/{published.id}", f"/read/{published.id}/{story_id}"):
        root = tree_of(client.get(path).text)
        assert root.find(".//p[@class='source']") is None
        assert all(
            link.get("href", "").startswith(("/", "#", "?lang=")) for link in root.findall(".//a")
        )


@pytest.mark.usefixtures("evil")
def test_category_keeps_the_pages_accent_when_its_own_is_no_colour(client: TestClient) -> None:
    css = client.get("/static/categories.css").text
    assert "display" not in css
    assert css.count("--accent") == 2 * 3 - 1


def test_category_keeps_the_pages_accent_when_its_own_cannot_be_read(
    client: TestClient, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        pale: Category = make_category(session, accent="#FFEEDD", accent_dark="#202020")
    assert f".c{pale.id}" not in client.get("/static/categories.css").text
