"""Today in a browser: what it counts afterwards, the stop, and axe in both schemes and widths."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.delivery.launch import launch
from app.enums import Depth, IssueState
from app.issues.lifecycle import approve
from app.issues.scheduling import schedule
from app.models import Issue, Publication, UnplacedLine
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_story, make_subscriber

Link = Callable[[], str]


@pytest.fixture
def link(container: Container) -> Link:
    """Return a function that makes a link for who edits and sends; there is an issue going out."""
    now = container.clock()
    with transaction(container.sessions) as session:
        session.get_one(Publication, 1).time_zone = "Europe/Vienna"
        typed = parse_address("sue@desk.test", allow_reserved=True)
        roles = [Role.EDITOR, Role.SENDER]
        sue = add_user(session, CLI, "Sue", typed, roles, now)
        ai = make_category(session, "ai", name="AI")
        for depth in Depth:
            make_subscriber(session, follows=ai.mask, depth=depth)
        running = make_issue(session, issued_on=now.date(), subject="What goes out")
        make_story(session, running, ai)
        approve(session, CLI, running.id, now)
        schedule(session, CLI, running.id, now, send_at=now)
        launch(session, running, now)
        coming = make_issue(session, issued_on=now.date() + timedelta(days=1))
        make_story(session, coming, ai)
        make_story(session, coming, ai, title="A half one", what="", why_it_matters="")
        lost = {"line": 3, "text": "Lost", "reason": "It has no place.", "after": ""}
        session.add(UnplacedLine(issue_id=coming.id, **lost))
        before = now - timedelta(days=1)
        times = {"launched_at": before, "sent_at": before}
        made = {"issued_on": before.date(), "state": IssueState.SENT, "n_due": 3}
        make_issue(session, **made, **times)

    def do() -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, sue.id, base_url, container.clock())
        return made.removeprefix(base_url)

    return do


@looks
@widths
def test_axe_finds_nothing_and_figures_come_by_themselves(
    open_page: OpenPage, link: Link, look: str, width: int
) -> None:
    page = open_page(link(), width=width, color_scheme=look, reduced_motion="reduce")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("4 readers in 4 cuts")).to_be_visible()
    expect(page.get_by_text("left within a day")).to_be_visible()
    found = {"today": faults(page, width)}
    page.goto("/desk?lang=de")
    expect(page.get_by_text("am ersten Tag abgemeldet")).to_be_visible()
    found["in German"] = faults(page, width)
    assert not any(found.values()), found


def test_stop_is_one_press_and_going_on_asks_once_and_stays_open(
    open_page: OpenPage, link: Link, container: Container
) -> None:
    page = open_page(link())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Pause sending").click()
    expect(page.get_by_role("status")).to_contain_text("Paused.")
    page.get_by_text("Resume …").click()
    with page.expect_response("**/desk/today/going-out"):
        pass
    page.wait_for_timeout(100)
    expect(page.get_by_role("button", name="Resume for 4 readers")).to_be_visible()
    page.get_by_role("button", name="Resume for 4 readers").click()
    expect(page.get_by_role("status")).to_contain_text("It goes on.")


def test_stop_that_another_presses_shows_by_itself(
    open_page: OpenPage, link: Link, container: Container
) -> None:
    page = open_page(link())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Pause sending")).to_be_visible()
    with transaction(container.sessions) as session:
        session.scalars(
            select(Issue).where(Issue.state == IssueState.SENDING)
        ).one().state = IssueState.PAUSED
    expect(page.get_by_text("Resume …")).to_be_visible()
    expect(page.get_by_role("button", name="Pause sending")).to_have_count(0)


def test_time_is_said_on_ones_own_clocks_where_these_are_others(
    open_page: OpenPage, link: Link
) -> None:
    page = open_page(link(), timezone_id="America/New_York")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("where you are")).to_be_visible()
    page = open_page(link(), timezone_id="Europe/Vienna")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".own")).to_be_hidden()


def test_without_scripts_a_link_counts(open_page: OpenPage, link: Link) -> None:
    page = open_page(link(), java_script_enabled=False)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Count the readers and check the issue").click()
    expect(page.get_by_text("4 readers in 4 cuts")).to_be_visible()
