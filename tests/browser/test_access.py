"""Every page for everybody: axe finds nothing, light or dark; no phone has to scroll aside."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.enums import SubscriberState
from app.models import Story
from app.tokens import Purpose
from tests.browser.conftest import OpenPage, looks
from tests.browser.pictures import golden_mails
from tests.factories import make_subscriber

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A mail is laid out by tables and has no landmarks of a page.
NOT_FOR_MAILS = {"landmark-one-main", "region"}


@pytest.fixture
def all_paths(container: Container, paths: dict[str, str]) -> dict[str, str]:
    """Return the pages of `paths`, and those that need a token."""
    now = system_clock()
    with transaction(container.sessions) as session:
        reader = make_subscriber(session, state=SubscriberState.PENDING)
    tokens = {
        f"{purpose} page": f"/{purpose}/{container.signer.sign(purpose, reader.public_id, now=now)}"
        for purpose in (Purpose.CONFIRM, Purpose.LEAVE)
    }
    return paths | tokens


def violations_of(page: Page) -> list[tuple[str, dict[str, Any]]]:
    """Return each place where axe finds a rule broken, with the rule's id.

    What it finds right is left out: that is every element of a page, once for each rule.
    """
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], node) for rule in found for node in rule["nodes"]]


def findings_of(page: Page) -> list[str]:
    """Return what axe finds wrong with the page, as `rule: where`."""
    return [
        f"{rule}: {node['target']} {node['failureSummary']}" for rule, node in violations_of(page)
    ]


def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><img src="data:,"></main>')
    assert [rule for rule, _ in violations_of(page)] == ["image-alt"]
    page.close()


@looks
@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_on_any_page(
    open_page: OpenPage, all_paths: dict[str, str], look: str, width: int
) -> None:
    page = open_page("/", color_scheme=look, reduced_motion="reduce", width=width)
    findings = {}
    for name, path in all_paths.items():
        page.goto(path)
        findings[name] = findings_of(page)
    assert {name: found for name, found in findings.items() if found} == {}


@looks
@pytest.mark.parametrize("width", [390, 768])
def test_axe_finds_nothing_in_any_mail(browser: Browser, look: str, width: int) -> None:
    scheme: Literal["dark", "light"] = "dark" if look == "dark" else "light"
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    found: dict[str, list[str]] = {}
    for name, html in golden_mails().items():
        page.set_content(html)
        rules = [one for one in findings_of(page) if one.split(":")[0] not in NOT_FOR_MAILS]
        found |= {name: rules} if rules else {}
    page.close()
    assert found == {}


@looks
@pytest.mark.usefixtures("issue")
def test_axe_finds_nothing_on_what_follows_a_button(
    open_page: OpenPage, all_paths: dict[str, str], look: str
) -> None:
    page = open_page("/", color_scheme=look, reduced_motion="reduce")
    page.get_by_label("Your mail address").fill("two..dots@reader.example")
    page.get_by_role("button").click()
    assert findings_of(page) == []
    page.get_by_label("Your mail address").fill("ada@reader.example")
    page.get_by_role("button").click()
    assert findings_of(page) == []
    for name in ("confirm page", "leave page"):
        page.goto(all_paths[name])
        page.get_by_role("button").first.click()
        assert findings_of(page) == []


@pytest.mark.parametrize("name", ["issue", "category", "first story"])
def test_link_within_a_text_is_seen_as_one(
    open_page: OpenPage, container: Container, paths: dict[str, str], name: str
) -> None:
    with transaction(container.sessions) as session:
        story = session.scalars(select(Story).order_by(Story.position)).first()
        assert story is not None
        story.reads_markdown, story.summary = True, "As [they said](https://example.com/said)."
    link = open_page(paths[name]).get_by_role("link", name="they said")
    assert link.evaluate("one => getComputedStyle(one).textDecorationLine") == "underline"


@pytest.mark.parametrize("width", [320, 375, 1200])
def test_no_page_is_wider_than_the_screen(
    open_page: OpenPage, all_paths: dict[str, str], width: int
) -> None:
    page = open_page("/", width=width)
    for path in all_paths.values():
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_print_shows_where_a_story_comes_from_and_nothing_to_press(
    open_page: OpenPage, container: Container, paths: dict[str, str]
) -> None:
    page = open_page(paths["first story"], color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").first.is_visible()
    after = "getComputedStyle(document.querySelector('.source a'), '::after').content"
    with transaction(container.sessions) as session:
        url = session.scalars(select(Story.url).order_by(Story.position)).first()
    assert url is not None
    assert url in page.evaluate(after)
    colour = "getComputedStyle(document.body).color"
    assert page.evaluate(colour) == "rgb(0, 0, 0)"
