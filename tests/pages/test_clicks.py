"""Tracked links as a browser meets them: on to what stood in the mail, and to nothing else."""

from collections.abc import Callable
from dataclasses import astuple
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.tracking import keep_links
from app.enums import LinkKind, Tracking
from app.link_tokens import LinkSigner, LinkTo, within
from app.models import Issue, Publication, ReaderClick, Subscriber, TrackedLink
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import tree_of, words_of

URL = "https://news.example.org/a?b=c&d=%20e#f"
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"}
Found = Callable[[], tuple[int, int, int]]


@pytest.fixture
def link(published: Issue) -> LinkTo:
    return LinkTo(published.id, LinkKind.STORY, 1)


@pytest.fixture
def reader(sessions: Sessions, link: LinkTo) -> Subscriber:
    """Somebody whose clicks are kept, and a link and a pixel in their mail."""
    with transaction(sessions) as session:
        publication = session.get_one(Publication, 1)
        publication.tracking, publication.tracks_opens = Tracking.PER_READER, True
        pixel = LinkTo(link.issue_id, LinkKind.PIXEL)
        keep_links(session, sorted([(link, URL), (pixel, "")]))
        return make_subscriber(session)


@pytest.fixture
def signer(container: Container) -> LinkSigner:
    return LinkSigner(container.signer.keys)


@pytest.fixture
def path(signer: LinkSigner, link: LinkTo, published: Issue, reader: Subscriber) -> str:
    theirs = signer.sign_reader(published.public_id, reader.id, reader.public_id)
    return f"/c/{signer.sign(link, published.public_id)}/{theirs}"


@pytest.fixture
def counted(sessions: Sessions, link: LinkTo) -> Found:
    def read() -> tuple[int, int, int]:
        with transaction(sessions) as session:
            row = session.get_one(TrackedLink, astuple(link))
            return row.n_human, row.n_machine, row.n_readers

    return read


def test_link_within_a_text_leads_there_and_is_counted_for_its_reader(
    client: TestClient,
    signer: LinkSigner,
    published: Issue,
    path: str,
    sessions: Sessions,
) -> None:
    link = within(published.id, 1, URL)
    code, theirs = signer.sign(link, published.public_id), path.rpartition("/")[2]
    assert client.get(f"/c/{code}/{theirs}", headers=PERSON).status_code == 404
    with transaction(sessions) as session:
        keep_links(session, [(link, URL)])
    answer = client.get(f"/c/{code}/{theirs}", headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (302, URL)
    with transaction(sessions) as session:
        row = session.get_one(TrackedLink, astuple(link))
        assert (row.n_human, row.n_machine, row.n_readers) == (1, 0, 1)
        assert session.scalars(select(ReaderClick.key)).all() == [link.key]
    assert client.get(f"/o/{code}/{theirs}", headers=PERSON).status_code == 404


def test_link_leads_to_what_stood_in_the_mail_and_is_counted(
    client: TestClient, path: str, counted: Found
) -> None:
    answer = client.get(path, headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (302, URL)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert counted() == (1, 0, 1)


def test_link_of_everybody_keeps_nobody(
    client: TestClient, path: str, counted: Found, sessions: Sessions
) -> None:
    assert client.get(path.rsplit("/", 1)[0], headers=PERSON).headers["location"] == URL
    assert counted() == (1, 0, 0)
    with transaction(sessions) as session:
        assert session.scalars(select(ReaderClick)).all() == []


@pytest.mark.parametrize("name", ["DNT", "Sec-GPC"])
def test_browser_that_asks_for_it_is_counted_and_not_kept(
    client: TestClient, path: str, counted: Found, name: str
) -> None:
    assert client.get(path, headers=PERSON | {name: "1"}).headers["location"] == URL
    assert counted() == (1, 0, 0)


def test_head_leads_on_and_is_not_counted(client: TestClient, path: str, counted: Found) -> None:
    assert client.head(path, headers=PERSON).headers["location"] == URL
    assert counted() == (0, 0, 0)


def test_scanner_is_counted_apart(client: TestClient, path: str, counted: Found) -> None:
    assert client.get(path, headers={"User-Agent": "Mimecast"}).headers["location"] == URL
    assert counted() == (0, 1, 0)


def test_link_leads_on_when_tracking_was_switched_off(
    client: TestClient, path: str, counted: Found, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        session.get_one(Publication, 1).tracking = Tracking.OFF
    assert client.get(path, headers=PERSON).headers["location"] == URL
    assert counted() == (0, 0, 0)


def test_pixel_is_a_point_that_is_never_kept(
    client: TestClient,
    signer: LinkSigner,
    link: LinkTo,
    published: Issue,
    path: str,
    sessions: Sessions,
) -> None:
    code = signer.sign(LinkTo(link.issue_id, LinkKind.PIXEL), published.public_id)
    theirs = path.rpartition("/")[2]
    for agent in (PERSON["User-Agent"], "Mozilla/5.0"):
        answer = client.get(f"/o/{code}/{theirs}", headers={"User-Agent": agent})
        assert answer.headers["content-type"] == "image/gif"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"GIF89a")
    with transaction(sessions) as session:
        row = session.get_one(TrackedLink, (link.issue_id, LinkKind.PIXEL, 0, 0))
        assert (row.n_human, row.n_machine, row.n_readers) == (1, 1, 1)


def test_link_and_pixel_do_not_stand_in_for_each_other(
    client: TestClient, signer: LinkSigner, link: LinkTo, published: Issue, reader: Subscriber
) -> None:
    assert reader.id
    assert client.get(f"/o/{signer.sign(link, published.public_id)}").status_code == 404
    pixel = signer.sign(LinkTo(link.issue_id, LinkKind.PIXEL), published.public_id)
    assert client.get(f"/c/{pixel}").status_code == 404


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_link_with_any_character_changed_leads_nowhere(
    data: st.DataObject, client: TestClient, path: str
) -> None:
    place = data.draw(st.integers(len("/c/"), len(path) - 1).filter(lambda at: path[at] != "/"))
    letters = st.sampled_from("ABCxyz012-_~.").filter(lambda char: char != path[place])
    answer = client.get(path[:place] + data.draw(letters) + path[place + 1 :], headers=PERSON)
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_reader_of_another_issue_is_not_taken(
    client: TestClient, signer: LinkSigner, path: str, published: Issue, reader: Subscriber
) -> None:
    other = signer.sign_reader(published.public_id + 1, reader.id, reader.public_id)
    assert client.get(f"{path.rpartition('/')[0]}/{other}").status_code == 404


def test_own_page_lets_refuse_and_forgets_what_was_kept(
    client: TestClient,
    container: Container,
    sessions: Sessions,
    reader: Subscriber,
    path: str,
    now: datetime,
) -> None:
    client.get(path, headers=PERSON)
    own = f"/preferences/{container.signer.sign(Purpose.ASKED, reader.public_id, now=now)}"
    assert "Clicks" in words_of(tree_of(client.get(own).text), "legend")
    (kept,) = client.get(f"{own}/data").json()["clicks"]
    assert (kept["url"], kept["times"]) == (URL, 1)
    form = {"categories": ["ai"], "depth": "deep", "asks_clicks": "1"}
    client.post(own, data=form | {"refuse_clicks": "1"})
    data = client.get(f"{own}/data").json()
    assert (data["clicks"], data["preferences"]["refuses_tracking"]) == ([], True)
    # A page from before clicks were asked about changes nothing of them.
    client.post(own, data={"categories": ["ai"], "depth": "deep"})
    assert client.get(f"{own}/data").json()["preferences"]["refuses_tracking"]
    client.post(own, data=form)
    with transaction(sessions) as session:
        assert not session.get_one(Subscriber, reader.id).refuses_tracking


def test_own_page_says_nothing_of_clicks_when_none_are_kept(
    client: TestClient, container: Container, sessions: Sessions, reader: Subscriber, now: datetime
) -> None:
    with transaction(sessions) as session:
        session.get_one(Publication, 1).tracking = Tracking.COUNTS
    own = f"/preferences/{container.signer.sign(Purpose.ASKED, reader.public_id, now=now)}"
    assert "Clicks" not in words_of(tree_of(client.get(own).text), "legend")
