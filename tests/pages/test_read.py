from datetime import date

import pytest
from fastapi.testclient import TestClient

from app.db.session import Sessions, transaction
from app.enums import IssueState
from app.models import Issue, Story
from app.publication.publication import get_publication
from tests.factories import make_category, make_issue, make_story
from tests.pages.markup import links_of, tree_of, words_of

UNPUBLISHED = [
    IssueState.DRAFT,
    IssueState.APPROVED,
    IssueState.SCHEDULED,
    IssueState.CANCELLED,
]


def test_issue_page_shows_the_stories_by_category_in_reading_order(
    client: TestClient, published: Issue, stories: dict[str, Story]
) -> None:
    root = tree_of(client.get(f"/read/{published.id}").text)
    assert words_of(root, "h1") == ["Monday 23 November 2026"]
    (day,) = root.findall(".//h1/time")
    assert day.text == "Monday 23\xa0November 2026", "no line begins with the month"
    assert words_of(root, "section/h2") == ["AI 2", "DevOps 1"]
    assert words_of(root, "h3") == ["First of AI", "Second of AI", "Only one of DevOps"]
    assert words_of(root, "article/p[@class='meta']")[0] == "3 minute read · example.com"
    expected = f"/read/{published.id}/{stories['Second of AI'].id}"
    assert links_of(root)["Second of AI"] == expected


def test_issue_page_begins_with_the_lead_story_and_has_it_once(
    client: TestClient, published: Issue, stories: dict[str, Story], sessions: Sessions
) -> None:
    def shown(title: str) -> list[list[str]]:
        with transaction(sessions) as session:
            session.get_one(Issue, published.id).lead_story_id = stories[title].id
        root = tree_of(client.get(f"/read/{published.id}").text)
        assert words_of(root, "p[@class='meta']")[0].startswith("3 stories")
        return [words_of(root, path) for path in ("article/h2", "h3", "section/h2")]

    rest = ["First of AI", "Only one of DevOps"]
    assert shown("Second of AI") == [["Second of AI"], rest, ["AI 1", "DevOps 1"]]
    rest = ["First of AI", "Second of AI"]
    assert shown("Only one of DevOps") == [["Only one of DevOps"], rest, ["AI 2"]]
    front = client.get("/").text
    places = [front.index(title) for title in ("Only one of DevOps", "First of AI")]
    assert places == sorted(places)


def test_issue_page_has_an_editors_first_and_last_words(
    client: TestClient, published: Issue, sessions: Sessions
) -> None:
    def change(opening: str, own: str, standing: str) -> None:
        with transaction(sessions) as session:
            issue = session.get_one(Issue, published.id)
            issue.opening, issue.sign_off = opening, own
            get_publication(session).sign_off = standing

    def words() -> list[list[str]]:
        root = tree_of(client.get(f"/read/{published.id}").text)
        return [words_of(root, f"p[@class='{name}']") for name in ("opening", "sign-off")]

    assert words() == [[], []]
    change("Good <morning>.", "", "Until tomorrow")
    assert words() == [["Good <morning>."], ["Until tomorrow"]]
    change("", "Until Monday", "Until tomorrow")
    assert words() == [[], ["Until Monday"]]


def test_issue_page_says_how_long_each_category_takes(client: TestClient, published: Issue) -> None:
    root = tree_of(client.get(f"/read/{published.id}").text)
    assert words_of(root, "nav[@class='contents']//li") == [
        "AI 2 stories · 1 minute",
        "DevOps 1 story · 1 minute",
    ]


def test_story_page_shows_every_field(
    client: TestClient, published: Issue, stories: dict[str, Story]
) -> None:
    story = stories["Second of AI"]
    root = tree_of(client.get(f"/read/{published.id}/{story.id}").text)
    assert words_of(root, "h1") == ["Second of AI"]
    assert words_of(root, "section/h2") == [
        "What",
        "Why it matters",
        "Takeaway",
        "Deep dive",
        "Decoder",
        "The article 1 minute",
    ]
    assert words_of(root, "section/ul/li") == story.deep_dive
    assert words_of(root, "dt") == ["Latency"]
    assert words_of(root, "dd") == ["How long an answer takes."]
    links = links_of(root)
    assert links["Read the original at example.com"] == story.url
    assert links["Previous First of AI"].endswith(f"/{stories['First of AI'].id}")
    assert links["Next Only one of DevOps"].endswith(f"/{stories['Only one of DevOps'].id}")
    assert links["Back to the issue"] == f"/read/{published.id}"


def test_story_page_has_no_empty_parts_when_the_story_lacks_them(
    client: TestClient, sessions: Sessions, published: Issue, stories: dict[str, Story]
) -> None:
    story_id = stories["First of AI"].id
    empty = {"takeaway": "", "deep_dive": [], "decoder": [], "article": "", "label": "", "url": ""}
    with transaction(sessions) as session:
        story = session.get_one(Story, story_id)
        for name, value in empty.items():
            setattr(story, name, value)
    root = tree_of(client.get(f"/read/{published.id}/{story_id}").text)
    assert words_of(root, "section/h2") == ["What", "Why it matters"]
    assert root.find(".//p[@class='source']") is None
    assert [name for name in links_of(root) if name.startswith("Previous")] == []


def test_pages_say_what_they_are_when_they_are_shared(
    client: TestClient, published: Issue, stories: dict[str, Story]
) -> None:
    story = stories["First of AI"]
    for path, title, description in (
        (f"/read/{published.id}", published.subject, published.preheader),
        (f"/read/{published.id}/{story.id}", story.title, story.summary),
    ):
        root = tree_of(client.get(path).text)
        said = {meta.get("property"): meta.get("content") for meta in root.findall(".//meta")}
        canonical = root.find(".//link[@rel='canonical']")
        assert canonical is not None
        assert canonical.get("href") == f"http://127.0.0.1:8000{path}" == said["og:url"]
        assert said["og:title"] == title
        assert said["og:description"] == description
        assert words_of(root, "title") == [f"{title} · Devoured"]


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_issue_is_not_readable_when_it_was_never_launched(
    client: TestClient, sessions: Sessions, state: IssueState
) -> None:
    with transaction(sessions) as session:
        issue = make_issue(session, state=state, subject="Not out yet")
        story = make_story(session, issue, make_category(session), title="Not out yet")
    for path in (f"/read/{issue.id}", f"/read/{issue.id}/{story.id}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Not out yet" not in answer.text
    for path in ("/read", "/"):
        assert "Not out yet" not in client.get(path).text


def test_story_is_found_only_in_its_own_issue(
    client: TestClient, sessions: Sessions, published: Issue
) -> None:
    with transaction(sessions) as session:
        draft = make_issue(session, issued_on=date(2026, 11, 24))
        story = make_story(session, draft)
    assert client.get(f"/read/{published.id}/{story.id}").status_code == 404


@pytest.mark.parametrize("path", ["/read/7", f"/read/{2**63}", f"/read/1/{2**63}", "/read/x"])
def test_reading_finds_nothing_when_the_number_is_no_issue(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.usefixtures("published")
def test_latest_issues_come_newest_first_with_their_headlines(
    client: TestClient, sessions: Sessions, published: Issue
) -> None:
    with transaction(sessions) as session:
        ai = make_category(session, "science", name="Science")
        older = make_issue(
            session,
            issued_on=date(2026, 11, 20),
            category_id=ai.id,
            subject="",
            state=IssueState.SENT,
            launched_at=published.launched_at,
        )
        make_story(session, older, ai, title="What the editor put first")
        make_story(session, older, ai, title="And second")
    root = tree_of(client.get("/read").text)
    assert words_of(root, "h2") == [
        published.subject,
        "What the editor put first · And second",
    ]
    assert words_of(root, "li/p") == [
        "Monday 23 November 2026 · 3 stories",
        "Friday 20 November 2026 · Science · 2 stories",
    ]


def test_latest_issues_say_so_when_none_came_out(client: TestClient) -> None:
    assert "No issue has come out yet" in client.get("/read").text
