"""A real server on the loopback and a real Chromium; run by `make browser`."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from sqlalchemy import select

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.delivery.compose import browser_url, edition_facts
from app.enums import Depth, EditionState, IssueState
from app.main import create_app
from app.models import Edition, Issue, Story, Subscriber
from app.rendering.edition import render_edition
from app.settings import Settings
from app.tokens import Purpose
from tests.at_hand import build_at_hand
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.serving import served

OpenPage = Callable[..., Page]
Stored = Callable[[], Subscriber]

both_ways = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
looks = pytest.mark.parametrize("look", ["light", "dark"])

PATIENCE = 20_000
"""Milliseconds until a page that does not become what it should fails."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("No Chromium: install one, or set CHROMIUM to where it is.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@dataclass
class Clock:
    """The machine's, set forward by `ahead` where a test shall not wait."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def container(settings: Settings, clock: Clock) -> Iterator[Container]:
    """Build the application's objects, for an address whose port is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = settings.model_copy(update={"base_url": f"http://127.0.0.1:{port}"})
    container = build_at_hand(here, clock=clock)
    yield container
    container.engine.dispose()


@pytest.fixture
def server(container: Container) -> Iterator[str]:
    """Serve the whole application and yield its base address."""
    with served(create_app(container), urlsplit(container.settings.base_url).port or 0):
        yield container.settings.base_url


@pytest.fixture
def link(container: Container) -> str:
    """Add somebody with all rights of an issue, and make a link for them."""
    with transaction(container.sessions) as session:
        address = parse_address("ada@desk.test", allow_reserved=True)
        roles = [Role.EDITOR, Role.SENDER]
        user = add_user(session, CLI, "Ada", address, roles, container.clock())
        session.flush()
        base_url = container.settings.base_url
        return hand_out_link(session, CLI, user.id, base_url, container.clock()).removeprefix(
            base_url
        )


@pytest.fixture
def issue(container: Container) -> Issue:
    """Make a sent issue of two categories, with a story that has everything."""
    with transaction(container.sessions) as session:
        ai = make_category(session, "ai", name="AI", accent="#5B3FD6", accent_dark="#B3A4FF")
        devops = make_category(
            session, "devops", name="DevOps", accent="#0B6B57", accent_dark="#63CDB2"
        )
        issue = make_issue(
            session,
            state=IssueState.SENT,
            launched_at=system_clock() - timedelta(hours=1),
        )
        long_word = "unbreakable" * 12
        article = f"At length.\n\n• One\n• Two\n\n3. Three\n\nhttps://example.com/{long_word}"
        make_story(session, issue, ai, title="A story with everything", article=article)
        make_story(session, issue, ai, title=f"A title with {long_word} in it")
        make_story(session, issue, devops, title="The last story", url="", takeaway="")
    return issue


@pytest.fixture
def paths(container: Container, issue: Issue) -> dict[str, str]:
    """Return every page that can be read without a token, by its name."""
    base_url = container.settings.base_url
    with transaction(container.sessions) as session:
        edition = Edition(
            issue_id=issue.id,
            follows=3,
            depth=Depth.DEEP,
            revision=1,
            state=EditionState.RENDERED,
            n_readers=1,
        )
        session.add(edition)
        session.flush()
        address = browser_url(base_url, edition.public_id)
        facts = edition_facts(
            session,
            issue,
            follows=3,
            depth=Depth.DEEP,
            base_url=base_url,
            browser_url=address,
        )
        edition.html = render_edition(facts, container.templates).html
        ids = session.scalars(select(Story.id).order_by(Story.position)).all()
    read = f"/read/{issue.id}"
    return {
        "front": "/",
        "how to leave": "/leave",
        "preview of leaving": "/preview/leave",
        "preview of preferences": "/preview/preferences?lang=de",
        "form for other sites": "/embed",
        "latest": "/read",
        "category": "/categories/ai",
        "search": "/search",
        "found": "/search?q=experiment",
        "found in German": "/search?q=experiment&lang=de",
        "nothing found": "/search?q=nothinglikeit",
        "in German": f"{read}?lang=de",
        "issue": read,
        "first story": f"{read}/{ids[0]}",
        "second story": f"{read}/{ids[1]}",
        "last story": f"{read}/{ids[2]}",
        "edition": address.removeprefix(base_url),
        "not found": "/no/such/page",
    }


@pytest.fixture
def reader(container: Container, issue: Issue) -> Subscriber:
    """Make a reader of both categories of the issue."""
    with transaction(container.sessions) as session:
        return make_subscriber(session, "ada@reader.example", follows=3)


@pytest.fixture
def stored(container: Container, reader: Subscriber) -> Stored:
    """Return a function that reads the reader's row as it is at that moment."""

    def read() -> Subscriber:
        with transaction(container.sessions) as session:
            return session.get_one(Subscriber, reader.id)

    return read


def link_of(container: Container, purpose: Purpose, subject: int) -> str:
    """Return the path of a link as a mail has it."""
    path = "address" if purpose is Purpose.NEW_ADDRESS else purpose.value
    path = "preferences" if purpose is Purpose.ASKED else path
    return f"/{path}/{container.signer.sign(purpose, subject, now=container.clock())}"


@pytest.fixture
def own(container: Container, reader: Subscriber) -> str:
    return link_of(container, Purpose.PREFERENCES, reader.public_id)


@pytest.fixture
def leave(container: Container, reader: Subscriber) -> str:
    return link_of(container, Purpose.LEAVE, reader.public_id)


@dataclass
class _Watch:
    """What a page should not do: complain, or ask anybody but us."""

    server: str
    faults: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        # Chromium also says when the page itself answers 404; that is what the test asks for.
        own_status = message.location["url"] == (message.page.url if message.page else "")
        if message.type in {"error", "warning"} and not own_status:
            self.faults.append(message.text)

    def asked(self, request: Request) -> None:
        if not request.url.startswith(f"{self.server}/"):
            self.faults.append(f"asked {request.url}")


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    """Yield a function that opens a page of a context of its own.

    For example: `open_page("/", width=375, color_scheme="dark")`.
    """
    watch = _Watch(server)
    contexts = []

    def open_one(path: str, *, width: int = 1200, **options: object) -> Page:
        size = {"width": width, "height": 800}
        context = browser.new_context(base_url=server, viewport=size, **options)  # type: ignore[arg-type]  # options are Playwright's own, by name
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", watch.heard)
        page.on("pageerror", lambda error: watch.faults.append(str(error)))
        page.on("request", watch.asked)
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert watch.faults == []
