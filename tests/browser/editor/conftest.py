"""A draft, servers that can be stopped, and browsers of people who write in it."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.main import create_app
from app.models import Issue, User
from tests.browser.conftest import PATIENCE
from tests.browser.editor.pages import Enter, Serve, Write, saved
from tests.factories import make_category, make_issue, make_story
from tests.serving import served


@pytest.fixture
def serve(container: Container) -> Iterator[Serve]:
    """Return what starts a server of its own, as often as it is asked."""
    with ExitStack() as all_of_them:

        def start() -> ExitStack:
            one = all_of_them.enter_context(ExitStack())
            app = create_app(container)
            one.enter_context(served(app, urlsplit(container.settings.base_url).port or 0))
            return one

        yield start


@pytest.fixture
def draft(session: Session) -> Issue:
    issue = make_issue(session, issued_on=system_clock().date() + timedelta(days=1))
    ai = make_category(session, "ai", name="AI")
    devops = make_category(session, "devops", name="DevOps")
    make_story(session, issue, ai, title="A compiler", deep_dive=["One", "Two"])
    make_story(session, issue, ai, title="A database", takeaway="")
    make_story(session, issue, devops, title="A queue", why_it_matters="")
    session.commit()
    return issue


@pytest.fixture
def enter(container: Container) -> Enter:
    """Return what signs somebody in at a page; who is not there yet is added."""

    def do(page: Page, who: str, *roles: Role) -> None:
        base_url, now = container.settings.base_url, container.clock()
        with transaction(container.sessions) as session:
            user = session.scalar(select(User).where(User.name == who))
            if user is None:
                address = parse_address(f"{who.lower()}@desk.test", allow_reserved=True)
                user = add_user(session, CLI, who, address, roles or [Role.EDITOR], now)
                session.flush()
            link = hand_out_link(session, CLI, user.id, base_url, now)
        page.goto(link)
        page.get_by_role("button", name="Sign in").click()

    return do


@pytest.fixture
def write(browser: Browser, container: Container, draft: Issue, enter: Enter) -> Iterator[Write]:
    """Return what opens the editor for somebody, in a browser of their own."""
    contexts: list[BrowserContext] = []

    def open_for(
        who: str, *roles: Role, path: str = "#s1", width: int = 1280, **options: object
    ) -> Page:
        base_url = container.settings.base_url
        size = {"width": width, "height": 900}
        contexts.append(browser.new_context(base_url=base_url, viewport=size, **options))  # type: ignore[arg-type]  # options are Playwright's own, by name
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        enter(page, who, *roles)
        page.goto(f"/desk/issues/{draft.id}/edit{path}")
        saved(page)
        return page

    yield open_for
    for context in contexts:
        context.close()
