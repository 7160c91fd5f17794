"""What is public, and what a person takes down: looked for at every place that shows stories."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.enums import Depth, EditionState, IssueState
from app.issues import taking_down
from app.models import Edition, Issue, Story

WORD = "zeppelin"
PLACES = (
    "/",
    "/read",
    "/read/{issue}",
    "/categories/ai",
    "/search?q=zeppelin",
    "/feed.xml",
    "/categories/ai/feed.xml",
    "/sitemap-2026-11.xml",
)


@pytest.fixture
def story(session: Session, stories: dict[str, Story]) -> Story:
    """Return a story of AI that can be distinguished from all others."""
    story = session.get_one(Story, stories["First of AI"].id)
    story.title = f"A {WORD} over the town"
    session.get_one(Issue, story.issue_id).subject = ""  # made from the headlines
    session.commit()
    return story


@pytest.fixture
def web_copy(session: Session, published: Issue) -> UUID:
    """Add the web copy of a mail that shows the story and return its public id."""
    edition = Edition(
        public_id=uuid4(),
        issue_id=published.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        n_readers=1,
        html=f"<html><body>{WORD}</body></html>",
    )
    session.add(edition)
    session.commit()
    return edition.public_id


def _shown_at(client: TestClient, issue: Issue, story: Story) -> list[str]:
    """Return the places that show the story, or link to it."""
    path = f"/read/{issue.id}/{story.id}"
    found = []
    for place in PLACES:
        text = client.get(place.format(issue=issue.id)).text
        # The search page repeats what was typed.
        says_so = WORD in text.replace(f'value="{WORD}"', "") and "search" not in place
        if says_so or path in text:
            found.append(place)
    return found


def test_story_of_a_public_issue_is_everywhere(
    client: TestClient, published: Issue, story: Story
) -> None:
    assert _shown_at(client, published, story) == list(PLACES)


def test_issue_is_nowhere_when_it_was_cancelled_before_anybody_was_written_to(
    client: TestClient, sessions: Sessions, published: Issue, story: Story, web_copy: UUID
) -> None:
    with transaction(sessions) as session:
        issue = session.get_one(Issue, published.id)
        issue.state, issue.public_at = IssueState.CANCELLED, None
    assert _shown_at(client, published, story) == []
    for path in (f"/read/{issue.id}", f"/read/{issue.id}/{story.id}", f"/editions/{web_copy}"):
        assert client.get(path).status_code == 404


def test_issue_stays_when_it_was_cancelled_after_somebody_was_written_to(
    client: TestClient, sessions: Sessions, published: Issue, story: Story
) -> None:
    with transaction(sessions) as session:
        session.get_one(Issue, published.id).state = IssueState.CANCELLED
    assert _shown_at(client, published, story) == list(PLACES)


@pytest.mark.parametrize(("note", "status"), [(None, 404), ("We had no right to it.", 410)])
def test_issue_that_was_taken_down_is_nowhere_until_it_is_put_back(
    client: TestClient,
    sessions: Sessions,
    now: datetime,
    published: Issue,
    story: Story,
    web_copy: UUID,
    note: str | None,
    status: int,
) -> None:
    with transaction(sessions) as session:
        taking_down.take_down_issue(session, CLI, published.id, note, now)
    assert _shown_at(client, published, story) == []
    for path in (f"/read/{published.id}", f"/read/{published.id}/{story.id}"):
        answer = client.get(path)
        assert answer.status_code == status
        if note is not None:
            assert "/preferences" not in answer.text.partition("<main")[2].partition("</main")[0]
            assert f"This was taken down on Monday 23 November 2026. {note}" in answer.text
    answer = client.get(f"/editions/{web_copy}")
    assert (answer.status_code, WORD in answer.text) == (303, False)
    assert answer.headers["location"] == f"/read/{published.id}?key={published.key}"
    with transaction(sessions) as session:
        taking_down.put_back_issue(session, CLI, published.id, now)
    assert _shown_at(client, published, story) == list(PLACES)
    assert WORD in client.get(f"/editions/{web_copy}").text


@pytest.mark.parametrize("note", [None, "It was about somebody else."])
def test_story_that_was_taken_down_is_nowhere_and_its_issue_stays(
    client: TestClient,
    sessions: Sessions,
    now: datetime,
    published: Issue,
    story: Story,
    web_copy: UUID,
    note: str | None,
) -> None:
    with transaction(sessions) as session:
        taking_down.take_down_story(session, CLI, published.id, story.id, note, now)
    assert _shown_at(client, published, story) == []
    page = client.get(f"/read/{published.id}")
    assert "Second of AI" in page.text
    assert ("It was about somebody else." in page.text) is (note is not None)
    answer = client.get(f"/read/{published.id}/{story.id}")
    assert answer.status_code == (404 if note is None else 410)
    assert client.get(f"/editions/{web_copy}").status_code == 303
    with transaction(sessions) as session:
        taking_down.put_back_story(session, CLI, published.id, story.id, now)
    assert _shown_at(client, published, story) == list(PLACES)


def test_note_is_dated_in_the_language_of_who_asks(
    client: TestClient, sessions: Sessions, now: datetime, published: Issue, story: Story
) -> None:
    with transaction(sessions) as session:
        taking_down.take_down_story(session, CLI, published.id, story.id, "Entfernt.", now)
    headers = {"Accept-Language": "de"}
    page = client.get(f"/read/{published.id}", headers=headers).text
    assert "Entfernt am" in page
    gone = client.get(f"/read/{published.id}/{story.id}", headers=headers).text
    assert "Entfernt am Montag, 23. November 2026. Entfernt." in gone


def test_feed_is_in_order_of_the_first_mail(
    client: TestClient, sessions: Sessions, now: datetime, published: Issue, story: Story
) -> None:
    with transaction(sessions) as session:
        session.get_one(Issue, published.id).public_at = now - timedelta(minutes=7)
    assert "2026-11-23T05:53:00" in client.get("/feed.xml").text
