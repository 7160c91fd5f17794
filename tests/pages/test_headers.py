"""What holds for every page alike: HEAD, caching, the policy, and that looking changes nothing."""

import itertools
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.container import Container, build
from app.db.base import Base
from app.db.session import Sessions, transaction
from app.delivery.letters import queue_letter
from app.enums import Depth, EditionState, LetterKind, SubscriberState
from app.models import Edition, Issue, Story, Subscriber
from app.settings import Settings
from app.tokens import Purpose
from tests.factories import make_subscriber
from tests.pages.markup import tree_of

PUBLIC = [
    "/",
    "/leave",
    "/embed",
    "/read",
    "/read/{issue}",
    "/read/{issue}/{story}",
    "/categories/ai",
    "/search",
    "/search?q=story",
    "/search?q=nothinglikeit",
]
FOR_PROGRAMS = [
    "/feed.xml",
    "/categories/ai/feed.xml",
    "/sitemap.xml",
    "/sitemap-pages.xml",
    "/sitemap-2026-11.xml",
    "/robots.txt",
]
MAIL = "/editions/{edition}"
PRIVATE = [
    "/confirm/{confirm}",
    "/leave/{leave}",
    "/leave/{leave}/category/ai",
    "/preferences/{preferences}",
    "/preferences/{preferences}/erase",
    "/address/{address}",
    "/preview/leave",
    "/no/such/page",
]
DATA = "/preferences/{preferences}/data"
STATIC = [
    "/static/site.css",
    "/static/icon.svg",
    "/favicon.ico",
    "/static/categories.css",
    "/static/look.css",
]


@pytest.fixture
def container(settings: Settings, now: datetime) -> Iterator[Container]:
    """Build a container whose clock advances by seven seconds each time it is read."""
    seconds = itertools.count(0, 7)
    clock = partial(next, (now + timedelta(seconds=n) for n in seconds))
    container = build(settings, clock=clock, enqueue_now=lambda _jobs: None)
    yield container
    container.engine.dispose()


@pytest.fixture
def ids(
    container: Container,
    sessions: Sessions,
    published: Issue,
    stories: dict[str, Story],
    now: datetime,
) -> dict[str, object]:
    """Return the values for the paths above."""
    with transaction(sessions) as session:
        reader: Subscriber = make_subscriber(session, state=SubscriberState.PENDING)
        edition = Edition(
            issue_id=published.id,
            follows=3,
            depth=Depth.DEEP,
            revision=1,
            state=EditionState.RENDERED,
            n_readers=1,
            html="<html><body><p>The mail.</p></body></html>",
        )
        session.add(edition)
        session.flush()
        public_id = edition.public_id
        letter = queue_letter(
            session,
            LetterKind.NEW_ADDRESS,
            subscriber_id=reader.id,
            address="new@reader.example",
            now=now,
        )
    return {
        "edition": public_id,
        "issue": published.id,
        "story": stories["First of AI"].id,
        "confirm": container.signer.sign(Purpose.CONFIRM, reader.public_id, now=now),
        "leave": container.signer.sign(Purpose.LEAVE, reader.public_id, now=now),
        "preferences": container.signer.sign(Purpose.PREFERENCES, reader.public_id, now=now),
        "address": container.signer.sign(Purpose.NEW_ADDRESS, letter.public_id, now=now),
    }


@pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE])
def test_page_runs_and_loads_nothing_from_elsewhere(
    client: TestClient, ids: dict[str, object], path: str
) -> None:
    answer = client.get(path.format(**ids))
    tree_of(answer.text)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*", policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', answer.text)
    assert all(address.startswith("/static/") for address in loaded)
    for address in loaded:
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("path", [*PUBLIC, *FOR_PROGRAMS, MAIL, *PRIVATE, DATA, *STATIC])
def test_head_answers_as_get_without_a_body(
    client: TestClient, ids: dict[str, object], path: str
) -> None:
    got, head = client.get(path.format(**ids)), client.head(path.format(**ids))
    assert head.status_code == got.status_code
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("path", [*PUBLIC, *FOR_PROGRAMS, MAIL, *STATIC])
def test_public_page_is_not_sent_again_when_it_is_held(
    client: TestClient, ids: dict[str, object], path: str
) -> None:
    address = path.format(**ids)
    first = client.get(address)
    assert first.headers["cache-control"].startswith("public, max-age=")
    tag = first.headers["etag"]
    for held in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = client.get(address, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", [*PRIVATE, DATA])
def test_private_page_is_kept_nowhere_and_its_address_told_to_nobody(
    client: TestClient, ids: dict[str, object], path: str
) -> None:
    headers = client.get(path.format(**ids)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in headers


def test_looking_at_every_page_changes_no_row(
    client: TestClient, sessions: Sessions, ids: dict[str, object]
) -> None:
    before = _rows(sessions)
    for path in [*PUBLIC, *FOR_PROGRAMS, MAIL, *PRIVATE, DATA, *STATIC, "/signup", "/preferences"]:
        for method in ("GET", "HEAD"):
            status = client.request(method, path.format(**ids)).status_code
            assert status in {200, 303} or path == "/no/such/page", path
    assert _rows(sessions) == before


def test_static_file_is_kept_for_ever_only_under_its_own_version(
    client: TestClient, ids: dict[str, object]
) -> None:
    page = client.get("/read/{issue}".format(**ids)).text
    versioned = re.findall(r"/static/site\.css\?v=\w+", page)[0]
    assert "immutable" in client.get(versioned).headers["cache-control"]
    for other in ("/static/site.css", "/static/site.css?v=old"):
        assert "immutable" not in client.get(other).headers["cache-control"]


@pytest.mark.parametrize("name", ["nothing.css", "../render.py", "%2e%2e%2frender.py", "a%00"])
def test_static_finds_nothing_beside_its_folder(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def _rows(sessions: Sessions) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with transaction(sessions) as session:
        return {
            table.name: sorted(map(tuple, session.execute(select(table)).all()), key=repr)
            for table in Base.metadata.sorted_tables
        }
