"""From a story in the editor to its history, back again, and seen where it is open."""

from playwright.sync_api import expect
from sqlalchemy.orm import Session

from tests.browser.editor.pages import Serve, Write, field, saved, settled, type_at


def test_restored_story_is_shown_where_it_is_open(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada, bo = write("Ada"), write("Bo")
    type_at(ada, "title", 0, "Once ")
    saved(ada)
    settled(session)
    ada.get_by_role("link", name="History").click()
    expect(ada.locator(".differing ins")).to_have_text("[put in: Once]")
    ada.get_by_role("button", name="Restore this (At first)").click()
    expect(ada.get_by_role("status")).to_contain_text("Restored.")
    expect(field(bo, "title")).to_have_value("A compiler")
    saved(bo)


def test_story_that_is_not_stored_yet_has_no_history(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada")
    past = ada.get_by_role("link", name="History")
    expect(past).to_be_visible()
    ada.keyboard.press("Escape")
    ada.keyboard.press("n")
    expect(field(ada, "title")).to_have_value("")
    expect(past).to_be_hidden()
    ada.keyboard.type("A fourth")
    expect(past).to_be_visible()
