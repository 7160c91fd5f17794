"""Results in a browser: axe in both schemes and widths, and what it counts afterwards."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.enums import DeliveryState, IssueState, LinkKind
from app.models import Issue, TrackedLink
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story
from tests.ledger import write_down

Link = Callable[[], str]
LONG = "A title of one unbreakable" + "word" * 30


@pytest.fixture
def link(container: Container) -> Link:
    """Return a function that makes a link for a viewer; there is an issue that went out."""
    now = container.clock()
    began = now - timedelta(hours=2)
    with transaction(container.sessions) as session:
        typed = parse_address("vic@desk.test", allow_reserved=True)
        vic = add_user(session, CLI, "Vic", typed, [Role.VIEWER], now)
        ai = make_category(session, "ai", name="AI")
        times = {"issued_on": now.date(), "launched_at": began, "sent_at": began}
        sent = make_issue(session, state=IssueState.SENT, n_due=3, subject="What went out", **times)
        stories = [make_story(session, sent, ai, title=title) for title in ("The first", LONG)]
        for n, story in enumerate(stories):
            of = {"issue_id": sent.id, "story_id": story.id, "url": "https://a.example/"}
            session.add(TrackedLink(kind=LinkKind.STORY, n_human=9 - n, n_machine=3, **of))
            session.add(TrackedLink(kind=LinkKind.READING, n_human=2, **of))
            of["url"] = f"https://a.example/{'long' * 40 * n}"
            session.add(TrackedLink(kind=LinkKind.WITHIN, key=1, n_human=4, **of))
        for state in (DeliveryState.DELIVERED, DeliveryState.COMPLAINED, DeliveryState.IN_DOUBT):
            write_down(session, sent, state, began)

    def do() -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, vic.id, base_url, container.clock())
        return made.removeprefix(base_url)

    return do


@looks
@widths
def test_axe_finds_nothing_on_the_results(
    open_page: OpenPage, link: Link, look: str, width: int
) -> None:
    page = open_page(link(), width=width, color_scheme=look, reduced_motion="reduce")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Results", exact=True).first.click()
    found = {"list": faults(page, width)}
    page.locator(".rows a").first.click()
    expect(page.get_by_text("This issue is over it.").first).to_be_visible()
    expect(page.get_by_text("Nobody who had it left")).to_be_visible()
    found["issue"] = faults(page, width)
    page.goto(f"{page.url}?lang=de")
    expect(page.get_by_text("Diese Ausgabe liegt darüber.").first).to_be_visible()
    found["in German"] = faults(page, width)
    assert not any(found.values()), found


def test_without_scripts_a_link_counts(
    open_page: OpenPage, link: Link, container: Container
) -> None:
    with transaction(container.sessions) as session:
        sent = session.scalars(select(Issue.id)).one()
    page = open_page(link(), java_script_enabled=False)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"/desk/issues/{sent}/results")
    page.get_by_role("link", name="Count how it went").click()
    expect(page.get_by_text("This issue is over it.").first).to_be_visible()
