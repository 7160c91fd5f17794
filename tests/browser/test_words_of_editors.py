"""What an editor says and asks around the stories: on the pages, and by the links of a mail."""

import pytest
from playwright.sync_api import expect

from app.container import Container
from app.db.session import transaction
from app.models import Issue, Story
from app.readers.opinions import Opinions, opinions_of
from tests.browser.conftest import OpenPage, both_ways, looks
from tests.browser.test_desk import faults

widths = pytest.mark.parametrize("width", [390, 1200])


def _said(container: Container, issue: Issue) -> Opinions:
    with transaction(container.sessions) as session:
        return opinions_of(session, issue.id)


@both_ways
def test_reader_says_whether_it_was_good_and_changes_their_mind(
    open_page: OpenPage, container: Container, own: str, issue: Issue, *, scripts: bool
) -> None:
    page = open_page(f"{own}/issues/{issue.id}/yes", java_script_enabled=scripts)
    assert _said(container, issue) == Opinions(0, 0)
    page.get_by_role("button", name="Yes, it was good").click()
    expect(page.get_by_text("You say that it was good.")).to_be_visible()
    assert _said(container, issue) == Opinions(1, 0)
    page.get_by_role("button", name="No, it was not good").click()
    expect(page.get_by_text("You say that it was not good.")).to_be_visible()
    assert _said(container, issue) == Opinions(0, 1)


@looks
@widths
def test_axe_finds_nothing_and_nothing_is_too_wide(
    open_page: OpenPage, container: Container, own: str, issue: Issue, look: str, width: int
) -> None:
    with transaction(container.sessions) as session:
        row = session.get_one(Issue, issue.id)
        row.opening = "Good morning. Today is about what it costs to wait, and for whom."
        row.sign_off = "Until tomorrow, the editors"
        row.lead_story_id = session.query(Story.id).filter_by(issue_id=issue.id).limit(1).scalar()
    page = open_page(f"/read/{issue.id}", width=width, color_scheme=look, reduced_motion="reduce")
    findings = {"issue": faults(page, width)}
    for said in ("yes", "no"):
        page.goto(f"{own}/issues/{issue.id}/{said}")
        findings[said] = faults(page, width)
    page.get_by_role("button", name="No, it was not good").click()
    findings["said"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}
