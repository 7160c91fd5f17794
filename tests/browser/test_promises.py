"""What the pages promise a reader, and that it is so, with scripts allowed and not."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.delivery.launch import launch
from app.enums import IssueState, LetterKind, SubscriberState
from app.models import Batch, Category, Issue, Letter, Subscriber
from app.readers.leave import leave as leave_now
from app.readers.proof import PATIENCE
from app.readers.signup_request import TRAP
from app.tokens import Purpose
from tests.browser.conftest import Clock, OpenPage, Stored, both_ways, link_of
from tests.factories import make_issue, make_story
from tests.readers.test_leave import PAGE

ADDRESS = "ada@reader.example"
NEXT = "You get the next issue that has something for you: it is due on "


def _n_confirmations(container: Container) -> int:
    with transaction(container.sessions) as session:
        kind = Letter.kind == LetterKind.CONFIRMATION
        return session.scalar(select(func.count()).select_from(Letter).where(kind)) or 0


def _sign_up(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Your mail address").fill(ADDRESS)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")


def _only(container: Container) -> Subscriber:
    with transaction(container.sessions) as session:
        return session.scalars(select(Subscriber)).one()


def _confirm(page: Page, container: Container) -> None:
    page.goto(link_of(container, Purpose.CONFIRM, _only(container).public_id))
    page.get_by_role("button", name="Yes, send me Devoured").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in")


@both_ways
def test_hour_that_was_chosen_is_the_hour_of_the_next_issue(
    open_page: OpenPage, container: Container, own: str, reader: Subscriber, *, scripts: bool
) -> None:
    page = open_page(own, java_script_enabled=scripts)
    expect(page.get_by_text("waits until your clocks show it")).to_be_visible()
    page.get_by_label("Hour").select_option("6")
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#coming")).to_contain_text("at 06:00 (Asia/Tokyo)")
    out_at = datetime(2026, 12, 1, 7, tzinfo=UTC)
    with transaction(container.sessions) as session:
        issue = make_issue(session, state=IssueState.SCHEDULED, send_at=out_at)
        make_story(session, issue, session.scalars(select(Category)).first())
        launch(session, issue, out_at)
        batch = session.scalars(select(Batch).where(Batch.issue_id == issue.id)).one()
    assert batch.subscriber_ids == [reader.id]
    assert batch.not_before == datetime(2026, 12, 1, 21, tzinfo=UTC)


@both_ways
def test_pause_ends_with_leaving_and_who_signs_up_again_gets_a_mail_and_the_next_issue(
    open_page: OpenPage,
    container: Container,
    issue: Issue,  # something to sign up for
    clock: Clock,
    *,
    scripts: bool,
) -> None:
    page = open_page("/", java_script_enabled=scripts)
    _sign_up(page)
    first = link_of(container, Purpose.CONFIRM, _only(container).public_id)
    _confirm(page, container)
    leave = link_of(container, Purpose.LEAVE, _only(container).public_id)
    page.goto(leave)
    page.get_by_role("button", name="Pause for a month").click()
    expect(page.get_by_text("No issue comes to you until")).to_be_visible()
    clock.ahead = timedelta(minutes=5)
    page.goto(leave)
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left")
    assert _only(container).paused_until is None

    clock.ahead = timedelta(minutes=10)
    _sign_up(page)
    assert _n_confirmations(container) == 2, "no mail came, though the link before works no longer"
    page.goto(first)
    expect(page.get_by_text("You left after this link was sent")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    _confirm(page, container)
    expect(page.get_by_text(NEXT)).to_be_visible()
    page.get_by_role("link", name="Change it on your own page").click()
    expect(page.locator("#coming")).to_contain_text(NEXT)


@both_ways
def test_you_are_in_says_what_the_own_page_says(
    open_page: OpenPage, container: Container, own: str, reader: Subscriber, *, scripts: bool
) -> None:
    with transaction(container.sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        row.paused_until, row.follows = system_clock() + timedelta(days=20), 2
    page = open_page(own, java_script_enabled=scripts)
    said = page.locator("#coming").inner_text()
    assert said.startswith("No issue comes to you until")
    _confirm(page, container)  # the link of long ago, pressed once more
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text("You follow DevOps, at the depth “Deep”.")).to_be_visible()


@both_ways
@pytest.mark.parametrize("what", ["moved", "left"])
def test_old_confirmation_opens_nothing_and_says_so_kindly(
    open_page: OpenPage,
    container: Container,
    reader: Subscriber,
    stored: Stored,
    clock: Clock,
    what: str,
    *,
    scripts: bool,
) -> None:
    with transaction(container.sessions) as session:
        row = session.get_one(Subscriber, reader.id)
        row.state, row.confirmed_at = SubscriberState.PENDING, None
    old = link_of(container, Purpose.CONFIRM, reader.public_id)
    page = open_page(old, java_script_enabled=scripts)
    clock.ahead = timedelta(minutes=5)
    with transaction(container.sessions) as session:
        if what == "moved":
            session.get_one(Subscriber, reader.id).moved_at = clock()
        else:
            leave_now(session, reader.id, clock(), PAGE)
    page.get_by_role("button", name="Yes, send me Devoured").click()
    says = {"moved": "an address that was changed since", "left": "You left after this link"}
    expect(page.get_by_text(says[what])).to_be_visible()
    page.goto(old)
    expect(page.get_by_text(says[what])).to_be_visible()
    expect(page.get_by_role("link", name="Have a new link to your own page sent")).to_be_visible()
    assert stored().state is not SubscriberState.ACTIVE


@pytest.mark.usefixtures("issue")
def test_form_that_the_browser_filled_in_at_once_is_taken(
    open_page: OpenPage, container: Container, clock: Clock
) -> None:
    page = open_page("/leave")
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
            const field = document.querySelector(".signup [name=address]");
            if (!field || sessionStorage.sent) return;
            sessionStorage.sent = "1";
            field.value = "ada@reader.example";
            field.form.requestSubmit();
        })"""
    )
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert _n_confirmations(container) == 1
    # Sent in days after it was opened, as a browser keeps it, the form is as good as new.
    page.goto("/")
    clock.ahead = timedelta(days=9)
    page.get_by_label("Your mail address").fill("other@reader.example")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert _n_confirmations(container) == 2


@pytest.mark.usefixtures("issue")
def test_form_whose_unseen_field_the_browser_filled_in_is_taken_after_a_while(
    open_page: OpenPage, container: Container, clock: Clock
) -> None:
    page = open_page("/")
    page.get_by_label("Your mail address").fill(ADDRESS)
    page.locator(f"[name={TRAP}]").evaluate("field => { field.value = 'https://ada.example' }")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    expect(page.get_by_text("A field that nobody sees was filled in.")).to_be_visible()
    assert _n_confirmations(container) == 0
    clock.ahead = PATIENCE
    page.get_by_role("button", name="I have waited").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert _n_confirmations(container) == 1
