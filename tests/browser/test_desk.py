"""The desk in a browser: the way in and around, by mouse and keyboard, and axe on every page."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.access.keys import check_key, make_key, revoke_key
from app.access.rights import Role
from app.access.sessions import Browser as Where
from app.access.sessions import open_session
from app.access.sign_in import hand_out_link
from app.access.users import add_user, change_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.enums import Scope
from app.models import ApiKey, User
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_access import violations_of

widths = pytest.mark.parametrize("width", [390, 1200])
LONG = "Cyrille-de-la-Fontaine-Montmorency-" + "x" * 24

People = dict[str, User]


@pytest.fixture
def people(container: Container) -> People:
    """Add an admin who is signed in on a phone, an editor, and somebody of a long name."""
    now = container.clock()
    with transaction(container.sessions) as session:
        found = {}
        for name, role in (("Ada", Role.ADMIN), ("Bob", Role.EDITOR), (LONG, Role.VIEWER)):
            address = parse_address(f"{name.lower()[:60]}@desk.test", allow_reserved=True)
            found[name] = add_user(session, CLI, name, address, [role], now)
        where = Where("203.0.113.0/24", "Safari on iPhone")
        open_session(session, found["Ada"], where, now - timedelta(hours=2), way="link")
        ends = now + timedelta(days=9)
        networks = ["203.0.113.0/24", "2001:db8::/32"]
        make_key(
            session,
            CLI,
            "script",
            [Scope.READ, Scope.EDIT],
            now,
            expires_at=ends,
            networks=networks,
        )
        old, _ = make_key(session, CLI, LONG, [Scope.ADMIN], now)
        session.flush()
        revoke_key(session, CLI, old.id, now)
        return found


@pytest.fixture
def link(container: Container, people: People) -> Callable[[str], str]:
    """Return a function that makes a link for one of the people."""

    def do(name: str) -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, people[name].id, base_url, container.clock())
        return made.removeprefix(base_url)

    return do


def faults(page: Page, width: int) -> list[str]:
    """Return what axe finds, and whether the page is wider than its window."""
    rules = [f"{rule}: {node['target']}" for rule, node in violations_of(page)]
    wide = page.evaluate("document.documentElement.scrollWidth") > width
    return rules + (["too wide"] if wide else [])


def _visited(page: Page, paths: dict[str, str], width: int) -> Iterator[tuple[str, list[str]]]:
    for name, path in paths.items():
        page.goto(path)
        for one in page.locator("summary").all():
            one.click()
        yield name, faults(page, width)


@looks
@widths
def test_axe_finds_nothing_and_nothing_is_too_wide_at_the_desk(
    open_page: OpenPage,
    container: Container,
    people: People,
    link: Callable[[str], str],
    look: str,
    width: int,
) -> None:
    path = link("Ada")
    page = open_page("/desk", width=width, color_scheme=look, reduced_motion="reduce")
    findings = {"sign in": faults(page, width)}
    page.get_by_label("Your mail address").fill("nobody@desk.test")
    page.get_by_role("button", name="Send me a link").click()
    findings["sent"] = faults(page, width)
    page.goto(path)
    findings["link"] = faults(page, width)
    page.get_by_role("button", name="Sign in").click()
    paths = {
        "account": "/desk/account?done=saved",
        "people": "/desk/people",
        "people in German": "/desk/people?lang=de",
        "person": f"/desk/people/{people[LONG].id}?done=barred",
        "oneself": f"/desk/people/{people['Ada'].id}",
        "keys": "/desk/keys",
        "keys in German": "/desk/keys?lang=de",
        "audit": "/desk/audit",
        "nothing": "/desk/audit?issue=99",
        "not found": "/desk/no/such/page",
    }
    findings |= dict(_visited(page, paths, width))
    page.goto("/desk/keys")
    page.get_by_role("button", name="Make the key").evaluate("one => one.form.noValidate = true")
    page.get_by_role("button", name="Make the key").click()
    findings["key that is wrong"] = faults(page, width)
    page.get_by_label("What is it for?").fill("dashboard")
    page.locator("input[value=read]").check()
    page.get_by_role("button", name="Make the key").click()
    findings["key"] = faults(page, width)
    page.goto("/desk/people")
    page.get_by_role("button", name="Add, and").evaluate("one => one.form.noValidate = true")
    page.get_by_role("button", name="Add, and").click()
    findings["person who is wrong"] = faults(page, width)
    page.goto(f"/desk/people/{people['Bob'].id}")
    with transaction(container.sessions) as session:
        change_user(session, CLI, people["Bob"].id, container.clock(), roles=[Role.SENDER])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Command line changed this after you opened it: it is Bob, Sender now"
    )
    findings["person who was changed meanwhile"] = faults(page, width)
    page.context.clear_cookies()
    page.goto(path)
    findings["used link"] = faults(page, width)
    page.goto(link("Bob"))
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/people")
    findings["forbidden"] = faults(page, width)
    assert {name: found for name, found in findings.items() if found} == {}


def test_admin_adds_a_person_and_ends_their_session(
    open_page: OpenPage, container: Container, link: Callable[[str], str]
) -> None:
    page = open_page("/desk/people")
    page.goto(link("Ada"))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="People").click()
    page.get_by_label("Name", exact=True).fill("Dan")
    page.get_by_label("Mail address").fill("dan@desk.test")
    page.get_by_label("Editor").check()
    page.get_by_role("button", name="Add, and send a link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dan")
    expect(page.get_by_role("status")).to_contain_text("on its way")
    page.get_by_text("Remove Dan", exact=True).click()
    page.get_by_role("button", name="Remove Dan now").click()
    expect(page.get_by_role("status")).to_contain_text("Removed")
    with transaction(container.sessions) as session:
        assert session.scalar(select(User.id).where(User.name == "Dan")) is None


def test_double_click_makes_one_key_and_shows_it(
    open_page: OpenPage, container: Container, link: Callable[[str], str]
) -> None:
    page = open_page("/desk/keys")
    page.goto(link("Ada"))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("What is it for?").fill("dashboard")
    page.locator("input[value=read]").check()
    page.get_by_role("button", name="Make the key").dblclick()
    shown = page.locator(".secret code").first
    expect(shown).to_contain_text("dv_")
    with transaction(container.sessions) as session:
        assert check_key(session, shown.inner_text(), [], container.clock()).name == "dashboard"
        named = select(ApiKey.id).where(ApiKey.name == "dashboard")
        assert len(session.scalars(named).all()) == 1


def test_way_in_works_by_keyboard_alone_and_leads_to_where_one_wanted(
    open_page: OpenPage, link: Callable[[str], str]
) -> None:
    page = open_page("/desk/audit?who=cli")
    page.keyboard.type("ada@desk.test")  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    page.goto(link("Ada"))
    page.get_by_role("button", name="Sign in").press("Enter")
    expect(page).to_have_url("/desk/audit?who=cli")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("button", name="Sign out").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")
