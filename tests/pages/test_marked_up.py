"""Pages show the Markdown of a story as HTML, and its words where a line holds no HTML."""

import html
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.db.session import Sessions, transaction
from app.enums import IssueState
from app.models import Issue, Story
from tests.factories import make_category, make_issue, make_story
from tests.pages.markup import tree_of, words_of

SUMMARY = "A *quiet* fix, [said here](https://example.org/said?a=1&b=2)."


def _story(sessions: Sessions, now: datetime, *, reads_markdown: bool) -> Story:
    with transaction(sessions) as session:
        ai = make_category(session, "ai", name="AI")
        issue = make_issue(session, state=IssueState.SENT, launched_at=now - timedelta(hours=1))
        return make_story(
            session,
            issue,
            ai,
            title="A *title*",
            summary=SUMMARY,
            what="Run `fix <all>`.",
            why_it_matters="**Anybody** could.",
            takeaway="Act *now*.",
            deep_dive=["One *point*"],
            decoder=[{"term": "A *term*", "definition": "a *sign*"}],
            reads_markdown=reads_markdown,
        )


def test_story_page_shows_marks_as_elements(
    client: TestClient, sessions: Sessions, now: datetime
) -> None:
    story = _story(sessions, now, reads_markdown=True)
    page = client.get(f"/read/{story.issue_id}/{story.id}").text
    root = tree_of(page)
    assert words_of(root, "h1") == ["A *title*"]
    assert words_of(root, "em") == ["quiet", "now", "point", "sign"]
    assert words_of(root, "strong") == ["Anybody"]
    assert words_of(root, "code") == ["fix <all>"]
    assert '<a href="https://example.org/said?a=1&amp;b=2" rel="noopener">said here</a>' in page
    assert page.count('content="A quiet fix, said here."') == 2


@pytest.mark.parametrize("path", ["/read/{issue}", "/categories/ai", "/feed.xml"])
def test_lists_and_feeds_show_marks_as_elements(
    client: TestClient, sessions: Sessions, now: datetime, path: str
) -> None:
    story = _story(sessions, now, reads_markdown=True)
    page = client.get(path.format(issue=story.issue_id)).text
    assert "<em>quiet</em> fix" in html.unescape(page)
    assert "*quiet*" not in page


@pytest.mark.parametrize("reads_markdown", [True, False])
def test_lead_story_of_an_issue_shows_its_summary_as_the_others_do(
    client: TestClient, sessions: Sessions, now: datetime, *, reads_markdown: bool
) -> None:
    story = _story(sessions, now, reads_markdown=reads_markdown)
    with transaction(sessions) as session:
        session.get_one(Issue, story.issue_id).lead_story_id = story.id
    page = client.get(f"/read/{story.issue_id}").text
    (lead,) = tree_of(page).findall(".//article[@class]")
    assert "lead" in (lead.get("class") or "")
    shown = "A quiet fix, said here." if reads_markdown else SUMMARY
    assert words_of(lead, "p[2]") == [shown]
    assert words_of(lead, "em") == (["quiet"] if reads_markdown else [])


def test_feed_has_the_words_alone_in_its_summary(
    client: TestClient, sessions: Sessions, now: datetime
) -> None:
    _story(sessions, now, reads_markdown=True)
    assert "<summary>A quiet fix, said here.</summary>" in client.get("/feed.xml").text


@pytest.mark.parametrize("path", ["/read/{issue}/{story}", "/read/{issue}", "/feed.xml"])
def test_every_sign_is_shown_of_a_story_of_before(
    client: TestClient, sessions: Sessions, now: datetime, path: str
) -> None:
    story = _story(sessions, now, reads_markdown=False)
    page = client.get(path.format(issue=story.issue_id, story=story.id)).text
    assert html.escape(SUMMARY) in page
    assert "<em>" not in html.unescape(page)
