"""The keys of every page of the desk: what they open, and how to turn them off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story

Enter = Callable[..., Page]


@pytest.fixture
def enter(open_page: OpenPage, container: Container) -> Enter:
    """Return a function that opens the desk for an admin; there is an issue of today."""
    with transaction(container.sessions) as session:
        address = parse_address("ada@desk.test", allow_reserved=True)
        ada = add_user(session, CLI, "Ada", address, [Role.ADMIN], container.clock())
        ai = make_category(session, "ai", name="AI")
        issue = make_issue(session, issued_on=system_clock().date(), subject="Words of a subject")
        make_story(session, issue, ai, title="A compiler")

    def do(**options: object) -> Page:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, ada.id, base_url, container.clock())
        page = open_page(made.removeprefix(base_url), **options)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/desk")
        return page

    return do


def _dialog(page: Page, name: str) -> None:
    expect(page.get_by_role("dialog", name=name)).to_be_visible()


def _none(page: Page) -> None:
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_go_to_leads_to_a_page_and_to_an_issue_by_keyboard_alone(enter: Enter) -> None:
    page = enter()
    keys = page.keyboard
    keys.press("Control+k")
    _dialog(page, "Go to")
    field = page.get_by_role("combobox", name="Go to")
    expect(field).to_be_focused()
    first = page.get_by_role("option", selected=True)
    expect(first).to_have_text("Today")
    keys.press("ArrowDown")
    expect(first).to_have_text("Issues")
    expect(field).to_have_attribute("aria-activedescendant", re.compile("place-page-2"))
    keys.press("ArrowUp")
    keys.press("ArrowUp")  # around, to the last one
    expect(first).to_contain_text("Words of a subject")
    keys.type("KEYS")
    expect(page.get_by_role("option", name="API keys")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#go-to-said")).to_have_text("Found: 1")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/desk/keys$"))
    keys.press("Control+k")
    keys.type("subject words")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/desk/issues/\d+$"))
    keys.press("Control+k")
    keys.type("nothinglikeit")
    expect(page.locator("#go-to-said")).to_have_text("Nothing was found.")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/desk/issues.*q=nothinglikeit"))
    expect(page.get_by_text("No issue is like that.")).to_be_visible()


def test_search_is_focused_where_there_is_one_and_go_to_opens_where_there_is_none(
    enter: Enter,
) -> None:
    page = enter()
    page.keyboard.press("/")
    _dialog(page, "Go to")
    page.keyboard.press("Escape")
    _none(page)
    page.goto("/desk/issues?q=compiler")
    page.keyboard.press("/")
    expect(page.get_by_label("Words")).to_be_focused()
    page.keyboard.type("linter/?")  # they are signs again where somebody types
    expect(page.get_by_label("Words")).to_have_value("linter/?")
    _none(page)


def test_single_keys_are_turned_off_for_good_and_what_they_open_is_still_reached(
    enter: Enter,
) -> None:
    page = enter()
    page.keyboard.press("?")
    _dialog(page, "Keys")
    page.get_by_label("Single letters and signs are keys").uncheck()
    page.keyboard.press("Escape")
    _none(page)
    page.goto("/desk/issues")
    for key in "?/":
        page.keyboard.press(key)
    _none(page)
    expect(page.get_by_label("Words")).not_to_be_focused()
    page.keyboard.press("Control+k")
    _dialog(page, "Go to")
    page.locator("#go-to").get_by_role("button", name="Keys").click()
    _dialog(page, "Keys")
    page.get_by_label("Single letters and signs are keys").check()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    expect(page.get_by_label("Words")).to_be_focused()


def test_buttons_of_the_rail_open_what_the_keys_do_and_the_focus_comes_back(enter: Enter) -> None:
    page = enter()
    for name in ("Go to", "Keys"):
        opener = page.get_by_role("button", name=name)
        opener.press("Enter")
        _dialog(page, name)
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()


def test_list_that_does_not_come_says_so_and_comes_once_it_is_opened_again(enter: Enter) -> None:
    page = enter()
    away = {"location": "/desk/sign-in"}
    page.route("**/desk/places*", lambda route: route.fulfill(status=303, headers=away))
    page.keyboard.press("Control+k")
    expect(page.locator("#go-to-said")).to_contain_text("The list does not come.")
    page.unroute("**/desk/places*")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Today")).to_be_visible()


def test_without_scripts_there_is_no_button_that_does_nothing(enter: Enter) -> None:
    page = enter(java_script_enabled=False)
    expect(page.get_by_role("link", name="Issues", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Go to")).to_be_hidden()
    expect(page.locator("dialog").first).to_be_hidden()


@looks
@widths
def test_axe_finds_nothing_in_what_the_keys_open(enter: Enter, look: str, width: int) -> None:
    page = enter(width=width, color_scheme=look, reduced_motion="reduce")
    found = {}
    for language in ("en", "de"):
        page.goto(f"/desk/issues?lang={language}")
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        found[f"keys {language}"] = faults(page, width)
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        page.locator("#go-to [role=option]").nth(3).wait_for()
        found[f"go to {language}"] = faults(page, width)
        page.keyboard.type("i")
        found[f"narrowed {language}"] = faults(page, width)
    assert not any(found.values()), found
