"""What readers do on pages of their own, with scripts allowed and not."""

from playwright.sync_api import Dialog, expect
from sqlalchemy import select

from app.container import Container
from app.db.session import transaction
from app.enums import Depth, LetterKind, SubscriberState
from app.models import Letter, Subscriber
from app.tokens import Purpose
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
    expect(page.get_by_text("Saved. It holds for every issue")).to_be_visible()
    expect(page.get_by_text("at 06:00 (Asia/Tokyo)")).to_be_visible()
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    row = stored()
    assert (row.follows, row.depth, row.hour) == (1, Depth.HEADLINES, 6)
    assert row.time_zone == "Asia/Tokyo"


def test_page_says_what_waits_to_be_saved_and_offers_the_devices_zone_when_scripts_run(
    open_page: OpenPage, own: str, stored: Stored
) -> None:
    page = open_page(own, timezone_id="Asia/Tokyo")
    said = page.locator("#saved")
    page.get_by_label("Headlines").check()
    expect(said).to_have_text("Not saved yet.")
    page.get_by_label("Deep").check()
    expect(said).to_have_text("")
    expect(page.get_by_text("This device is in Asia/Tokyo.")).to_be_visible()
    page.get_by_role("button", name="Use that").click()
    expect(page.get_by_label("Time zone")).to_be_focused()
    expect(said).to_have_text("Not saved yet.")
    assert stored().time_zone is None
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds for every issue")).to_be_visible()
    expect(page.locator("#saved")).to_have_text("")
    assert stored().time_zone == "Asia/Tokyo"


def test_page_asks_before_what_was_changed_is_lost(open_page: OpenPage, own: str) -> None:
    page = open_page(own)
    asked = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label("Headlines").check()
    page.get_by_role("link", name="Erase me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your preferences")
    assert asked == ["beforeunload"]


@both_ways
def test_nothing_is_half_saved_when_one_choice_is_refused(
    open_page: OpenPage, own: str, stored: Stored, *, scripts: bool
) -> None:
    before = stored()
    page = open_page(own, java_script_enabled=scripts)
    page.get_by_label("DevOps").uncheck()
    page.get_by_label("AI", exact=True).uncheck()
    page.get_by_label("Hour").select_option("6")
    day = page.get_by_label("No issue until")
    first = day.get_attribute("min") or ""
    day.fill(first)
    page.get_by_label("Send it to").fill(NEW)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Nothing is saved yet: something needs another look."
    )
    expect(page.get_by_text("Please choose at least one.")).to_be_visible()
    row = stored()
    assert (row.follows, row.hour, row.paused_until) == (before.follows, None, None)
    expect(page.get_by_label("Hour")).to_have_value("6")
    expect(day).to_have_value(first)
    expect(page.get_by_label("Send it to")).to_have_value(NEW)
    if scripts:
        expect(page.locator("#saved")).to_have_text("Not saved yet.")
    page.get_by_label("AI", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"A mail with a link is on its way to {NEW}.")).to_be_visible()
    row = stored()
    assert (row.follows, row.hour) == (1, 6)
    assert row.paused_until is not None


@both_ways
def test_reader_pauses_until_a_day_and_resumes(
    open_page: OpenPage, own: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts)
    day = page.get_by_label("No issue until")
    day.fill(day.get_attribute("min") or "")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("No issue comes to you until")).to_be_visible()
    assert stored().paused_until is not None
    page.get_by_label("Resume now").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You get the next issue that has something for you")).to_be_visible()
    assert stored().paused_until is None


@both_ways
def test_reader_moves_to_another_address_once_it_is_confirmed_there(
    open_page: OpenPage, container: Container, own: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts)
    page.get_by_label("Send it to").fill(NEW)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"A mail with a link is on its way to {NEW}.")).to_be_visible()
    expect(page.get_by_label("Keep the address I have")).to_be_visible()
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
