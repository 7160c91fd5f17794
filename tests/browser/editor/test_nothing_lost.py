"""What a person typed outlives autosave, tabs, the preview and a day that has nothing yet."""

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.models import Story
from app.story_fields import STORY_FIELDS
from tests.browser.editor.pages import Serve, Write, field, saved, settled, stored, type_at
from tests.factories import make_issue


def test_autosave_stores_what_is_typed_into_every_field(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    typed = {one.name for one in STORY_FIELDS} - {"category", "image"}  # which are chosen
    for name in typed:
        ada.locator(f"#field-{name}").get_by_role("textbox").first.focus()
        ada.keyboard.press("End")
        ada.keyboard.type("~")
    saved(ada)
    story = stored(session)
    assert {name for name in typed if "~" in str(getattr(story, name))} == typed


def test_autosave_leaves_focus_and_caret_where_somebody_types(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    before = stored(session).what
    type_at(ada, "what", 4, "")
    typed = ""
    for word in ("one ", "two ", "three "):
        ada.keyboard.type(word)
        typed += word
        saved(ada)
        assert stored(session).what == f"{before[:4]}{typed}{before[4:]}"
        expect(field(ada, "what")).to_be_focused()


def test_two_tabs_of_one_person_erase_nothing_of_each_other(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    first = write("Ada")
    second = first.context.new_page()
    second.goto(first.url)
    saved(second)
    before = {name: field(first, name).input_value() for name in ("what", "takeaway")}
    type_at(first, "what", 0, "Here. ")
    type_at(second, "takeaway", 0, "There. ")
    for page in (first, second):
        expect(field(page, "what")).to_have_value(f"Here. {before['what']}")
        expect(field(page, "takeaway")).to_have_value(f"There. {before['takeaway']}")
        saved(page)
    story = stored(session)
    assert story.what == f"Here. {before['what']}"
    assert story.takeaway == f"There. {before['takeaway']}"


def test_issue_takes_text_before_anything_is_chosen_and_any_reader_is_there(
    serve: Serve, write: Write, session: Session
) -> None:
    empty = make_issue(session, issued_on=system_clock().date() + timedelta(days=2))
    session.commit()
    serve()
    ada = write("Ada")
    ada.goto(f"/desk/issues/{empty.id}/edit")
    saved(ada)
    ada.keyboard.press("n")
    ada.keyboard.type("A title alone")
    expect(field(ada, "title")).to_have_value("A title alone")
    saved(ada)
    settled(session)
    titles = session.scalars(select(Story.title).where(Story.issue_id == empty.id)).all()
    assert titles == ["A title alone"]


def test_looking_at_the_preview_and_at_other_pages_loses_nothing(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    before = field(ada, "what").input_value()
    type_at(ada, "what", 0, "Kept. ")
    opener = ada.get_by_role("button", name="Preview", exact=True)
    for _ in range(2):
        opener.click()
        expect(field(ada, "what")).to_have_value(f"Kept. {before}")
    saved(ada)
    ada.goto("/desk/issues")
    ada.go_back()
    expect(field(ada, "what")).to_have_value(f"Kept. {before}")
    assert stored(session).what == f"Kept. {before}"
