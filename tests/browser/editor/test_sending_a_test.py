"""A test sent from the pane: by one key, of what it shows, with what was typed last."""

from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.models import Letter
from tests.browser.conftest import looks
from tests.browser.editor.pages import Serve, Write, type_at, widths
from tests.browser.test_desk import faults


def test_test_has_what_was_typed_last_and_says_for_which_cut(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada", Role.EDITOR, Role.SENDER)
    ada.get_by_role("button", name="DevOps", exact=True).click()
    type_at(ada, "title", 0, "Just now: ")
    ada.keyboard.press("Escape")
    ada.keyboard.press("t")
    dialog = ada.get_by_role("dialog", name="Send a test")
    expect(dialog.get_by_label("To")).to_have_value("ada@desk.test")
    ada.keyboard.press("Enter")
    said = dialog.get_by_role("status")
    expect(said).to_contain_text("On its way to ada@desk.test: AI · brief, revision")
    letter = session.scalars(select(Letter).where(Letter.kind == "test")).one()
    assert "Just now: A compiler" in letter.facts["mail"]["html"]
    assert "A queue" not in letter.facts["mail"]["html"]
    dialog.get_by_label("To").fill("nobody")
    dialog.get_by_role("button", name="Send it").click()
    expect(said).to_contain_text("nobody: ")


def test_nothing_is_sent_that_is_not_stored(serve: Serve, write: Write, session: Session) -> None:
    serve()
    ada = write("Ada", Role.EDITOR, Role.SENDER)
    ada.context.set_offline(True)
    type_at(ada, "title", 0, "Unsent: ")
    ada.get_by_role("button", name="Send a test").click()
    ada.get_by_role("button", name="Send it").click()
    said = ada.get_by_role("dialog", name="Send a test").get_by_role("status")
    expect(said).to_have_text("Not sent: what you typed is not stored yet.")
    assert session.scalars(select(Letter)).all() == []


@looks
@widths
def test_axe_finds_nothing_where_a_test_is_sent(
    serve: Serve, write: Write, look: str, width: int
) -> None:
    serve()
    ada = write("Ada", Role.ADMIN, width=width, color_scheme=look, reduced_motion="reduce")
    ada.get_by_role("link", name="A compiler").or_(ada.locator("#f-title")).first.focus()
    if not ada.locator(".pane").is_visible():
        ada.get_by_role("button", name="Preview", exact=True).click()
    ada.get_by_role("button", name="Send a test").click()
    expect(ada.locator("#test-what")).to_contain_text("AI + DevOps · brief, revision 1")
    assert faults(ada, width) == []
