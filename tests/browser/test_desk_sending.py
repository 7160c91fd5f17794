"""An issue that goes out, at the desk in a browser: its stop, its figures, its doubts, and axe."""

import pytest
from playwright.sync_api import Page, expect

from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.delivery.launch import launch
from app.enums import DeliveryState, IssueState
from app.issues.lifecycle import approve, lock_issue
from app.issues.scheduling import schedule
from app.models import Issue
from tests.browser.conftest import OpenPage, both_ways, looks
from tests.browser.test_desk import faults, widths
from tests.browser.test_desk_plan import draft
from tests.factories import make_subscriber
from tests.ledger import write_down

__all__ = ["draft"]


@pytest.fixture
def running(container: Container, draft: Issue) -> Issue:
    """Launch the draft, with a reader in doubt and one whose mail came back."""
    now = container.clock()
    with transaction(container.sessions) as session:
        approve(session, CLI, draft.id, now)
        schedule(session, CLI, draft.id, now, send_at=now)
        issue = lock_issue(session, draft.id)
        launch(session, issue, now)
        lost = make_subscriber(session, f"{'long' * 12}@reader.example")
        write_down(session, issue, DeliveryState.IN_DOUBT, now, lost, reason="worker_lost")
        write_down(session, issue, DeliveryState.BOUNCED, now, reason="mailbox full")
        return issue


def _open(page: Page, link: str, issue: Issue, *, scripts: bool = True) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"/desk/issues/{issue.id}/sending")
    if not scripts:
        page.get_by_role("link", name="Count the readers").click()
    expect(page.get_by_role("heading", name="1 reader in doubt")).to_be_visible(timeout=20_000)


@looks
@widths
def test_axe_finds_nothing_in_a_sending_and_nothing_is_too_wide(
    open_page: OpenPage, link: str, running: Issue, look: str, width: int
) -> None:
    page = open_page("/desk", width=width, color_scheme=look, reduced_motion="reduce")
    _open(page, link, running)
    findings = {}
    for name in ("sending", "paused"):
        for one in page.locator("summary").all():
            one.click()
        findings[name] = faults(page, width)
        if name == "sending":
            page.get_by_role("button", name="Pause sending").click()
            expect(page.get_by_text("Resume …")).to_be_visible(timeout=20_000)
    page.goto(f"{page.url.partition('?')[0]}?lang=de")
    expect(page.get_by_role("heading", name="1 Leser ungewiss")).to_be_visible(timeout=20_000)
    findings["in German"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


@both_ways
def test_send_is_stopped_by_one_press_and_goes_on_after_one_question(
    open_page: OpenPage, container: Container, link: str, running: Issue, *, scripts: bool
) -> None:
    page = open_page("/desk", java_script_enabled=scripts)
    _open(page, link, running, scripts=scripts)
    page.get_by_role("button", name="Pause sending").click()
    expect(page.get_by_role("status")).to_contain_text("Paused.")
    if not scripts:
        page.get_by_role("link", name="Count the readers").click()
    page.get_by_text("Resume …").click()
    page.get_by_role("button", name="Resume for").click()
    expect(page.get_by_role("status")).to_have_text("It goes on.")
    with transaction(container.sessions) as session:
        assert session.get_one(Issue, running.id).state is IssueState.SENDING


def test_figures_renew_themselves_and_a_question_stays_open(
    open_page: OpenPage, container: Container, link: str, running: Issue
) -> None:
    page = open_page("/desk")
    _open(page, link, running)
    page.get_by_text("Cancel …").click()
    with transaction(container.sessions) as session:
        session.get_one(Issue, running.id).state = IssueState.PAUSED
    expect(page.locator("#live")).to_contain_text("paused")
    expect(page.get_by_role("button", name="Cancel it for")).to_be_visible()


def test_reader_in_doubt_is_left_as_they_are(
    open_page: OpenPage, link: str, running: Issue
) -> None:
    page = open_page("/desk")
    _open(page, link, running)
    page.get_by_role("button", name="Leave them").click()
    expect(page.get_by_role("status")).to_have_text("They are left as they are.")
    expect(page.get_by_text("could not be sent")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name="in doubt")).to_have_count(0)
