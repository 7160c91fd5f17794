"""A story's history in a browser: restored by keyboard, without a script, and axe on its pages."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.actors import CLI, Actor, ActorKind
from app.container import Container
from app.db.session import transaction
from app.issues.dropping import drop_story
from app.issues.stories import change_story
from app.models import Story
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story

BO = Actor(ActorKind.PERSON, "Bo", 7)
ZOE = Actor(ActorKind.PERSON, "Zoe", 8)
WHAT = "The new scheduler keeps hot shards apart, so that one busy tenant slows nobody down."
ARTICLE = (
    "It began as an experiment of two people, and nobody asked for it. The first version moved "
    "shards at night, by hand, from a list that somebody kept in a document.\n\n"
    "Nothing of that is left. What runs today looks at the last ten minutes, and moves as little "
    "as it can. It is not clever, and its authors say so: it is meant to be understood by "
    "whoever is woken by it.\n\nThey measured it for a month before they let it decide."
)


@pytest.fixture
def story(container: Container) -> Story:
    """Make a story that two people and the command line changed since yesterday."""
    began = container.clock() - timedelta(days=1)
    with transaction(container.sessions) as session:
        ai = make_category(session, "ai", name="AI")
        issue = make_issue(session)
        story = make_story(
            session, issue, ai, title="A scheduler that keeps apart", what=WHAT, article=ARTICLE
        )
        by = (session, BO, issue.id, story.id)
        less = WHAT.replace("The new scheduler keeps hot", "A scheduler now keeps busy")
        change_story(*by, {"what": less, "label": "9 minute read"}, began)
        told = [
            "It began as an experiment.",
            "It moves as little as it can.",
            "It is in use today.",
        ]
        terms = [{"term": "Shard", "definition": "A part of the data, on a machine of its own."}]
        change_story(*by, {"deep_dive": told, "decoder": terms}, began + timedelta(hours=2))
        article = ARTICLE.replace("by hand, from", "by hand and from").replace("a month", "a week")
        last = (session, ZOE, issue.id, story.id)
        late = {"article": article, "takeaway": ""}
        change_story(*last, late, began + timedelta(hours=5))
        return story


def _sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()


@looks
@widths
def test_axe_finds_nothing_in_a_history(
    open_page: OpenPage, container: Container, link: str, story: Story, look: str, width: int
) -> None:
    page = open_page("/desk", width=width, color_scheme=look, reduced_motion="reduce")
    _sign_in(page, link)
    issue = f"/desk/issues/{story.issue_id}"
    base = f"{issue}/stories/{story.id}/history"
    findings = {}
    for name, path in {
        "last": base,
        "in German": f"{base}?lang=de",
        "issue": issue,
        "lines": f"{issue}/history",
    }.items():
        page.goto(path)
        findings[name] = faults(page, width)
    page.goto(base)
    page.get_by_label("Compare").select_option(label="At first")
    page.get_by_role("button", name="Show what differs").click()
    findings["compared"] = faults(page, width)
    with transaction(container.sessions) as session:
        drop_story(session, CLI, story.issue_id, story.id, container.clock())
    page.goto(base)
    expect(page.get_by_text("This story is dropped.")).to_be_visible()
    findings["dropped"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_earlier_wording_is_found_and_restored(
    open_page: OpenPage, link: str, story: Story, *, scripts: bool
) -> None:
    page = open_page("/desk", java_script_enabled=scripts)
    _sign_in(page, link)
    page.goto(f"/desk/issues/{story.issue_id}")
    page.locator("#stories").get_by_role("link", name="History").click()
    page.locator(".revisions").get_by_text("Bo changed a story: Label and What").wait_for()
    page.get_by_label("Compare").select_option(label="At first")
    page.get_by_role("button", name="Show what differs").click()
    what = page.locator(".differing div", has_text="What").first
    expect(what.locator("del").first).to_contain_text("The new")
    expect(what.locator("ins").last).to_contain_text("busy")
    page.get_by_role("button", name="Restore this (At first)").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Restored.")
    expect(page.get_by_text("Ada brought an earlier text back")).to_be_visible()
    page.goto(f"/desk/issues/{story.issue_id}/stories/{story.id}")
    expect(page.get_by_label("What", exact=False).first).to_have_value(WHAT)
