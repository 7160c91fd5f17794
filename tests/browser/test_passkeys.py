"""Passkeys in a real browser, by Chromium's own virtual authenticator."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.models import User
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults

widths = pytest.mark.parametrize("width", [390, 1280])


@pytest.fixture
def container(container: Container) -> Container:
    """Serve the desk at a name: no browser takes passkeys for a number."""
    base_url = container.settings.base_url.replace("127.0.0.1", "localhost")
    return replace(container, settings=container.settings.model_copy(update={"base_url": base_url}))


@pytest.fixture
def ada(container: Container) -> User:
    with transaction(container.sessions) as session:
        address = parse_address("ada@desk.test", allow_reserved=True)
        return add_user(session, CLI, "Ada", address, [Role.ADMIN], container.clock())


@pytest.fixture
def link(container: Container, ada: User) -> Callable[[], str]:
    """Return a function that makes a link for Ada."""

    def do() -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, ada.id, base_url, container.clock())
        return made.removeprefix(base_url)

    return do


class Device:
    """A virtual authenticator of a page; `asks` turns who is there away, or lets them in."""

    def __init__(self, page: Page) -> None:
        self._cdp: CDPSession = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = added["authenticatorId"]

    def knows_who_is_there(self, *, does: bool) -> None:
        who = {"authenticatorId": self._id, "isUserVerified": does}
        self._cdp.send("WebAuthn.setUserVerified", who)

    def n_passkeys(self) -> int:
        held = self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return len(held["credentials"])


def _enter(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/desk/account")


def _add(page: Page, name: str = "") -> None:
    if name:
        page.get_by_label("Name of a new passkey").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("The passkey is added")


def test_passkey_is_added_signs_in_by_keyboard_and_is_removed(
    open_page: OpenPage, link: Callable[[], str]
) -> None:
    page = open_page("/desk/sign-in")
    device = Device(page)
    _enter(page, link())
    _add(page, "Kitchen laptop")
    assert device.n_passkeys() == 1
    passkeys = page.get_by_role("region", name="Passkeys")
    expect(passkeys).to_contain_text("Kitchen laptop")
    expect(passkeys).to_contain_text("Never used")
    page.get_by_role("button", name="Sign out", exact=True).click()

    page.goto("/desk/people")
    expect(page.locator("#address")).to_be_focused()  # the page sets it a moment after its load
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/desk/people")
    page.goto("/desk/account")
    expect(passkeys).to_contain_text("Last used")

    page.get_by_role("button", name="Remove Kitchen laptop").click()
    expect(page.get_by_role("status").first).to_contain_text("signs nobody in from now on")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("not known here, or no longer")


def test_page_says_why_the_browser_made_or_used_none(
    open_page: OpenPage, link: Callable[[], str]
) -> None:
    page = open_page("/desk/sign-in")
    device = Device(page)
    _enter(page, link())
    _add(page)
    said = page.locator("form[data-passkey] [role=status]")
    page.get_by_role("button", name="Add a passkey").click()
    expect(said).to_have_text("This device has a passkey for the desk already.")
    page.get_by_role("button", name="Sign out", exact=True).click()
    device.knows_who_is_there(does=False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(said).to_contain_text("No passkey was used")
    device.knows_who_is_there(does=True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url("/desk")


def test_session_that_ended_meanwhile_is_said_by_the_page(
    browser: Browser, server: str, link: Callable[[], str]
) -> None:
    page = browser.new_page(base_url=server)  # whose console may say that the script is refused
    Device(page)
    _enter(page, link())
    page.context.clear_cookies()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please sign in")
    page.context.close()


def test_without_scripts_there_is_the_link_alone(
    open_page: OpenPage, link: Callable[[], str]
) -> None:
    page = open_page("/desk/sign-in", java_script_enabled=False)
    expect(page.get_by_role("button")).to_have_text(["Send me a link"])
    _enter(page, link())
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).not_to_be_visible()


def test_form_is_shown_without_moving_anything(open_page: OpenPage) -> None:
    page = open_page("/desk/sign-in")
    button = page.get_by_role("button", name="Send me a link")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    shown = button.bounding_box()
    page.locator("form[data-passkey]").evaluate("form => delete form.dataset.ready")
    expect(page.get_by_role("button", name="Sign in with a passkey")).not_to_be_visible()
    assert button.bounding_box() == shown


@looks
@widths
def test_axe_finds_nothing_on_pages_with_passkeys(
    open_page: OpenPage, link: Callable[[], str], ada: User, look: str, width: int
) -> None:
    page = open_page("/desk/sign-in", width=width, color_scheme=look)
    device = Device(page)
    findings = {"sign in": faults(page, width)}
    _enter(page, link())
    _add(page, "Phone-of-Cyrille-de-la-Fontaine-Montmorency-" + "x" * 16)
    findings["account"] = faults(page, width)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("form[data-passkey] [role=status]")).not_to_be_empty()
    findings["made none"] = faults(page, width)
    page.goto(f"/desk/people/{ada.id}?lang=de")
    findings["person in German"] = faults(page, width)
    page.goto("/desk/account?lang=de")
    findings["account in German"] = faults(page, width)
    page.context.clear_cookies()
    device.knows_who_is_there(does=False)
    page.goto("/desk/sign-in?lang=de")
    page.locator("form[data-passkey] button").click()
    expect(page.locator("form[data-passkey] [role=status]")).not_to_be_empty()
    findings["used none, in German"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}
