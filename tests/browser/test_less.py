"""Less instead of leaving, each press and the way back from it; and back in from one's own page."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, SubscriberState
from app.models import Subscriber
from tests.browser.conftest import OpenPage, Stored, both_ways


@both_ways
def test_reader_leaves_one_category_by_its_button_and_takes_it_back(
    open_page: OpenPage, leave: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(leave, java_script_enabled=scripts)
    page.get_by_role("button", name="No more AI").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left AI")
    assert (stored().follows, stored().state) == (2, SubscriberState.ACTIVE)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved")
    assert stored().follows == 3


@both_ways
def test_reader_takes_a_pause_and_shorter_mails_back(
    open_page: OpenPage, leave: str, stored: Stored, *, scripts: bool
) -> None:
    page = open_page(leave, java_script_enabled=scripts)
    page.get_by_role("button", name="Pause for two weeks").click()
    expect(page.get_by_text("No issue comes to you until")).to_be_visible()
    assert stored().paused_until is not None
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The pause is over.")).to_be_visible()
    assert stored().paused_until is None

    page.goto(leave)
    page.get_by_role("button", name="Headlines only").click()
    expect(
        page.get_by_text("Issues that come out from now on bring you the headlines only.")
    ).to_be_visible()
    assert stored().depth is Depth.HEADLINES
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("All is as it was before.")).to_be_visible()
    assert stored().depth is Depth.DEEP
    page.get_by_role("link", name="Leave after all").click()
    expect(page.get_by_role("button", name="Leave", exact=True)).to_be_visible()


@both_ways
@pytest.mark.parametrize("state", [SubscriberState.LEFT, SubscriberState.PENDING])
def test_reader_who_gets_nothing_is_in_by_one_press_on_their_own_page(
    open_page: OpenPage,
    container: Container,
    own: str,
    reader: Subscriber,
    stored: Stored,
    state: SubscriberState,
    *,
    scripts: bool,
) -> None:
    long_ago = system_clock() - timedelta(days=80)
    with transaction(container.sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        row.state = state
        if state is SubscriberState.LEFT:
            row.left_at = long_ago
        else:
            row.confirmed_at = None
    page = open_page(own, java_script_enabled=scripts)
    asked = {
        SubscriberState.LEFT: "You have left",
        SubscriberState.PENDING: "You have not confirmed yet",
    }
    expect(page.get_by_role("heading", name=asked[state])).to_be_visible()
    page.get_by_role("button", name="Yes, send me Devoured").click()
    expect(page.get_by_text("You are in.", exact=True)).to_be_visible()
    expect(page.get_by_text("You get the next issue that has something for you")).to_be_visible()
    assert stored().state is SubscriberState.ACTIVE
    expect(page.get_by_role("button", name="Yes, send me Devoured")).to_have_count(0)


@both_ways
def test_reader_who_left_long_ago_is_shown_the_way_to_sign_up(
    open_page: OpenPage, container: Container, leave: str, reader: Subscriber, *, scripts: bool
) -> None:
    with transaction(container.sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        row.state, row.left_at = SubscriberState.LEFT, system_clock() - timedelta(days=30)
    page = open_page(leave, java_script_enabled=scripts)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.get_by_role("link", name="Sign up again").click()
    expect(page.get_by_role("button", name="Sign up")).to_be_visible()
