"""What a reader does, from the form to the door, with scripts allowed and not."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, SubscriberState
from app.models import Issue, Subscriber
from app.tokens import Purpose
from tests.browser.conftest import OpenPage, both_ways

ADDRESS = "ada@reader.example"


def _reader(container: Container) -> Subscriber:
    with transaction(container.sessions) as session:
        return session.scalars(select(Subscriber)).one()


def _link(container: Container, purpose: Purpose) -> str:
    token = container.signer.sign(purpose, _reader(container).public_id, now=system_clock())
    return f"/{purpose}/{token}"


@both_ways
@pytest.mark.usefixtures("issue")
def test_reader_joins_confirms_and_leaves(
    open_page: OpenPage, container: Container, *, scripts: bool
) -> None:
    page = open_page("/", java_script_enabled=scripts)
    page.get_by_label("Your mail address").fill(ADDRESS)
    page.get_by_label("DevOps").uncheck()
    page.get_by_label("Deep").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    reader = _reader(container)
    assert (reader.follows, reader.depth, reader.state) == (1, Depth.DEEP, SubscriberState.PENDING)

    page.goto(_link(container, Purpose.CONFIRM))
    assert _reader(container).state is SubscriberState.PENDING
    page.get_by_role("button", name="Yes, send me Devoured").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in")
    assert _reader(container).state is SubscriberState.ACTIVE

    page.goto(_link(container, Purpose.LEAVE))
    assert _reader(container).state is SubscriberState.ACTIVE
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left")
    assert _reader(container).state is SubscriberState.LEFT
    page.get_by_role("link", name="Sign up again").click()
    expect(page.get_by_role("button", name="Sign up")).to_be_visible()


@both_ways
@pytest.mark.usefixtures("issue")
def test_form_keeps_what_was_typed_and_takes_the_reader_to_the_mistake(
    open_page: OpenPage, *, scripts: bool
) -> None:
    page = open_page("/", java_script_enabled=scripts)
    address = page.get_by_label("Your mail address")
    address.fill("two..dots@reader.example")  # the browser's own check lets it pass
    page.get_by_label("Headlines").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(address).to_have_value("two..dots@reader.example")
    expect(address).to_be_focused()
    expect(address).to_have_accessible_description(
        "There are no two dots in a row in a mail address."
    )
    expect(page.get_by_label("Headlines")).to_be_checked()
    address.fill(ADDRESS)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")


@pytest.mark.usefixtures("issue")
def test_form_can_be_filled_in_with_the_keyboard_alone(
    open_page: OpenPage, container: Container
) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Your mail address")).to_be_focused()
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="AI")).not_to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Headlines")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    reader = _reader(container)
    assert (reader.follows, reader.depth) == (2, Depth.HEADLINES)


@both_ways
def test_reader_goes_through_an_issue_story_by_story(
    open_page: OpenPage, issue: Issue, *, scripts: bool
) -> None:
    page = open_page("/", java_script_enabled=scripts)
    page.get_by_role("link", name="Read the latest issue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Monday 23 November 2026")
    page.get_by_role("link", name="A story with everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A story with everything")
    assert [term.inner_text() for term in page.get_by_role("term").all()] == ["Latency"]
    page.get_by_role("link", name="Next").click()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The last story")
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("link", name="Back to the issue").click()
    expect(page).to_have_url(f"{page.url.partition('/read')[0]}/read/{issue.id}")


@both_ways
@pytest.mark.usefixtures("issue")
def test_reader_finds_a_story_in_the_archive(open_page: OpenPage, *, scripts: bool) -> None:
    page = open_page("/read", java_script_enabled=scripts)
    page.get_by_label("Search the stories").fill("EXPERIMENT last")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_have_text("1 story")
    page.get_by_role("link", name="The last story").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The last story")
    page.get_by_role("link", name="DevOps").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("DevOps")
    page.get_by_role("link", name="Monday 23 November 2026").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Monday 23 November 2026")


@both_ways
@pytest.mark.usefixtures("issue")
def test_reader_goes_on_in_the_language_they_chose(open_page: OpenPage, *, scripts: bool) -> None:
    page = open_page("/read", java_script_enabled=scripts, locale="en-GB")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("link", name="What happened on Monday").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_text("Montag, 23. November 2026")
    page.goto("/search?lang=de")
    page.get_by_role("searchbox").fill("experiment")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.context.cookies() == []
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.usefixtures("issue")
def test_page_is_in_the_language_of_the_browser(open_page: OpenPage) -> None:
    page = open_page("/", locale="de-AT")
    expect(page.locator("html")).to_have_attribute("lang", "de")
