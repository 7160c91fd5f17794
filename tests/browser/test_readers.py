"""Readers in a browser: found by their address, read with axe in both schemes and widths."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.enums import ConsentSource, ConsentStep, DeliveryState, Depth, IssueState
from app.models import Edition
from app.readers.consent import Origin, record_consent
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.ledger import write_down

Link = Callable[[], str]
LONG = f"ada.{'long' * 14}@reader.test"


@pytest.fixture
def link(container: Container) -> Link:
    """Return a function that makes a link for an admin; there is a reader with a long story."""
    now = container.clock()
    with transaction(container.sessions) as session:
        typed = parse_address("ann@desk.test", allow_reserved=True)
        ann = add_user(session, CLI, "Ann", typed, [Role.ADMIN], now)
        ai = make_category(session, "ai", name="AI")
        joined = now - timedelta(days=9)
        chosen = {"follows": ai.mask, "depth": Depth.BRIEF, "created_at": joined}
        reader = make_subscriber(session, LONG, **chosen)
        page = Origin(ConsentSource.PAGE)
        record_consent(session, reader, ConsentStep.SIGNED_UP, page, joined)
        record_consent(session, reader, ConsentStep.CONFIRMED, page, joined + timedelta(hours=1))
        make_subscriber(session, "gone@reader.test", state="left", left_at=now)
        for n in range(1, 15):
            at = now - timedelta(days=n / 2)
            times = {"issued_on": at.date(), "launched_at": at, "sent_at": at}
            issue = make_issue(session, state=IssueState.SENT, **times)
            make_story(session, issue, ai)
            if n % 5:
                write_down(session, issue, DeliveryState.DELIVERED, at, reader)
                edition = session.query(Edition).filter_by(issue_id=issue.id).one()
                edition.follows, edition.depth, edition.revision = ai.mask, Depth.BRIEF, 1
        draft = make_issue(session, issued_on=now.date() + timedelta(days=1))
        make_story(session, draft, ai)

    def do() -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, ann.id, base_url, container.clock())
        return made.removeprefix(base_url)

    return do


@looks
@widths
def test_axe_finds_nothing_on_the_readers(
    open_page: OpenPage, link: Link, look: str, width: int
) -> None:
    page = open_page(link(), width=width, color_scheme=look, reduced_motion="reduce")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Readers", exact=True).first.click()
    expect(page.get_by_text("of them paused")).to_be_visible()
    found = {"list": faults(page, width)}
    page.get_by_label("Mail address").fill("nobody@reader.test")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nobody here has this address")).to_be_visible()
    found["nobody"] = faults(page, width)
    page.get_by_label("Mail address").fill(LONG)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("AI, Brief · revision 1 · delivered").first).to_be_visible()
    assert "reader.test" not in page.url
    for summary in page.locator("summary").all():
        summary.click()
    found["reader"] = faults(page, width)
    page.goto(f"{page.url}?lang=de")
    expect(page.get_by_text("AI, Kurz · ").first).to_be_visible()
    found["in German"] = faults(page, width)
    page.get_by_role("link", name="Löschen …").click()
    expect(page.get_by_role("button", name="Endgültig löschen")).to_be_visible()
    found["erasing"] = faults(page, width)
    assert not any(found.values()), found


def test_without_scripts_a_link_counts_and_the_mail_opens(open_page: OpenPage, link: Link) -> None:
    page = open_page(link(), java_script_enabled=False)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/readers")
    page.get_by_role("link", name="Count the readers").click()
    expect(page.get_by_text("of them paused")).to_be_visible()
    page.get_by_role("link", name=LONG).click()
    page.get_by_role("link", name="Their mail").first.click()
    expect(page.get_by_text("Story number 1").first).to_be_visible()
