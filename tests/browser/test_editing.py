"""Two browsers on one document: one field and two, no network, another server, undo, presence."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.actors import CLI
from app.clock import system_clock
from app.container import Container
from app.editing.store import open_document
from app.issues.stories import change_story
from app.main import create_app
from app.models import Document, Issue, Story
from tests.browser.bare_desk import add_bare_desk, bare_address
from tests.factories import make_category, make_issue, make_story
from tests.serving import served

Serve = Callable[[], ExitStack]


@pytest.fixture
def serve(container: Container) -> Iterator[Serve]:
    """Return what starts a server of its own, as often as it is asked."""
    with ExitStack() as all_of_them:

        def start() -> ExitStack:
            app = create_app(container)
            add_bare_desk(app, container)
            one = all_of_them.enter_context(ExitStack())
            one.enter_context(served(app, urlsplit(container.settings.base_url).port or 0))
            return one

        yield start


@pytest.fixture
def draft(session: Session) -> Issue:
    issue = make_issue(session)
    make_story(session, issue, make_category(session), title="A compiler", what="It 🙂 works.")
    session.commit()
    return issue


@pytest.fixture
def write(
    browser: Browser, container: Container, session: Session, draft: Issue
) -> Iterator[Callable[[str], Page]]:
    """Return what opens the page for somebody, in a browser of their own."""
    contexts: list[BrowserContext] = []

    def open_for(who: str) -> Page:
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(bare_address(container, session, draft.id, who))
        saved(page)
        return page

    yield open_for
    for context in contexts:
        context.close()


def saved(page: Page) -> None:
    expect(page.locator("#ready")).to_have_text("ready")
    expect(page.locator("#state")).to_have_text("saved")


def type_at(page: Page, field: str, at: int, words: str) -> None:
    """Put the caret in front of a character and type."""
    page.locator(f"#{field}").focus()
    page.evaluate(
        "([id, at]) => document.getElementById(id).setSelectionRange(at, at)", [field, at]
    )
    page.keyboard.type(words)


def test_two_people_write_in_one_field_and_in_two(
    serve: Serve, write: Callable[[str], Page], session: Session
) -> None:
    serve()
    ada, bo = write("Ada"), write("Bo")
    expect(ada.locator("#here")).to_have_text("Bo")
    expect(bo.locator("#here")).to_have_text("Ada")
    type_at(ada, "title", 0, "Ada: ")
    type_at(bo, "what", 6, "really ")
    expect(bo.locator("#title")).to_have_value("Ada: A compiler")
    expect(ada.locator("#what")).to_have_value("It 🙂 really works.")
    type_at(bo, "title", len("Ada: A "), "new ")
    type_at(ada, "title", 0, "On ")
    for page in (ada, bo):
        expect(page.locator("#title")).to_have_value("On Ada: A new compiler")
        saved(page)
    bo.keyboard.type("x")  # the caret went with its word
    expect(ada.locator("#title")).to_have_value("On Ada: A new xcompiler")
    expect(ada.locator("#settled")).to_have_text(re.compile("revision [^1]"))
    session.expire_all()
    assert session.get_one(Story, 1).title == "On Ada: A new xcompiler"


def test_what_is_typed_without_a_network_is_kept_and_merged(
    serve: Serve, write: Callable[[str], Page]
) -> None:
    serve()
    ada, bo = write("Ada"), write("Bo")
    ada.context.set_offline(True)
    expect(ada.locator("#state")).to_have_text("offline")
    type_at(ada, "title", 0, "Kept here: ")
    type_at(bo, "title", len("A compiler"), " meanwhile")
    saved(bo)
    expect(ada.locator("#title")).to_have_value("Kept here: A compiler")
    ada.context.set_offline(False)
    for page in (ada, bo):
        expect(page.locator("#title")).to_have_value("Kept here: A compiler meanwhile")
        saved(page)


def test_what_is_typed_while_the_server_is_gone_outlives_a_closed_page(
    serve: Serve, write: Callable[[str], Page], container: Container, session: Session, draft: Issue
) -> None:
    server = serve()
    ada = write("Ada")
    address = bare_address(container, session, draft.id, "Ada")
    server.close()
    expect(ada.locator("#state")).to_have_text("offline")
    type_at(ada, "title", 0, "Nobody hears: ")
    ada.wait_for_timeout(300)  # IndexedDB has no word for "written"
    ada.close(run_before_unload=False)
    serve()
    again = ada.context.new_page()
    again.goto(address)
    saved(again)
    expect(again.locator("#title")).to_have_value("Nobody hears: A compiler")


def test_undo_and_redo_are_ones_own_and_outlive_another_server(
    serve: Serve, write: Callable[[str], Page]
) -> None:
    server = serve()
    ada, bo = write("Ada"), write("Bo")
    type_at(ada, "title", 0, "Mine ")
    expect(bo.locator("#title")).to_have_value("Mine A compiler")
    type_at(bo, "title", len("Mine A compiler"), " theirs")
    expect(ada.locator("#title")).to_have_value("Mine A compiler theirs")
    server.close()
    serve()
    saved(ada)
    ada.evaluate("window.shared.undoManager.undo()")
    expect(bo.locator("#title")).to_have_value("A compiler theirs")
    ada.evaluate("window.shared.undoManager.redo()")
    expect(bo.locator("#title")).to_have_value("Mine A compiler theirs")


def test_change_elsewhere_appears_and_leaves_the_caret(
    serve: Serve, write: Callable[[str], Page], session: Session, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    type_at(ada, "title", 2, "fine ")
    saved(ada)
    expect(ada.locator("#settled")).to_have_text(re.compile("revision [^1]"))
    changes = {"title": "Look: A fine compiler, 2"}
    change_story(session, CLI, draft.id, 1, changes, system_clock())
    session.commit()
    expect(ada.locator("#title")).to_have_value("Look: A fine compiler, 2")
    ada.keyboard.type("new ")
    expect(ada.locator("#title")).to_have_value("Look: A fine new compiler, 2")


def test_document_that_was_made_anew_is_not_mixed_with_the_old_one(
    serve: Serve, write: Callable[[str], Page], session: Session, draft: Issue
) -> None:
    server = serve()
    ada = write("Ada")
    server.close()
    session.execute(delete(Document))
    open_document(session, draft.id)
    session.commit()
    serve()
    expect(ada.locator("#state")).to_have_text("replaced")
    expect(ada.locator("#title")).to_have_value("A compiler")


def test_words_of_an_input_method_go_where_its_caret_is_by_then(
    serve: Serve, write: Callable[[str], Page]
) -> None:
    serve()
    ada, bo = write("Ada"), write("Bo")
    type_at(ada, "title", len("A "), "")
    keyboard = ada.context.new_cdp_session(ada)
    composing = {"selectionStart": 2, "selectionEnd": 2, "text": "にほ"}
    keyboard.send("Input.imeSetComposition", composing)
    type_at(bo, "title", 0, "Before: ")
    saved(bo)
    expect(ada.locator("#title")).to_have_value("A にほcompiler")
    keyboard.send("Input.insertText", {"text": "日本"})
    for page in (ada, bo):
        expect(page.locator("#title")).to_have_value("Before: A 日本compiler")


def test_edit_is_as_small_as_can_be_and_cuts_no_character(
    serve: Serve, write: Callable[[str], Page]
) -> None:
    serve()
    n_wrong = write("Ada").evaluate(
        """async () => {
          const { difference } = await import("/bare/editor.js");
          const pick = (n) => Math.floor(Math.random() * n);
          const some = (n) => Array.from({ length: n }, () => ["a", "b", "🙂", "🙃"][pick(4)]);
          let wrong = 0;
          for (let n = 0; n < 5000; n += 1) {
            const was = some(pick(8));
            const is = [...was];
            const at = pick(was.length + 1);
            const typed = some(pick(3));
            is.splice(at, pick(3), ...typed);
            const [one, other] = [was.join(""), is.join("")];
            const caret = is.slice(0, at + typed.length).join("").length;
            const [start, end] = difference(one, other, caret);
            const words = other.slice(start, other.length - end);
            const made = one.slice(0, start) + words + one.slice(one.length - end);
            const cut = one.slice(start, one.length - end);
            wrong += made !== other || !words.isWellFormed() || !cut.isWellFormed();
          }
          return wrong;
        }"""
    )
    assert n_wrong == 0
