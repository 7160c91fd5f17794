"""The issues at the desk in a browser: from a messy paste to a draft, and axe on every page."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.issues.dropping import drop_story
from app.models import Issue, Story, UnplacedLine
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story

LONG_WORD = "unbreakable" * 12
MESSY = f"""Good morning all,

A compiler that explains itself (7 minute read)

A compiler that explains itself (7 minute read)

DevOps
It tells in plain words why it refuses a program.
What: Version 2 shows the chain of reasons behind each error.
Why it matters: People find mistakes in a third of the time.

It is free for everyone.
{LONG_WORD}

Queues that fill up
AI
A rate that nobody measured.

--
Sent from my phone
"""


@pytest.fixture
def draft(container: Container) -> Issue:
    """Make tomorrow's draft, with all that a page of an issue can show."""
    now = container.clock()
    with transaction(container.sessions) as session:
        ai = make_category(session, "ai", name="AI")
        devops = make_category(session, "devops", name="DevOps")
        issue = make_issue(session, issued_on=now.date() + timedelta(days=1))
        make_story(session, issue, ai, title="A story with everything")
        make_story(session, issue, devops, title=f"A story with {LONG_WORD}", takeaway="")
        make_story(session, issue, title="A story that lacks", why_it_matters="", summary="")
        gone = make_story(session, issue, ai, title="A story too many")
        for number, text in enumerate(("It is free.", "A lone heading", LONG_WORD)):
            line = {"line": number + 5, "text": text, "reason": "a point with nothing in it"}
            after = {"after": "A story with everything", "field": "summary"} if not number else {}
            session.add(UnplacedLine(issue_id=issue.id, **line, **({"after": ""} | after)))
        session.flush()
        drop_story(session, CLI, issue.id, gone.id, now)
        return issue


def _sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()


@looks
@widths
def test_axe_finds_nothing_and_nothing_is_too_wide_among_the_issues(
    open_page: OpenPage, container: Container, link: str, draft: Issue, look: str, width: int
) -> None:
    page = open_page("/desk", width=width, color_scheme=look, reduced_motion="reduce")
    _sign_in(page, link)
    page.goto("/desk/issues/new")
    findings = {"new": faults(page, width)}
    page.get_by_label("The text, as it comes").fill(MESSY)
    page.get_by_role("button", name="Read it").click()
    findings["paste"] = faults(page, width)
    page.get_by_text("Change the text").click()
    page.get_by_role("button", name="Drop it (line 1)").click()
    findings["mended paste"] = faults(page, width)
    with transaction(container.sessions) as session:
        ids = session.scalars(select(Story.id).order_by(Story.position)).all()
    base = f"/desk/issues/{draft.id}"
    for name, path in {
        "issues": "/desk/issues",
        "issues in German": "/desk/issues?lang=de",
        "nothing found": "/desk/issues?q=nothinglikeit",
        "issue": base,
        "issue in German": f"{base}?lang=de",
        "story": f"{base}/stories/{ids[1]}",
        "story in German": f"{base}/stories/{ids[2]}?lang=de",
        "new story": f"{base}/stories/new",
    }.items():
        page.goto(path)
        if path.startswith(base) and "stories" not in path:
            page.locator(".findings").first.wait_for()
        for one in page.locator("summary").all():
            one.click()
        findings[name] = faults(page, width)
    page.get_by_role("button", name="Add the story").click()
    findings["story that is wrong"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_messy_paste_becomes_a_draft_in_few_presses(
    open_page: OpenPage, container: Container, link: str, *, scripts: bool
) -> None:
    page = open_page("/desk", java_script_enabled=scripts)
    _sign_in(page, link)
    page.goto("/desk/issues/new")
    page.get_by_label("The text, as it comes").fill(MESSY)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_text("1 story understood")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 story understood")).to_be_visible()
    page.get_by_role("button", name="Drop it (line 1)").click()
    page.get_by_role("button", name="Add to the story above").first.click()
    page.get_by_role("button", name="Make it a heading").first.click()
    expect(page.get_by_text("2 stories understood")).to_be_visible()
    page.get_by_role("button", name="Load 2 stories").click()
    expect(page.get_by_role("status")).to_have_text("Loaded.")
    with transaction(container.sessions) as session:
        first, second = session.scalars(select(Story).order_by(Story.position)).all()
        assert first.why_it_matters.endswith(f"It is free for everyone. {LONG_WORD}")
        assert second.title == "Queues that fill up"


def test_two_who_save_one_story_both_keep_what_they_typed(
    open_page: OpenPage, container: Container, link: str, draft: Issue
) -> None:
    page = open_page("/desk")
    _sign_in(page, link)
    with transaction(container.sessions) as session:
        titled = select(Story.id).where(Story.title == "A story with everything")
        story = session.scalars(titled).one()
    page.goto(f"/desk/issues/{draft.id}/stories/{story}")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Takeaway").fill("What the other says.")
    other.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Takeaway").fill("What I say.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("while you wrote")
    expect(page.get_by_label("Takeaway")).to_have_value("What I say.")
    expect(page.get_by_text("What the other says.")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_findings_come_after_the_page_and_are_waived_there(
    open_page: OpenPage, link: str, draft: Issue, *, scripts: bool
) -> None:
    page = open_page("/desk", java_script_enabled=scripts)
    _sign_in(page, link)
    page.goto(f"/desk/issues/{draft.id}")
    if not scripts:
        page.get_by_role("link", name="Check the issue").click()
    expect(page.get_by_text("4 things block approval")).to_be_visible()
    page.get_by_text("It is meant so").first.click()
    page.get_by_label("Why?").first.fill("It is the example.")
    page.get_by_role("button", name="Waive it").first.click()
    if not scripts:
        page.get_by_role("link", name="Check the issue").click()
    page.get_by_text("1 waived").click()
    expect(page.get_by_text("It is the example.")).to_be_visible()
