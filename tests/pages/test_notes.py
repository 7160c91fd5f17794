from datetime import datetime
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Sessions, transaction
from app.issues.corrections import correct
from app.models import Edition, Issue, Story
from app.words import Depth, EditionState
from tests.pages.markup import tree_of, words_of


@pytest.fixture
def corrected(sessions: Sessions, container: Container, published: Issue, now: datetime) -> Story:
    """The first story of AI, whose deep dive was wrong."""
    with transaction(sessions) as session:
        story = session.query(Story).filter_by(title="First of AI").one()
        correct(
            session,
            published.id,
            story.id,
            {"deep_dive": ["It began as a <joke>."]},
            "It was no <experiment>.",
            templates=container.templates,
            base_url=container.settings.base_url,
            now=now,
        )
    return story


def test_story_page_shows_the_new_text_and_a_dated_note_when_it_was_corrected(
    client: TestClient, published: Issue, corrected: Story, stories: dict[str, Story]
) -> None:
    root = tree_of(client.get(f"/read/{published.id}/{corrected.id}").text)
    said = "Corrected on Monday 23 November 2026: It was no <experiment>."
    assert words_of(root, "p[@class='correction']") == [said]
    assert words_of(root, "section/ul/li") == ["It began as a <joke>."]
    other = client.get(f"/read/{published.id}/{stories['Second of AI'].id}")
    assert "Corrected" not in other.text


def test_issue_page_names_the_story_when_one_was_corrected(
    client: TestClient, published: Issue, corrected: Story
) -> None:
    root = tree_of(client.get(f"/read/{published.id}").text)
    said = "Corrected on Monday 23 November 2026: First of AI – It was no <experiment>."
    assert words_of(root, "p[@class='correction']") == [said]


def test_note_is_in_german_when_the_reader_asks_for_it(
    client: TestClient, published: Issue, corrected: Story
) -> None:
    page = client.get(f"/read/{published.id}?lang=de")
    assert "Berichtigt am" in page.text


@pytest.mark.parametrize(
    ("follows", "depth", "is_noted"),
    [(1, Depth.DEEP, True), (1, Depth.BRIEF, False), (2, Depth.DEEP, False)],
)
def test_web_copy_of_a_mail_has_the_note_only_when_the_mail_showed_it(
    client: TestClient,
    sessions: Sessions,
    published: Issue,
    corrected: Story,
    follows: int,
    depth: Depth,
    is_noted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    public_id = uuid4()
    with transaction(sessions) as session:
        for revision in (1, 2):
            session.add(
                Edition(
                    public_id=public_id,
                    issue_id=published.id,
                    follows=follows,
                    depth=depth,
                    revision=revision,
                    state=EditionState.RENDERED,
                    n_readers=1,
                    html=f"<html><body class='x'><p>revision {revision}</p></body></html>",
                )
            )
    page = client.get(f"/editions/{public_id}").text
    assert "revision 2" in page
    assert ("It was no &lt;experiment&gt;." in page) == is_noted
