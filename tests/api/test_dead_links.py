"""Whoever looks at a mail that is not theirs gets no link that does anything for its reader."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.container import Container
from app.delivery.editions import render_pending
from app.delivery.pace import Pace
from app.delivery.post import send_letter
from app.delivery.send import Sender
from app.enums import IssueState, Tracking
from app.errors import NotFound
from app.issues.daily import launch_if_due
from app.link_tokens import LinkSigner
from app.models import (
    Consent,
    Edition,
    Issue,
    Letter,
    Publication,
    ReaderClick,
    Subscriber,
    TrackedLink,
)
from app.rendering.merge import fill
from app.tokens import Purpose
from tests.api.clients import load
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport

_ADDRESS = re.compile(r"https?://[^\s\"'<>)]+")


@pytest.fixture
def reader(session: Session) -> Subscriber:
    publication = session.get_one(Publication, 1)
    publication.tracking, publication.tracks_opens = Tracking.PER_READER, True
    publication.from_address = "digest@example.com"
    found = make_subscriber(session, "ann@example.com", follows=0b11)
    session.commit()
    return found


@pytest.fixture
def path(api: TestClient, reader: Subscriber) -> str:
    return f"/v1/issues/{load(api, ('Of AI', 'AI'), ('Of Ops', 'Ops'))}"


@pytest.fixture(params=["draft", "launched"])
def issue(
    request: pytest.FixtureRequest, session: Session, container: Container, path: str, now: datetime
) -> Issue:
    """Return a draft issue, and one whose editions are rendered with tracked links."""
    found = session.get_one(Issue, int(path.rsplit("/", 1)[1]))
    if request.param == "launched":
        found.state, found.send_at = IssueState.SCHEDULED, now
        session.commit()
        assert launch_if_due(session, found.id, now)
        session.commit()
        for edition_id in session.scalars(select(Edition.id)):
            render_pending(
                container.sessions,
                edition_id,
                container.templates,
                container.settings.base_url,
                now,
                sign=LinkSigner(container.signer.keys).sign,
            )
    return found


def _parts(message: bytes) -> Iterator[str]:
    """Yield the headers and the two parts of a message."""
    told = email.message_from_bytes(message, policy=email.policy.default)
    yield from (str(value) for value in told.values())
    for kind in ("html", "plain"):
        part = told.get_body((kind,))
        assert part is not None
        yield part.get_content()


@pytest.fixture
def shown(
    api: TestClient,
    container: Container,
    session: Session,
    issue: Issue,
    path: str,
    reader: Subscriber,
    valkey_url: str,
) -> list[str]:
    """Return the issue in every form that somebody other than its reader may see."""
    found: list[str] = []
    for query in ({}, {"subscriber_id": str(reader.id)}):
        asked = [{**query, "format": form} for form in ("html", "text")]
        found += [api.get(f"{path}/preview", params=one).text for one in asked]
        told = api.get(f"{path}/preview", params={**query, "format": "json"}).json()
        found += [told["html"], told["text"]]
        answer = api.get(f"{path}/preview", params={**query, "format": "eml"})
        found += _parts(answer.content)
    share = api.post(f"{path}/share", json={}).json()["url"]
    found.append(api.get(share.removeprefix(container.settings.base_url)).text)
    found += _test_mail(api, container, session, path, valkey_url)
    return found


def _test_mail(
    api: TestClient, container: Container, session: Session, path: str, valkey_url: str
) -> list[str]:
    """Send a test mail and return it as it leaves."""
    answer = api.post(f"{path}/send-test", json={"address": "ann@example.com"})
    assert answer.status_code == 202, answer.text
    letter = session.get_one(Letter, answer.json()["letter_id"])
    transport = KeepingTransport()
    with Redis.from_url(valkey_url) as valkey:
        sender = Sender(
            sessions=container.sessions,
            transport=transport,
            pace=Pace(valkey, transport.quota),
            signer=container.signer,
            clock=container.clock,
            base_url=container.settings.base_url,
            worker="one",
        )
        assert send_letter(sender, container.templates, letter.id)
    ((mail, (recipient,)),) = transport.calls
    headers = [*mail.headers.values(), *recipient.headers.values()]
    return [fill(part, recipient.fields) for part in (mail.html, mail.text)] + headers


def _ours(shown: list[str], container: Container) -> set[str]:
    base_url = container.settings.base_url
    found = {address for part in shown for address in _ADDRESS.findall(part)}
    return {one.removeprefix(base_url) for one in found if one.startswith(base_url)}


def test_no_link_of_a_mail_that_is_looked_at_is_anybodys(
    shown: list[str], container: Container, now: datetime
) -> None:
    ours = _ours(shown, container)
    assert {"/preview/leave", "/preview/preferences", "/preview/preferences#pause"} <= ours
    for address in ours:
        begins = address.strip("/").split("/")[0]
        # List-Help names the page of leaving that is everybody's.
        assert begins in {"", "preview", "read", "editions"} or address == "/leave", address
        for piece in re.split(r"[/?=&#]", address):
            for purpose in Purpose:
                with pytest.raises(NotFound):
                    container.signer.read(purpose, piece, now=now)


def test_following_every_link_changes_nothing_and_counts_nothing(
    shown: list[str],
    public: TestClient,
    container: Container,
    session: Session,
    reader: Subscriber,
) -> None:
    one_click = {"List-Unsubscribe": "One-Click"}
    before = [(row.state, row.follows, row.depth) for row in session.scalars(select(Subscriber))]
    n_consents = session.scalar(select(func.count()).select_from(Consent))
    session.commit()
    for address in _ours(shown, container):
        page = urlsplit(address).path
        assert public.get(page or "/").status_code in {200, 404}
        if page.startswith("/preview/"):
            for answer in (public.get(page), public.post(page, data=one_click)):
                assert answer.status_code == 200
                assert "This is a preview" in answer.text
                assert "<form" not in answer.text.partition("<main")[2]
    session.expire_all()
    after = [(row.state, row.follows, row.depth) for row in session.scalars(select(Subscriber))]
    assert after == before
    assert session.scalar(select(func.count()).select_from(Consent)) == n_consents
    assert session.scalar(select(func.count()).select_from(ReaderClick)) == 0
    assert not any(row.n_human + row.n_machine for row in session.scalars(select(TrackedLink)))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("link", ["leave", "preferences"])
def test_page_of_a_dead_link_says_that_it_is_a_preview(
    public: TestClient, link: str, language: str
) -> None:
    answer = public.get(f"/preview/{link}", headers={"Accept-Language": language})
    title = answer.text.partition("<h1>")[2].partition("</h1>")[0]
    assert {"en": "preview", "de": "Vorschau"}[language] in title
    assert answer.headers["cache-control"] == "no-store"


def test_there_is_no_page_for_a_link_that_no_mail_has(public: TestClient) -> None:
    assert public.get("/preview/anything").status_code == 404
