"""A reader's own pages by the keyboard alone: everything is reached, in order, and seen."""

from playwright.sync_api import Locator, Page, expect

from app.enums import Depth, SubscriberState
from tests.browser.conftest import OpenPage, Stored, both_ways

_RING = "getComputedStyle(document.activeElement).outlineStyle"
_MOST = 6


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus, a few times at most; the focus is seen at each stop."""
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        assert page.evaluate(_RING) != "none", page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("one => one === document.activeElement"):
            expect(wanted).to_be_in_viewport()
            return
    raise AssertionError("not reached")


def _into_the_content(page: Page) -> None:
    """By the link that skips the head; a form that is sent to its own page stays behind it."""
    if page.url.endswith("#main"):
        return
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")


@both_ways
def test_preferences_can_be_changed_with_the_keyboard_alone(
    open_page: OpenPage, own: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts, timezone_id="Asia/Tokyo")
    _into_the_content(page)
    _tab_to(page, page.get_by_role("checkbox", name="AI"))
    page.keyboard.press("Space")
    _tab_to(page, page.get_by_role("checkbox", name="DevOps"))
    _tab_to(page, page.get_by_label("Deep"))
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Brief")).to_be_checked()
    _tab_to(page, page.get_by_label("Hour"))
    page.keyboard.type("06")
    expect(page.get_by_label("Hour")).to_have_value("6")
    _tab_to(page, page.get_by_label("Time zone"))
    if scripts:
        _tab_to(page, page.get_by_role("button", name="Use that"))
        page.keyboard.press("Enter")
        expect(page.get_by_label("Time zone")).to_be_focused()
    else:
        page.keyboard.type("Vienna")
    _go_on_to(page, page.get_by_label("Send it to"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. It holds for every issue")).to_be_visible()
    row = stored()
    zone = "Asia/Tokyo" if scripts else "Europe/Vienna"
    assert (row.follows, row.depth, row.hour, row.time_zone) == (2, Depth.BRIEF, 6, zone)
    _into_the_content(page)
    _go_on_to(page, page.get_by_label("Time zone"))
    _go_on_to(page, page.get_by_role("button", name="Save"))
    for name in ("Download all that we keep of you", "Erase me", "Leave Devoured"):
        _tab_to(page, page.get_by_role("link", name=name))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Leave", exact=True)).to_be_visible()


def _go_on_to(page: Page, wanted: Locator) -> None:
    """Tab past a whole form to an element, as `_tab_to` does for fewer stops.

    A date field alone is three stops or more.
    """
    for _ in range(4):
        try:
            _tab_to(page, wanted)
        except AssertionError:
            continue
        return
    raise AssertionError("not reached")


@both_ways
def test_reader_leaves_and_comes_back_with_the_keyboard_alone(
    open_page: OpenPage, leave: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(leave, java_script_enabled=scripts)
    _into_the_content(page)
    _tab_to(page, page.get_by_role("button", name="Leave", exact=True))
    for name in ("No more AI", "No more DevOps", "Headlines only", "Pause for two weeks"):
        _tab_to(page, page.get_by_role("button", name=name))
    page.keyboard.press("Enter")
    expect(page.get_by_text("No issue comes to you until")).to_be_visible()
    _into_the_content(page)
    _tab_to(page, page.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The pause is over.")).to_be_visible()
    _into_the_content(page)
    _tab_to(page, page.get_by_role("link", name="Leave after all"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Leave", exact=True)).to_be_visible()
    _into_the_content(page)
    _tab_to(page, page.get_by_role("button", name="Leave", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left")
    assert stored().state is SubscriberState.LEFT
    _into_the_content(page)
    _tab_to(page, page.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved")
    assert stored().state is SubscriberState.ACTIVE
