"""A long article is led into by its headings."""

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.db.session import Sessions, transaction
from app.enums import IssueState
from tests.factories import make_category, make_issue, make_story
from tests.pages.markup import tree_of, words_of

PARAGRAPH = "One word follows the other. " * 100
PARTS = ("## How *it* began", "### In Paris", "#### At night", "## Where it <goes>")


def _page(client: TestClient, sessions: Sessions, now: datetime, article: str) -> str:
    with transaction(sessions) as session:
        ai = make_category(session, "ai", name="AI")
        issue = make_issue(session, state=IssueState.SENT, launched_at=now - timedelta(hours=1))
        story = make_story(session, issue, ai, article=article, reads_markdown=True)
        path = f"/read/{issue.id}/{story.id}"
    return client.get(path).text


def test_long_article_is_led_into_by_its_two_highest_kinds_of_headings(
    client: TestClient, sessions: Sessions, now: datetime
) -> None:
    page = _page(client, sessions, now, "\n\n".join(f"{one}\n{PARAGRAPH}" for one in PARTS))
    nav = tree_of(page).find(".//nav[@class='overview']")
    assert nav is not None
    links = nav.findall(".//a")
    assert ["".join(one.itertext()) for one in links] == [
        "How it began",
        "In Paris",
        "Where it <goes>",
    ]
    assert [one.get("href") for one in links] == ["#part-1", "#part-2", "#part-4"]
    assert [one.get("class") for one in nav.findall(".//li")] == [None, "within", None]
    for link in links:
        anchor = (link.get("href") or "").removeprefix("#")
        (heading,) = tree_of(page).findall(f".//*[@id='{anchor}']")
        assert "".join(heading.itertext()) == "".join(link.itertext())


@pytest.mark.parametrize(
    "article",
    [
        "\n\n".join(f"{one}\nA few words." for one in PARTS),
        "\n\n".join(f"{one}\n{PARAGRAPH * 2}" for one in PARTS[:2]),
        PARAGRAPH * 8,
    ],
    ids=["short", "two headings", "no headings"],
)
def test_other_articles_have_no_table_of_contents(
    client: TestClient, sessions: Sessions, now: datetime, article: str
) -> None:
    page = _page(client, sessions, now, article)
    assert words_of(tree_of(page), "h2[@id='the-article']") != []
    assert 'class="overview"' not in page


def test_long_article_of_a_script_without_blanks_is_long_too(
    client: TestClient, sessions: Sessions, now: datetime
) -> None:
    page = _page(client, sessions, now, "\n\n".join(f"## 章{n}\n{'文' * 900}" for n in range(4)))
    assert words_of(tree_of(page), "nav[@class='overview']//a") == ["章0", "章1", "章2", "章3"]
