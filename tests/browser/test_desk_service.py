"""The service, templates and suppressions in a browser: axe in both schemes and widths."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.delivery.alone import note_setback
from app.enums import DeliveryState, IssueState
from app.metrics.families import COLLECTED, PAUSED, UNREADABLE, Sample
from app.models import AcceptedBy
from app.watch.figures import figures_of
from app.watch.notices import begin_look, note_figures
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue
from tests.ledger import write_down

Link = Callable[[], str]
LONG = "unbreakable" * 8


@pytest.fixture
def link(container: Container) -> Link:
    """Return a function that makes a link for an admin; there is something to see on each page."""
    now = container.clock()
    with transaction(container.sessions) as session:
        typed = parse_address("ada@desk.test", allow_reserved=True)
        ada = add_user(session, CLI, "Ada", typed, [Role.ADMIN], now)
        make_category(session, "ai", name="AI")
        make_category(session, "gardening", name=LONG[:60])
        began = now - timedelta(minutes=30)
        times = {"issued_on": now.date(), "launched_at": began}
        issue = make_issue(session, state=IssueState.SENDING, **times)
        for heard_at in (began, None):
            write_down(
                session,
                issue,
                DeliveryState.ACCEPTED,
                began,
                accepted_by=AcceptedBy.ANSWER,
                event_at=heard_at,
            )
        note_setback(session, "tidy: forget_old_events", f"ForeignKeyViolation: {LONG}", began)
        begin_look(session, now - timedelta(hours=1))
        for at, n in ((began, 7), (now, 7)):
            paused = [Sample(PAUSED, 1, ("held",))] if at is began else []
            told = [Sample(COLLECTED, 1, ("account",)), Sample(UNREADABLE, n), *paused]
            note_figures(session, figures_of(told, at))
            session.flush()

    def do() -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, ada.id, base_url, container.clock())
        return made.removeprefix(base_url)

    return do


@looks
@widths
def test_axe_finds_nothing_on_these_settings(
    open_page: OpenPage, link: Link, look: str, width: int
) -> None:
    page = open_page(link(), width=width, color_scheme=look, reduced_motion="reduce")
    page.get_by_role("button", name="Sign in").click()
    found = {}
    for language, whole in (("en", "Of 2 mails"), ("de", "Von 2 Mails")):
        page.goto(f"/desk/service?lang={language}")
        expect(page.get_by_text(whole)).to_be_visible()
        found[f"service, {language}"] = faults(page, width)
        page.goto(f"/desk/watch?lang={language}")
        expect(page.get_by_role("alert")).to_be_visible()
        found[f"watch, {language}"] = faults(page, width)
        page.goto(f"/desk/suppressions?lang={language}")
        found[f"suppressions, {language}"] = faults(page, width)
        for shown in ("width=phone&scheme=dark&depth=deep", "category=gardening"):
            page.goto(f"/desk/templates?lang={language}&{shown}")
            found[f"templates, {language}, {shown}"] = faults(page, width)
    assert {name: one for name, one in found.items() if one} == {}


@looks
@widths
def test_axe_finds_nothing_on_the_way_of_an_address(
    open_page: OpenPage, link: Link, look: str, width: int
) -> None:
    page = open_page(link(), width=width, color_scheme=look, reduced_motion="reduce")
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/suppressions")
    page.locator("#address").fill(f"{LONG[:60]}@reader.test")
    page.get_by_label("Note").fill("asked by telephone")
    page.get_by_role("button", name="Suppress it").click()
    expect(page.get_by_role("status")).to_contain_text("Suppressed:")
    page.locator("#sought").fill(f"{LONG[:60]}@reader.test")
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_text("asked by telephone", exact=True)).to_be_visible()
    found = {"found": faults(page, width)}
    because = page.get_by_label("Why may it be written to again?")
    because.evaluate("one => one.form.noValidate = true")
    page.get_by_role("button", name="Lift it").click()
    expect(page.get_by_text("Please say why, in one line")).to_be_visible()
    found["without a reason"] = faults(page, width)
    because.fill("they asked for it")
    page.get_by_role("button", name="Lift it").click()
    expect(page.get_by_role("status")).to_contain_text("Lifted:")
    page.locator("#sought").fill(f"{LONG[:60]}@reader.test")
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_text("is not suppressed.")).to_be_visible()
    expect(page.get_by_text("they asked for it")).to_be_visible()
    found["lifted"] = faults(page, width)
    assert {name: one for name, one in found.items() if one} == {}


def test_all_sending_is_paused_by_one_press_and_asks_before_it_goes_on(
    open_page: OpenPage, link: Link
) -> None:
    page = open_page(link(), java_script_enabled=False)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/service")
    page.get_by_role("button", name="Pause all sending").click()
    expect(page.get_by_text("All sending is paused.")).to_be_visible()
    page.get_by_text("Let it go on …").click()
    page.get_by_role("button", name="Let sending go on").click()
    expect(page.get_by_text("Nothing pauses it.")).to_be_visible()
    page.get_by_role("link", name="Count what was heard of").click()
    expect(page.get_by_text("Of 2 mails")).to_be_visible()


def test_sample_is_in_the_colours_that_are_chosen_whatever_the_browser_likes(
    open_page: OpenPage, link: Link
) -> None:
    page = open_page(link(), color_scheme="dark")
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/templates")
    body = page.frame_locator("iframe").locator("body")
    colour = "one => getComputedStyle(one).colorScheme"
    expect(body).to_contain_text("A story that has everything")
    assert body.evaluate(colour) == "light"
    page.get_by_role("navigation", name="Colours").get_by_role("link", name="Dark").click()
    expect(page.locator(".sample.dark")).to_be_visible()
    assert page.frame_locator("iframe").locator("body").evaluate(colour) == "dark"
    page.get_by_role("navigation", name="Width").get_by_role("link", name="Phone").click()
    expect(page.locator(".sample.phone.dark")).to_be_visible()
    assert page.locator("iframe").bounding_box()["width"] == 390  # type: ignore[index]  # it is seen
