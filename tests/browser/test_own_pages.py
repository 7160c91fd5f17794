"""What readers do on pages of their own, with scripts allowed and not."""

from playwright.sync_api import expect
from sqlalchemy import select

from app.container import Container
from app.db.session import transaction
from app.models import Letter, Subscriber
from app.tokens import Purpose
from app.words import Depth, LetterKind, SubscriberState
from tests.browser.conftest import OpenPage, Stored, both_ways, link_of

OLD, NEW = "ada@reader.example", "ada.new@reader.example"


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
        letter = session.scalars(select(Letter.public_id).where(Letter.kind == kind)).one()
    page.goto(link_of(container, Purpose.NEW_ADDRESS, letter))
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
    page.goto(link_of(container, Purpose.ASKED, reader.public_id))
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
