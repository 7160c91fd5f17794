"""The pane as one reader gets it: their cut, their zone, and what a test from there is of."""

from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import Letter
from tests.browser.conftest import looks
from tests.browser.editor.pages import Serve, Write, type_at, widths
from tests.browser.editor.test_pane import mail, open_pane
from tests.browser.test_desk import faults
from tests.factories import make_subscriber


def test_pane_shows_what_one_reader_gets_until_a_cut_is_chosen(
    serve: Serve, write: Write, session: Session
) -> None:
    given = {"hour": 8, "time_zone": "America/Lima"}
    make_subscriber(session, "eve@reader.example", follows=2, depth="deep", **given)
    make_subscriber(session, "bob@reader.example", follows=4, depth="deep")
    session.commit()
    serve()
    ada = write("Ada", Role.EDITOR, Role.SENDER)
    asked: list[str] = []
    ada.on("request", lambda request: asked.append(request.url))
    caption, known = ada.locator("#cut"), ada.locator(".known")
    ada.get_by_role("button", name="A reader …").click()
    dialog = ada.get_by_role("dialog", name="As one reader gets it")
    dialog.get_by_label("Their address").fill("nobody@reader.example")
    ada.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_contain_text("Nobody here has this address")
    dialog.get_by_label("Their address").fill("eve@reader.example")
    dialog.get_by_role("button", name="Show their mail").click()
    expect(caption).to_have_text("DevOps · deep · eve@reader.example")
    expect(known).to_contain_text("Hour: 08:00 · Time zone: America/Lima · Language: English")
    expect(mail(ada).get_by_text("A queue").first).to_be_visible()
    expect(ada.get_by_role("button", name="AI", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    ada.get_by_role("button", name="Send a test").click()
    test = ada.get_by_role("dialog", name="Send a test")
    test.get_by_role("button", name="Send it").click()
    expect(test.get_by_role("status")).to_contain_text("DevOps · deep, revision 1")
    letter = session.scalars(select(Letter).where(Letter.kind == "test")).one()
    assert "A queue" in letter.facts["mail"]["html"]
    assert "A compiler" not in letter.facts["mail"]["html"]
    test.get_by_role("button", name="Close").click()
    ada.get_by_role("button", name="A reader …").click()
    dialog.get_by_label("Their address").fill("bob@reader.example")
    ada.keyboard.press("Enter")
    expect(caption).to_have_text("No mail for bob@reader.example")
    expect(known).to_contain_text("would get none of it now: follows none of its categories")
    expect(ada.locator(".pane iframe")).not_to_be_visible()
    ada.get_by_role("button", name="Show a cut again").click()
    expect(caption).to_have_text("DevOps · deep · 1 reader")
    ada.get_by_role("button", name="AI", exact=True).click()
    expect(caption).to_have_text("AI + DevOps · deep · 0 readers")
    expect(known).not_to_be_visible()
    assert not [url for url in asked if "reader.example" in url or "%40" in url]


def test_mail_of_a_reader_follows_what_is_typed(
    serve: Serve, write: Write, session: Session
) -> None:
    make_subscriber(session, "eve@reader.example", follows=1, depth="brief")
    session.commit()
    serve()
    ada = write("Ada", Role.ADMIN)
    ada.get_by_role("button", name="A reader …").click()
    ada.get_by_label("Their address").fill("eve@reader.example")
    ada.keyboard.press("Enter")
    expect(ada.locator("#cut")).to_have_text("AI · brief · eve@reader.example")
    type_at(ada, "title", 0, "Look: ")
    expect(mail(ada).get_by_text("Look: A compiler").first).to_be_visible()
    expect(ada.locator("#cut")).to_have_text("AI · brief · eve@reader.example")
    ada.keyboard.press("Escape")
    ada.keyboard.press("1")
    expect(ada.locator("#cut")).to_have_text("AI · headlines · 0 readers")


@looks
@widths
def test_axe_finds_nothing_where_a_reader_is_shown(
    serve: Serve, write: Write, session: Session, look: str, width: int
) -> None:
    make_subscriber(session, "eve@reader.example", follows=1, depth="brief", paused_until=None)
    session.commit()
    serve()
    ada = write("Ada", Role.ADMIN, width=width, color_scheme=look, reduced_motion="reduce")
    open_pane(ada)
    ada.get_by_role("button", name="A reader …").click()
    findings = {"asked": faults(ada, width)}
    ada.get_by_label("Their address").fill("eve@reader.example")
    ada.keyboard.press("Enter")
    expect(ada.locator(".known")).to_be_visible()
    findings["shown"] = faults(ada, width)
    assert {name: found for name, found in findings.items() if found} == {}
