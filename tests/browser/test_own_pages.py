"""What readers do on pages of their own, with scripts allowed and not; axe finds nothing there."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.models import Letter, Subscriber
from app.tokens import Purpose
from app.words import Depth, LetterKind, SubscriberState
from tests.browser.conftest import OpenPage
from tests.browser.test_access import RULES
from tests.factories import make_subscriber

OLD, NEW = "ada@reader.example", "ada.new@reader.example"

Stored = Callable[[], Subscriber]

both_ways = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
looks = pytest.mark.parametrize("look", ["light", "dark"])


@pytest.fixture
def reader(container: Container, issue: object) -> Subscriber:
    """A reader of both categories of the issue."""
    with transaction(container.sessions) as session:
        return make_subscriber(session, OLD, follows=3)


@pytest.fixture
def stored(container: Container, reader: Subscriber) -> Stored:
    """The reader's row as it is at that moment."""

    def read() -> Subscriber:
        with transaction(container.sessions) as session:
            return session.get_one(Subscriber, reader.id)

    return read


def _link(container: Container, path: str, purpose: Purpose, subject: int) -> str:
    return f"/{path}/{container.signer.sign(purpose, subject, now=system_clock())}"


@pytest.fixture
def own(container: Container, reader: Subscriber) -> str:
    return _link(container, "preferences", Purpose.PREFERENCES, reader.id)


@pytest.fixture
def leave(container: Container, reader: Subscriber) -> str:
    return _link(container, "leave", Purpose.LEAVE, reader.id)


@both_ways
def test_reader_chooses_anew_and_is_told_that_it_was_saved(
    open_page: OpenPage, own: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts)
    page.get_by_label("DevOps").uncheck()
    page.get_by_label("Headlines").check()
    page.get_by_label("Hour").select_option("6")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. The next issue comes as you like it.")).to_be_visible()
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    row = stored()
    assert (row.follows, row.depth, row.hour) == (1, Depth.HEADLINES, 6)
    assert row.time_zone == "Asia/Tokyo"


def test_change_is_saved_at_once_and_the_devices_zone_offered_when_scripts_run(
    open_page: OpenPage, own: str, stored: Stored
) -> None:
    page = open_page(own, timezone_id="Asia/Tokyo")
    page.get_by_label("Headlines").check()
    expect(page.locator("#saved")).to_have_text("Saved.")
    assert stored().depth is Depth.HEADLINES
    expect(page.get_by_text("This device is in Asia/Tokyo.")).to_be_visible()
    assert stored().time_zone is None
    page.get_by_role("button", name="Use that").click()
    expect(page.locator("#saved")).to_have_text("Saved.")
    expect(page.get_by_label("Time zone")).to_be_focused()
    assert stored().time_zone == "Asia/Tokyo"


def test_change_that_leaves_nothing_to_read_is_not_saved_and_says_so(
    open_page: OpenPage, own: str, stored: Stored
) -> None:
    page = open_page(own)
    page.get_by_label("DevOps").uncheck()
    expect(page.locator("#saved")).to_have_text("Saved.")
    with page.expect_response(lambda answer: answer.status == 422):
        page.get_by_label("AI", exact=True).uncheck()
    expect(page.locator("#saved")).to_contain_text("choose at least one")
    assert stored().follows == 1


@both_ways
def test_reader_pauses_until_a_day_and_resumes(
    open_page: OpenPage, own: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts)
    day = page.get_by_label("No issue until")
    day.fill(day.get_attribute("min") or "")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status").first).to_contain_text("No issue comes to you until")
    assert stored().paused_until is not None
    page.get_by_role("button", name="Resume now").click()
    expect(page.get_by_label("No issue until")).to_be_visible()
    assert stored().paused_until is None


@both_ways
def test_reader_moves_to_another_address_once_it_is_confirmed_there(
    open_page: OpenPage, container: Container, own: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts)
    page.get_by_label("Send it to").fill(NEW)
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_text(f"A mail with a link is on its way to {NEW}.")).to_be_visible()
    expect(page.get_by_role("button", name="Keep the address I have")).to_be_visible()
    with transaction(container.sessions) as session:
        kind = LetterKind.NEW_ADDRESS
        letter_id = session.scalars(select(Letter.id).where(Letter.kind == kind)).one()
    page.goto(_link(container, "address", Purpose.NEW_ADDRESS, letter_id))
    assert stored().address == OLD
    page.get_by_role("button", name="Yes, send it here").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your mail comes here now")
    assert stored().address == NEW
    page.get_by_role("link", name="Open your own page").click()
    expect(page.get_by_text(NEW)).to_be_visible()


@both_ways
def test_reader_takes_their_data_along_and_is_erased_in_two_steps(
    open_page: OpenPage, own: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all that we keep of you").click()
    assert OLD in download.value.path().read_text()
    page.get_by_role("link", name="Erase me").click()
    assert stored().state is SubscriberState.ACTIVE
    page.get_by_role("button", name="Erase me now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are forgotten")
    assert (stored().state, stored().address) == (SubscriberState.ERASED, None)


@both_ways
def test_reader_without_a_mail_at_hand_asks_for_a_link(
    open_page: OpenPage, container: Container, reader: Subscriber, *, scripts: bool
) -> None:
    page = open_page("/preferences", java_script_enabled=scripts)
    page.get_by_label("Your mail address").fill(OLD)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    page.goto(_link(container, "preferences", Purpose.ASKED, reader.id))
    expect(page.get_by_role("button", name="Save")).to_be_visible()


@both_ways
def test_reader_leaves_by_mistake_and_is_back_by_one_press(
    open_page: OpenPage, leave: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(leave, java_script_enabled=scripts)
    page.get_by_role("button", name="Leave", exact=True).click()
    assert stored().state is SubscriberState.LEFT
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved")
    assert stored().state is SubscriberState.ACTIVE


@both_ways
def test_reader_takes_less_instead_of_leaving(
    open_page: OpenPage, leave: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(leave, java_script_enabled=scripts)
    page.get_by_role("button", name="Headlines only").click()
    assert stored().depth is Depth.HEADLINES
    page.goto(leave)
    page.get_by_role("button", name="Pause for a month").click()
    assert stored().paused_until is not None
    page.goto(f"{leave}/category/ai")
    assert stored().follows == 3
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left AI")
    assert (stored().follows, stored().state) == (2, SubscriberState.ACTIVE)


@looks
@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_and_nothing_is_too_wide_on_own_pages(
    open_page: OpenPage, own: str, leave: str, look: str, width: int
) -> None:
    page = open_page(own, width=width, color_scheme=look, reduced_motion="reduce")
    findings = {"preferences": _faults(page, width)}
    page.get_by_label("Send it to").fill("two..dots@reader.example")
    page.get_by_role("button", name="Change").click()
    findings["wrong"] = _faults(page, width)
    page.get_by_label("Send it to").fill(NEW)
    page.get_by_role("button", name="Change").click()
    findings["asked"] = _faults(page, width)
    for path in (f"{own}/erase", leave, f"{leave}/category/ai", "/preferences"):
        page.goto(path)
        findings[path.rpartition("/")[2]] = _faults(page, width)
    page.goto(leave)
    page.get_by_role("button", name="Leave", exact=True).click()
    findings["left"] = _faults(page, width)
    page.get_by_role("button", name="Undo").click()
    findings["back"] = _faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


def _faults(page: Page, width: int) -> list[str]:
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    rules = [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth") > width
    return rules + (["too wide"] if wide else [])
