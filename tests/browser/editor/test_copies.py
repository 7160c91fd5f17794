"""What a browser keeps of a draft is its person's; it goes once it is sent, or the issue over."""

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from app.enums import IssueState
from app.models import Issue
from tests.browser.editor.pages import (
    Enter,
    Serve,
    Write,
    field,
    saved,
    stored,
    type_at,
)
from tests.factories import make_issue, make_story


def copies(page: Page) -> list[str]:
    """Return whose copies the browser keeps, and of which issue, as `2: 1`."""
    names = page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    found = [name.split("-") for name in names]
    return sorted(f"{person}: {issue}" for _, person, _, issue, *_ in found)


def until_copies(page: Page, wanted: list[str]) -> None:
    for _ in range(50):
        if copies(page) == wanted:
            return
        page.wait_for_timeout(100)
    assert copies(page) == wanted


def type_unsent(page: Page, words: str) -> None:
    """Type without a network, and close the page before there is one again."""
    page.context.set_offline(True)
    expect(page.locator("#save-state")).to_have_text("Offline, kept here")
    type_at(page, "title", 0, words)
    page.wait_for_timeout(300)  # IndexedDB has no word for "written"
    page.close()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()


def test_what_one_left_unsent_goes_out_under_no_other_name(
    serve: Serve, write: Write, enter: Enter, session: Session, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    context = ada.context
    type_unsent(ada, "Ada's own: ")
    context.set_offline(False)
    page = context.new_page()
    page.goto("/desk/account")
    sign_out(page)
    until_copies(page, ["1: 1"])
    enter(page, "Bob")
    page.goto(f"/desk/issues/{draft.id}/edit#s1")
    saved(page)
    expect(field(page, "title")).to_have_value("A compiler")
    type_at(page, "what", 0, "Bob's: ")
    saved(page)
    assert stored(session).title == "A compiler"
    sign_out(page)
    until_copies(page, ["1: 1"])
    enter(page, "Ada")
    page.goto(f"/desk/issues/{draft.id}/edit#s1")
    expect(field(page, "title")).to_have_value("Ada's own: A compiler")
    saved(page)
    assert stored(session).title == "Ada's own: A compiler"
    sign_out(page)
    until_copies(page, [])


def test_page_that_one_left_open_sends_nothing_once_another_is_signed_in(
    serve: Serve, write: Write, enter: Enter, session: Session
) -> None:
    serve()
    ada = write("Ada")
    other = ada.context.new_page()
    other.goto("/desk/account")
    sign_out(other)
    enter(other, "Bob")
    state = ada.locator("#save-state")
    type_at(ada, "title", 0, "Ada's own: ")
    expect(state).to_contain_text("somebody else is signed in here")
    assert stored(session).title == "A compiler"
    until_copies(other, ["1: 1"])
    sign_out(other)
    enter(other, "Ada")
    expect(state).to_have_text("Saved")
    assert stored(session).title == "Ada's own: A compiler"


def test_copies_of_issues_that_are_over_go_with_the_next_visit(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    second = make_issue(session)
    make_story(session, second, title="Another")
    session.commit()
    serve()
    ada = write("Ada")
    context = ada.context
    type_unsent(ada, "Too late: ")
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"/desk/issues/{second.id}/edit")
    saved(page)
    until_copies(page, ["1: 1", f"1: {second.id}"])
    session.get_one(Issue, draft.id).state = IssueState.CANCELLED
    session.commit()
    page.reload()
    saved(page)
    until_copies(page, [f"1: {second.id}"])
