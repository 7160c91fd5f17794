from datetime import datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4
from xml.etree.ElementTree import fromstring

import pytest
from fastapi.testclient import TestClient

from app.actors import CLI
from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import Depth, EditionState
from app.issues.corrections import correct
from app.models import Edition, Issue, Story
from app.publication.publication import set_publication
from tests.pages.markup import tree_of, words_of

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def corrected(sessions: Sessions, container: Container, published: Issue, now: datetime) -> Story:
    """Correct the first story of AI, whose deep dive was wrong, and return it."""
    with transaction(sessions) as session:
        story = session.query(Story).filter_by(title="First of AI").one()
        correct(
            session,
            CLI,
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


def test_note_leads_readers_of_a_closed_archive_to_the_story(
    client: TestClient, sessions: Sessions, published: Issue, corrected: Story, now: datetime
) -> None:
    with transaction(sessions) as session:
        set_publication(session, CLI, {"archive_is_open": False}, now - timedelta(days=1))
    path = f"/read/{published.id}/{corrected.id}?key={published.key}"
    assert client.get(path).status_code == 200
    root = tree_of(client.get(f"/read/{published.id}?key={published.key}").text)
    assert [one.get("href") for one in root.findall(".//p[@class='correction']/a")] == [path]


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


def test_web_copy_of_a_corrected_mail_is_kept_for_each_language_apart(
    client: TestClient, sessions: Sessions, published: Issue, corrected: Story
) -> None:
    with transaction(sessions) as session:
        edition = Edition(
            public_id=uuid4(),
            issue_id=published.id,
            follows=1,
            depth=Depth.DEEP,
            revision=2,
            state=EditionState.RENDERED,
            n_readers=1,
            html='<html lang="en"><body><p>The mail.</p></body></html>',
        )
        session.add(edition)
    path = f"/editions/{edition.public_id}"
    english, german = (client.get(path, headers={"Accept-Language": one}) for one in ("en", "de"))
    assert '<span lang="en" dir="ltr">Corrected on' in english.text
    assert '<span lang="de" dir="ltr">Berichtigt am' in german.text
    assert english.headers["etag"] != german.headers["etag"]
    for answer, spoken in ((english, "en"), (german, "de, en")):
        assert answer.headers["vary"] == "Accept-Language"
        assert answer.headers["content-language"] == spoken
    held = {"Accept-Language": "de", "If-None-Match": english.headers["etag"]}
    assert client.get(path, headers=held).status_code == 200


def test_feed_says_when_a_story_was_corrected(
    client: TestClient, published: Issue, corrected: Story, now: datetime
) -> None:
    answer = client.get("/feed.xml")
    updated = {
        entry.findtext(f"{ATOM}title"): entry.findtext(f"{ATOM}updated")
        for entry in fromstring(answer.text).iter(f"{ATOM}entry")  # noqa: S314  # it is our own
    }
    assert published.launched_at is not None
    # Stories are a second apart, so that the newest first is the editor's order.
    second, third = (published.launched_at - timedelta(seconds=n) for n in (1, 2))
    assert updated == {
        "First of AI": now.isoformat(),
        "Second of AI": second.isoformat(),
        "Only one of DevOps": third.isoformat(),
    }
    other = client.get("/categories/devops/feed.xml")
    assert answer.headers["last-modified"] == format_datetime(now, usegmt=True)
    assert other.headers["last-modified"] == format_datetime(third, usegmt=True)


@pytest.mark.parametrize("below", ["", "/{story}"])
def test_reading_page_is_sent_anew_to_who_asks_by_the_time_alone(
    client: TestClient, published: Issue, stories: dict[str, Story], now: datetime, below: str
) -> None:
    path = f"/read/{published.id}" + below.format(story=stories["First of AI"].id)
    since = {"If-Modified-Since": format_datetime(now, usegmt=True)}
    answer = client.get(path, headers=since)
    assert (answer.status_code, "last-modified" in answer.headers) == (200, False)
