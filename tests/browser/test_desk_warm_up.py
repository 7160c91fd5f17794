"""A warm-up at the desk in a browser: begun at the service, said by the plan, and axe on each."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.container import Container
from app.db.session import transaction
from app.models import Issue, Publication
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story, make_subscriber


@pytest.fixture
def draft(container: Container) -> Issue:
    """Make a draft of tomorrow with more readers than the first days of a warm-up have room for."""
    now = container.clock()
    with transaction(container.sessions) as session:
        publication = session.get_one(Publication, 1)
        publication.from_address = "Devoured <digest@digest.dev>"
        publication.weekdays = [1, 2, 3, 4, 5, 6, 7]
        ai = make_category(session, "ai", name="AI")
        issue = make_issue(session, issued_on=now.date() + timedelta(days=1))
        make_story(session, issue, ai)
        for _ in range(12):
            make_subscriber(session, follows=1)
        return issue


def _start(page: Page, link: str, first: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/service")
    page.get_by_label("Readers of the first day").fill(first)
    page.get_by_role("button", name="Start a warm-up").click()


@looks
@widths
def test_axe_finds_nothing_while_the_domain_is_warmed_up(
    open_page: OpenPage, container: Container, link: str, draft: Issue, look: str, width: int
) -> None:
    page = open_page("/desk", width=width, color_scheme=look, reduced_motion="reduce")
    _start(page, link, "many")
    expect(page.get_by_text("First must be 1 to 1,000,000.")).to_be_visible()
    found = {"no number": faults(page, width)}
    page.get_by_label("Readers of the first day").fill("4")
    page.get_by_role("button", name="Start a warm-up").click()
    expect(page.get_by_role("status")).to_contain_text("is being warmed up")
    for language in ("en", "de"):
        page.goto(f"/desk/service?lang={language}")
        found[f"service, {language}"] = faults(page, width)
        page.goto(f"/desk/issues/{draft.id}/plan?lang={language}")
        expect(page.locator(".plan")).to_be_visible(timeout=20_000)
        found[f"plan, {language}"] = faults(page, width)
    page.goto(f"/desk/issues/{draft.id}/plan?lang=en")
    expect(page.get_by_text("of 12 readers get this issue.")).to_be_visible(timeout=20_000)
    assert {name: one for name, one in found.items() if one} == {}


def test_warm_up_is_ended_only_after_a_question_also_without_scripts(
    open_page: OpenPage, link: str, draft: Issue
) -> None:
    page = open_page("/desk", java_script_enabled=False)
    _start(page, link, "4")
    page.get_by_text("End it …").click()
    page.get_by_role("button", name="End the warm-up").click()
    expect(page.get_by_text("None: every issue goes to all of its readers.")).to_be_visible()
