"""Every page of a reader's own for everybody: axe finds nothing, on a phone, light or dark."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.container import Container
from app.db.session import transaction
from app.enums import LetterKind, SubscriberState, Tracking
from app.models import Letter, Publication, Subscriber
from app.tokens import Purpose
from tests.browser.conftest import Clock, OpenPage, link_of, looks
from tests.browser.test_desk import faults

NEW = "ada.new@reader.example"

Change = Callable[[dict[str, object]], None]

widths = pytest.mark.parametrize("width", [390, 1200])


@pytest.fixture
def change(container: Container, reader: Subscriber) -> Change:
    """Sets columns of the reader."""

    def do(values: dict[str, object]) -> None:
        with transaction(container.sessions) as session:
            row = session.get_one(Subscriber, reader.id)
            for name, value in values.items():
                setattr(row, name, value)

    return do


@looks
@widths
def test_axe_finds_nothing_and_nothing_is_too_wide_on_own_pages(
    open_page: OpenPage, own: str, leave: str, look: str, width: int
) -> None:
    page = open_page(own, width=width, color_scheme=look, reduced_motion="reduce")
    findings = {"preferences": faults(page, width)}
    page.get_by_label("Send it to").fill("two..dots@reader.example")
    page.get_by_role("button", name="Save").click()
    findings["wrong"] = faults(page, width)
    page.get_by_label("Send it to").fill(NEW)
    page.get_by_role("button", name="Save").click()
    findings["asked"] = faults(page, width)
    for path in (f"{own}/erase", leave, f"{leave}/category/ai", "/preferences"):
        page.goto(path)
        findings[path.rpartition("/")[2]] = faults(page, width)
    page.goto(leave)
    page.get_by_role("button", name="Leave", exact=True).click()
    findings["left"] = faults(page, width)
    page.get_by_role("button", name="Undo").click()
    findings["back"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


@looks
@widths
def test_axe_finds_nothing_on_ones_page_whatever_state_one_is_in(
    open_page: OpenPage, container: Container, own: str, change: Change, look: str, width: int
) -> None:
    now = container.clock()
    with transaction(container.sessions) as session:
        session.get_one(Publication, 1).tracking = Tracking.PER_READER
    page = open_page(own, width=width, color_scheme=look, reduced_motion="reduce")
    findings = {"clicks": faults(page, width)}
    states: dict[str, dict[str, object]] = {
        "refuses": {"refuses_tracking": True},
        "silent": {"silent_at": now - timedelta(days=9)},
        "paused": {"silent_at": None, "paused_until": now + timedelta(days=9)},
        "pending": {"state": SubscriberState.PENDING, "confirmed_at": None},
        "left": {"state": SubscriberState.LEFT, "left_at": now},
        "left long ago": {"state": SubscriberState.LEFT, "left_at": now - timedelta(days=60)},
    }
    for name, values in states.items():
        change(values)
        page.goto(own)
        findings[name] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


@looks
@widths
def test_axe_finds_nothing_where_one_is_asked_whether_one_stays(
    open_page: OpenPage, container: Container, change: Change, look: str, width: int
) -> None:
    change({"silent_at": container.clock() - timedelta(days=9)})
    link = link_of(container, Purpose.STAY, _only(container))
    page = open_page(link, width=width, color_scheme=look, reduced_motion="reduce")
    findings = {"asked": faults(page, width)}
    page.get_by_role("button", name="Yes, send me").click()
    findings["stays"] = faults(page, width)
    assert "Good that you stay" in page.title()
    assert {name: found for name, found in findings.items() if found} == {}


@looks
@widths
def test_axe_finds_nothing_on_what_comes_after_a_press(
    open_page: OpenPage,
    container: Container,
    clock: Clock,
    own: str,
    leave: str,
    change: Change,
    look: str,
    width: int,
) -> None:
    page = open_page(leave, width=width, color_scheme=look, reduced_motion="reduce")
    findings = {}
    for name in ("Pause for two weeks", "Undo", "Headlines only", "Undo"):
        if page.get_by_role("button", name=name).count() == 0:
            page.goto(leave)
        page.get_by_role("button", name=name).click()
        findings[f"{name} {page.url}"] = faults(page, width)
    page.goto("/preferences")
    page.get_by_label("Your mail address").fill("nobody@reader.example")
    page.get_by_role("button", name="Send me a link").click()
    findings["link sent"] = faults(page, width)

    page.goto(own)
    page.get_by_label("Send it to").fill(NEW)
    page.get_by_role("button", name="Save").click()
    with transaction(container.sessions) as session:
        kind = Letter.kind == LetterKind.NEW_ADDRESS
        letter = session.scalars(select(Letter.public_id).where(kind)).one()
    page.goto(link_of(container, Purpose.NEW_ADDRESS, letter))
    findings["new address"] = faults(page, width)
    page.get_by_role("button", name="Yes, send it here").click()
    findings["moved"] = faults(page, width)

    change({"state": SubscriberState.LEFT, "left_at": container.clock() - timedelta(days=60)})
    page.goto(leave)
    findings["left long ago"] = faults(page, width)
    page.get_by_role("link", name="Sign up again").click()
    change({"state": SubscriberState.ACTIVE})
    clock.ahead = timedelta(seconds=2)  # links are told apart from older ones by the second
    page.goto(link_of(container, Purpose.PREFERENCES, _only(container)))
    page.get_by_role("link", name="Erase me").click()
    page.get_by_role("button", name="Erase me now").click()
    findings["erased"] = faults(page, width)
    page.goto(own)
    assert "no longer works" in page.title()
    findings["gone"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


def _only(container: Container) -> int:
    with transaction(container.sessions) as session:
        return session.scalars(select(Subscriber.public_id)).one()
