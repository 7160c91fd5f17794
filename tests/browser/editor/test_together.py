"""The editor: what is typed is safe, whoever and whatever comes between."""

from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.clock import system_clock
from app.enums import IssueState
from app.issues.stories import change_story
from app.models import Issue, Story
from tests.browser.editor.pages import Serve, Write, box, field, saved, settled, stored, type_at


def test_what_is_typed_is_stored_and_there_after_a_reload(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    type_at(ada, "title", 0, "Look: ")
    ada.get_by_label("Category").select_option("DevOps")
    box(ada, "Point 2").focus()
    ada.keyboard.press("End")
    ada.keyboard.press("Enter")
    ada.keyboard.type("Three")
    saved(ada)
    expect(ada.get_by_role("navigation", name="Stories")).to_contain_text("Look: A compiler")
    ada.reload()
    saved(ada)
    expect(field(ada, "title")).to_have_value("Look: A compiler")
    expect(box(ada, "Point 3")).to_have_value("Three")
    expect(ada.get_by_label("Category")).to_have_value("devops")
    story = stored(session)
    assert (story.title, story.deep_dive) == ("Look: A compiler", ["One", "Two", "Three"])
    assert story.category_id == 2


def test_two_people_write_in_one_field_and_in_two_and_see_each_other(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada, bob = write("Ada"), write("Bob")
    expect(ada.locator("#others")).to_have_text("Here too: Bob")
    type_at(ada, "title", 0, "Ada: ")
    expect(bob.locator("#field-title .here")).to_have_text("Ada here")
    type_at(bob, "what", 0, "Really: ")
    expect(bob.locator("#f-title")).to_have_value("Ada: A compiler")
    expect(ada.locator("#field-what .here")).to_have_text("Bob here")
    type_at(bob, "title", len("Ada: A "), "new ")
    expect(field(ada, "title")).to_have_value("Ada: A new compiler")
    ada.keyboard.type("it is ")  # where Ada's caret was, though Bob wrote behind it
    for page in (ada, bob):
        expect(field(page, "title")).to_have_value("Ada: it is A new compiler")
        saved(page)
    bob.keyboard.type("er")  # and Bob's went with his word
    expect(field(ada, "title")).to_have_value("Ada: it is A new ercompiler")
    bob.context.close()
    expect(ada.locator("#others")).to_have_text("")


def test_change_by_another_leaves_focus_caret_and_place_alone(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    serve()
    ada = write("Ada", path="#s2")
    type_at(ada, "what", 4, "")
    top = ada.evaluate("scrollY")
    changes = {"title": "By the API", "category_id": 2, "deep_dive": ["A", "B", "C"]}
    for story_id in (1, 2):
        change_story(session, CLI, draft.id, story_id, changes, system_clock())
    session.commit()
    expect(field(ada, "title")).to_have_value("By the API")
    expect(box(ada, "Point 3")).to_have_value("C")
    expect(ada.get_by_label("Category")).to_have_value("devops")
    ada.keyboard.type("X")
    expect(field(ada, "what")).to_have_value("SomeXthing was made, and it works.")
    assert ada.evaluate("scrollY") == top


def test_what_is_typed_while_the_server_is_gone_is_said_and_sent_later(
    serve: Serve, write: Write, session: Session
) -> None:
    server = serve()
    ada = write("Ada")
    type_at(ada, "title", 0, "Before. ")
    server.close()
    ada.keyboard.type("While it is gone. ")
    expect(ada.locator("#save-state")).to_have_text("Offline, kept here")
    ada.get_by_role("button", name="Add a story DevOps").click()
    ada.keyboard.type("Made offline")
    serve()
    saved(ada)
    expect(ada.get_by_role("navigation", name="Stories")).to_contain_text("Made offline")
    ada.reload()
    saved(ada)
    ada.get_by_role("link", name="Before. While it is gone. A compiler").click()
    expect(field(ada, "title")).to_have_value("Before. While it is gone. A compiler")
    settled(session)
    titles = session.scalars(select(Story.title).order_by(Story.position)).all()
    assert titles[0] == "Before. While it is gone. A compiler"
    assert "Made offline" in titles


def test_network_that_is_cut_loses_nothing_and_undo_takes_it_back(
    serve: Serve, write: Write
) -> None:
    serve()
    ada, bob = write("Ada"), write("Bob")
    ada.context.set_offline(True)
    expect(ada.locator("#save-state")).to_have_text("Offline, kept here")
    type_at(ada, "takeaway", 0, "Kept here. ")
    type_at(bob, "takeaway", len("Try it"), " now")
    saved(bob)
    ada.context.set_offline(False)
    both = "Kept here. Try it now on something small."
    for page in (ada, bob):
        expect(field(page, "takeaway")).to_have_value(both)
        saved(page)
    ada.keyboard.press("Control+z")
    for page in (ada, bob):
        expect(field(page, "takeaway")).to_have_value("Try it now on something small.")
    ada.keyboard.press("Control+Shift+z")
    expect(field(bob, "takeaway")).to_have_value(both)


def test_what_cannot_be_stored_says_so_at_its_field_and_nothing_else_waits(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    field(ada, "url").fill("nowhere")
    field(ada, "label").fill("x" * 61)
    type_at(ada, "what", 0, "Stored. ")
    expect(ada.locator("#field-url")).to_contain_text("Not saved: it has to be an address")
    expect(ada.locator("#field-label")).to_contain_text("Not saved: it is too long by 1.")
    expect(ada.locator("#save-state")).to_have_text("Saved, but for what cannot be yet: 2")
    assert stored(session).what.startswith("Stored. ")
    field(ada, "url").fill("https://example.com/")
    field(ada, "label").fill("")
    expect(ada.locator("#field-url .wrong")).to_have_count(0)
    saved(ada)


def test_issue_that_is_approved_meanwhile_takes_nothing_and_says_why(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    serve()
    ada = write("Ada")
    session.get_one(Issue, draft.id).state = IssueState.APPROVED
    session.commit()
    expect(ada.locator("#save-state")).to_contain_text("Not saved: the issue is approved.")
    expect(field(ada, "title")).not_to_be_editable()
    expect(ada.get_by_role("button", name="Drop", exact=True)).to_be_disabled()
    session.get_one(Issue, draft.id).state = IssueState.DRAFT
    session.commit()
    saved(ada)
    expect(field(ada, "title")).to_be_editable()
