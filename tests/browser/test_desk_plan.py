"""The plan at the desk in a browser: from the draft to what goes out, and axe on every page."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.delivery.account import pause_account
from app.delivery.launch import launch
from app.enums import Depth, EditionState, IssueState, SubscriberState
from app.issues.lifecycle import lock_issue
from app.models import Edition, Issue, Publication
from tests.browser.conftest import OpenPage, both_ways, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story, make_subscriber


@pytest.fixture
def draft(container: Container) -> Issue:
    """Make the draft of the day after tomorrow, the issue before it, and readers of all kinds."""
    now = container.clock()
    with transaction(container.sessions) as session:
        publication = session.get_one(Publication, 1)
        publication.time_zone = "Europe/Vienna"
        publication.from_address = "Devoured <digest@digest.dev>"
        publication.weekdays = [1, 2, 3, 4, 5, 6, 7]
        ai = make_category(session, "ai", name="AI")
        devops = make_category(session, "devops", name="DevOps and platforms")
        before = make_issue(
            session,
            issued_on=now.date() - timedelta(days=1),
            state=IssueState.SENT,
            launched_at=now - timedelta(days=1),
        )
        for follows, depth, n in ((1, Depth.DEEP, 14_202), (3, Depth.BRIEF, 3)):
            made = {"follows": follows, "depth": depth, "n_readers": n}
            state = EditionState.RENDERED
            session.add(Edition(issue_id=before.id, revision=1, state=state, **made))
        issue = make_issue(session, issued_on=now.date() + timedelta(days=2))
        make_story(session, issue, ai)
        make_story(session, issue, devops)
        for depth, hour in ((Depth.DEEP, None), (Depth.BRIEF, 9), (Depth.DEEP, 20)):
            make_subscriber(session, follows=3, depth=depth, hour=hour, time_zone="Europe/Vienna")
        make_subscriber(session, follows=1, state=SubscriberState.PENDING)
        make_subscriber(session, follows=4)
        return issue


def _sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()


def _counted(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator(".plan")).to_be_visible(timeout=20_000)


@looks
@widths
def test_axe_finds_nothing_in_a_plan_and_nothing_is_too_wide(
    open_page: OpenPage, container: Container, link: str, draft: Issue, look: str, width: int
) -> None:
    page = open_page("/desk", width=width, color_scheme=look, reduced_motion="reduce")
    _sign_in(page, link)
    base = f"/desk/issues/{draft.id}"
    findings = {}
    pages = {
        "plan": f"{base}/plan",
        "plan in German": f"{base}/plan?lang=de",
        "another time": f"{base}/plan?at={draft.issued_on}T08:30",
        "no time": f"{base}/plan?at=yesterday",
        "send now": f"{base}/send-now",
        "send now in German": f"{base}/send-now?lang=de",
    }
    for name, path in pages.items():
        _counted(page, path)
        for one in page.locator("summary").all():
            one.click()
        findings[name] = faults(page, width)
    for name, path in {
        "left out": f"{base}/left-out?why=pending",
        "nobody left out, in German": f"{base}/left-out?why=paused&lang=de",
    }.items():
        page.goto(path)
        findings[name] = faults(page, width)
    _counted(page, f"{base}/plan")
    page.get_by_role("button", name="Approve for 3 readers").click()
    with transaction(container.sessions) as session:
        pause_account(session, CLI, "the domain is being moved", container.clock())
        make_story(session, session.get_one(Issue, draft.id), title="A half one", what="")
    _counted(page, f"{base}/plan")
    findings["approved"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


@both_ways
def test_draft_is_approved_in_two_presses_and_sent_in_two_more(
    open_page: OpenPage, container: Container, link: str, draft: Issue, *, scripts: bool
) -> None:
    page = open_page("/desk", java_script_enabled=scripts)
    _sign_in(page, link)
    page.goto(f"/desk/issues/{draft.id}")
    page.get_by_role("link", name="Plan and approve …").click()
    if not scripts:
        page.get_by_role("link", name="Count the readers").click()
    page.get_by_role("button", name="Approve for 3 readers").click()
    expect(page.get_by_role("status")).to_have_text("Approved.")
    if not scripts:
        page.get_by_role("link", name="Count the readers").click()
    page.get_by_role("link", name="Send it now …").click()
    if not scripts:
        page.get_by_role("link", name="Count the readers").click()
    expect(page.get_by_text("A mail that has left cannot be called back.")).to_be_visible()
    page.get_by_role("button", name="Send to 3 readers now").click()
    expect(page.get_by_role("status")).to_have_text("Scheduled.")
    with transaction(container.sessions) as session:
        issue = session.get_one(Issue, draft.id)
        assert issue.state is IssueState.SCHEDULED
        assert issue.send_at is not None
        assert issue.send_at <= container.clock()


def test_page_leads_to_the_sending_once_it_is_launched(
    open_page: OpenPage, container: Container, link: str, draft: Issue
) -> None:
    page = open_page("/desk")
    _sign_in(page, link)
    _counted(page, f"/desk/issues/{draft.id}/send-now")
    page.get_by_role("button", name="Approve and send to 3 readers now").click()
    expect(page.get_by_text("It begins in a moment.")).to_be_visible(timeout=20_000)
    with transaction(container.sessions) as session:
        launch(session, lock_issue(session, draft.id), container.clock())
    expect(page.get_by_role("button", name="Pause sending")).to_be_visible(timeout=20_000)
    assert page.url.endswith(f"/desk/issues/{draft.id}/sending")


def test_part_that_does_not_come_says_so_and_is_asked_for_again(
    browser: Browser, server: str, link: str, draft: Issue
) -> None:
    page = browser.new_page(base_url=server)  # its console says what failed
    _sign_in(page, link)
    page.route("**/plan/counted", lambda route: route.fulfill(status=503, body="Busy"))
    page.goto(f"/desk/issues/{draft.id}/plan")
    wrong = page.get_by_text("No answer came. It is asked for again every few seconds.")
    expect(wrong).to_be_visible(timeout=20_000)
    page.unroute("**/plan/counted")
    page.route("**/plan/counted", lambda route: route.abort())
    page.goto(f"/desk/issues/{draft.id}/plan")
    expect(wrong).to_be_visible(timeout=20_000)
    page.unroute("**/plan/counted")
    expect(page.get_by_role("button", name="Approve for 3 readers")).to_be_visible(timeout=30_000)
    expect(wrong).to_have_count(0)
    page.close()


def test_plan_is_approved_by_keyboard_alone_for_a_time_of_ones_own(
    open_page: OpenPage, container: Container, link: str, draft: Issue
) -> None:
    page = open_page("/desk")
    _sign_in(page, link)
    _counted(page, f"/desk/issues/{draft.id}/plan")
    page.get_by_text("Another time …").press("Enter")
    page.get_by_label("Day and time, on the clocks of Europe/Vienna").fill(
        f"{draft.issued_on}T08:30"
    )
    page.get_by_role("button", name="Plan for it").press("Enter")
    expect(page.get_by_text("At the time you chose:")).to_contain_text("08:30 Vienna")
    page.get_by_role("button", name="Approve for 3 readers").press("Enter")
    expect(page.get_by_text("Scheduled:")).to_contain_text("08:30 Vienna")


def test_time_that_was_chosen_outlives_another_tab_and_a_reload(
    open_page: OpenPage, container: Container, link: str, draft: Issue
) -> None:
    page = open_page("/desk")
    _sign_in(page, link)
    _counted(page, f"/desk/issues/{draft.id}/plan")
    page.get_by_text("Another time …").click()
    field = page.get_by_label("Day and time, on the clocks of Europe/Vienna")
    field.fill(f"{draft.issued_on}T08:30")
    other = page.context.new_page()
    other.goto("/desk/results")
    page.bring_to_front()
    expect(field).to_have_value(f"{draft.issued_on}T08:30")
    page.get_by_role("button", name="Plan for it").click()
    chosen = page.get_by_text("At the time you chose:")
    expect(chosen).to_contain_text("08:30 Vienna")
    page.reload()
    expect(chosen).to_contain_text("08:30 Vienna")


def test_plan_that_another_changed_meanwhile_asks_again(
    open_page: OpenPage, container: Container, link: str, draft: Issue
) -> None:
    page = open_page("/desk")
    _sign_in(page, link)
    _counted(page, f"/desk/issues/{draft.id}/plan")
    with transaction(container.sessions) as session:
        issue = session.get_one(Issue, draft.id)
        make_story(session, issue, make_category(session, "design"))
        issue.revision += 1
    page.get_by_role("button", name="Approve for 3 readers").click()
    expect(page.get_by_role("alert")).to_contain_text("who it goes to")
    page.get_by_role("button", name="Approve for 4 readers").click()
    expect(page.get_by_role("status")).to_have_text("Approved.")
