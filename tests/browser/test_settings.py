"""The settings in a browser: axe on the publication and its categories, and their buttons."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.models import CategoryState
from app.publication.publication import get_publication, set_publication
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths
from tests.factories import make_category, make_issue, make_subscriber

Come = Callable[..., Page]


@pytest.fixture
def come(container: Container, open_page: OpenPage) -> Come:
    """Return a function that opens a page as an admin; there are three categories."""
    with transaction(container.sessions) as session:
        typed = parse_address("ada@desk.test", allow_reserved=True)
        ada = add_user(session, CLI, "Ada", typed, [Role.ADMIN], container.clock())
        ai = make_category(session, "ai", name="AI", accent="#5B3FD6", accent_dark="#B3A4FF")
        look = {"accent": "#0B6B57", "accent_dark": "#63CDB2"}
        make_category(session, "devops", name="DevOps", weekdays=[1, 5], **look)
        make_category(session, "data", name="Un" + "breakable" * 6, state=CategoryState.RETIRED)
        make_subscriber(session, follows=ai.mask)
        row = get_publication(session)
        row.from_address, row.time_zone = "Devoured <digest@digest.dev>", "Europe/Vienna"
        row.sponsor = {"text": "Servers that wake up.", "label": "Hosting", "url": ""}

    def do(path: str, **given: object) -> Page:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            link = hand_out_link(session, CLI, ada.id, base_url, container.clock())
        page = open_page(link.removeprefix(base_url), **given)
        page.get_by_role("button", name="Sign in").click()
        page.goto(path)
        return page

    return do


def _opened(page: Page) -> None:
    for one in page.locator("summary").all():
        one.click()


@looks
@widths
def test_axe_finds_nothing_on_the_publication(
    come: Come, container: Container, look: str, width: int
) -> None:
    page = come("/desk/publication", width=width, color_scheme=look, reduced_motion="reduce")
    found = {"publication": faults(page, width)}
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_label("Bounces, in percent").fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Name is needed.")).to_be_visible()
    found["wrong"] = faults(page, width)
    page.get_by_label("Name", exact=True).fill("Mine")
    page.get_by_label("Bounces, in percent").fill("4")
    with transaction(container.sessions) as session:
        changes = {"name": "Theirs", "weekdays": [6], "tracking": "counts"}
        set_publication(session, CLI, changes, container.clock())
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Command line changed this after you opened")
    expect(page.locator("main").get_by_text("Theirs")).to_be_visible()
    found["changed meanwhile"] = faults(page, width)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.goto("/desk/publication?lang=de")
    found["in German"] = faults(page, width)
    assert not any(found.values()), found


@looks
@widths
def test_axe_finds_nothing_on_the_categories(come: Come, look: str, width: int) -> None:
    page = come("/desk/categories", width=width, color_scheme=look, reduced_motion="reduce")
    expect(page.get_by_text("1 reader", exact=True)).to_be_visible()
    found = {"list": faults(page, width)}
    page.get_by_label("Name").fill("ai")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("There is a category “AI” already")).to_be_visible()
    found["taken"] = faults(page, width)
    page.get_by_role("link", name="AI", exact=True).click()
    expect(page.get_by_text("1 reader follows it.")).to_be_visible()
    _opened(page)
    found["category"] = faults(page, width)
    page.goto("/desk/categories/data?lang=de")
    expect(page.get_by_text("Niemand folgt ihr.")).to_be_visible()
    _opened(page)
    found["in German"] = faults(page, width)
    page.goto("/desk/categories?lang=de")
    expect(page.get_by_text("1 Leser", exact=True)).to_be_visible()
    found["list in German"] = faults(page, width)
    assert not any(found.values()), found


@looks
@widths
def test_axe_finds_nothing_on_the_checks_and_an_issues_sponsor(
    come: Come, container: Container, look: str, width: int
) -> None:
    with transaction(container.sessions) as session:
        issue = make_issue(session)
    page = come("/desk/checks", width=width, color_scheme=look, reduced_motion="reduce")
    found = {"checks": faults(page, width)}
    page.get_by_label("The subject is mostly in capitals").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_label("The subject is mostly in capitals")).not_to_be_checked()
    page.goto("/desk/checks?lang=de")
    found["checks in German"] = faults(page, width)
    page.goto(f"/desk/issues/{issue.id}/sponsor")
    found["sponsor"] = faults(page, width)
    page.get_by_label("A sponsor of its own").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Sponsor’s text is needed.")).to_be_visible()
    found["no text"] = faults(page, width)
    page.get_by_label("Sponsor’s text").fill("Beans, roasted on Mondays.")
    page.get_by_label("Sponsor’s name").fill("Coffee")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    found["issue"] = faults(page, width)
    expect(page.get_by_text("Coffee")).to_be_visible()
    page.goto(f"/desk/issues/{issue.id}/sponsor?lang=de")
    found["sponsor in German"] = faults(page, width)
    assert not any(found.values()), found


def test_category_is_moved_hidden_and_renamed_by_keyboard(come: Come) -> None:
    page = come("/desk/categories")
    expect(page.get_by_text("1 reader", exact=True)).to_be_visible()
    page.get_by_role("button", name="AI down").press("Enter")
    expect(page.locator(".categories .name").first).to_contain_text("DevOps")
    page.get_by_role("link", name="AI", exact=True).press("Enter")
    page.get_by_text("Hide it", exact=True).press("Enter")
    page.get_by_role("button", name="Hide it now").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Hidden")
    page.get_by_label("Name", exact=True).fill("Machines")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Machines")


def test_count_that_comes_later_takes_no_focus_away(come: Come) -> None:
    page = come("/desk/categories/ai?counted=whole")
    expect(page.get_by_text("1 reader follows it.")).to_be_visible()
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/*counted=part*", hold)
    page.goto("/desk/categories/ai")
    page.get_by_text("Retire it", exact=True).click()
    waiting[0].continue_()
    expect(page.get_by_text("1 reader follows it.")).to_be_visible()
    expect(page.get_by_role("button", name="Retire it now")).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "Retire it"


def test_settings_work_without_scripts(come: Come) -> None:
    page = come("/desk/categories", java_script_enabled=False)
    page.get_by_role("link", name="Count who follows them").click()
    expect(page.get_by_text("1 reader", exact=True)).to_be_visible()
    page.get_by_role("link", name="AI", exact=True).click()
    page.get_by_role("link", name="Count who follows it").click()
    expect(page.get_by_text("1 reader follows it.")).to_be_visible()
    page.goto("/desk/publication")
    page.get_by_label("Tagline").fill("As it was")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")


@looks
@widths
def test_axe_finds_nothing_on_the_look(come: Come, look: str, width: int) -> None:
    page = come("/desk/look", width=width, color_scheme=look, reduced_motion="reduce")
    expect(page.frame_locator("iframe").first.get_by_text("A story that has")).to_be_visible()
    found = {"look": faults(page, width)}
    page.get_by_label("Muted text").first.fill("#8f8a82")
    expect(page.get_by_text("too faint").first).to_be_visible()
    page.get_by_label("Roundness of buttons").fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Pixels, a whole number from 0 to 24.")).to_be_visible()
    found["wrong"] = faults(page, width)
    page.goto("/desk/look?lang=de")
    found["in German"] = faults(page, width)
    assert {name: one for name, one in found.items() if one} == {}


def test_mail_beside_the_look_is_that_of_what_is_typed(come: Come) -> None:
    page = come("/desk/look")
    page.get_by_label("Page").first.fill("#fff8e7")
    mail = page.frame_locator("iframe").first.locator("body")
    expect(mail).to_have_css("background-color", "rgb(255, 248, 231)")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    page.get_by_role("button", name="Back to how it comes").click()
    expect(page.get_by_label("Page").first).to_have_value("#f6f3ee")
