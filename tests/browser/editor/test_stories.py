"""The editor: rows and stories, by mouse and by keyboard alone, and all of it taken back."""

import re

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import DroppedStory, Issue, Story
from tests.browser.editor.pages import (
    Serve,
    Write,
    box,
    field,
    paste,
    points,
    saved,
    settled,
    stored,
    type_at,
)


def test_points_are_split_joined_pasted_moved_and_taken_back(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada")
    keys = ada.keyboard
    box(ada, "Point 2").focus()
    keys.press("Home")
    keys.press("ArrowRight")
    keys.press("Enter")
    assert points(ada) == ["One", "T", "wo"]
    keys.press("Backspace")
    assert points(ada) == ["One", "Two"]
    keys.type("!")
    assert points(ada) == ["One", "T!wo"]
    keys.press("Alt+ArrowUp")
    assert points(ada) == ["T!wo", "One"]
    keys.type("?")  # the caret went with its row
    assert points(ada) == ["T!?wo", "One"]
    keys.press("End")
    paste(box(ada, "Point 1"), " more\n\n• third\n2. fourth\n")
    assert points(ada) == ["T!?womore", "third", "fourth", "One"]
    keys.press("Control+z")
    assert points(ada) == ["T!?wo", "One"]
    ada.get_by_role("button", name="Remove point 1").click()
    assert points(ada) == ["One"]
    keys.press("Control+a")
    keys.press("Delete")
    keys.press("Backspace")
    assert points(ada) == []
    ada.get_by_role("button", name="Add a point").click()
    keys.type("Anew")
    assert points(ada) == ["Anew"]
    box(ada, "Term 1").focus()
    keys.press("Enter")
    keys.press("Enter")
    keys.type("Term")
    keys.press("Enter")
    keys.type("Its meaning")
    saved(ada)
    ada.reload()
    saved(ada)
    assert points(ada) == ["Anew"]
    expect(box(ada, "What term 2 means")).to_have_value("Its meaning")


def test_words_are_counted_as_mails_of_each_depth_show_them(
    serve: Serve, write: Write, session: Session
) -> None:
    story = session.get_one(Story, 1)
    story.deep_dive = [f"Point {n}" for n in range(6)]
    story.decoder = []
    session.commit()
    serve()
    ada = write("Ada")
    counts = ada.locator(".story-form .depths")
    headlines, brief, deep, whole = _counted(counts)
    assert headlines < brief < deep
    assert (deep - brief, whole - brief) == (2 * 3, 2 * 6)
    ada.get_by_role("button", name="Remove point 6").click()
    expect(counts).not_to_contain_text(str(whole))
    assert _counted(counts)[2:] == [brief + 2 * 5] * 2


def _counted(counts: Locator) -> list[int]:
    """Return the words that mails have of the story, by depth."""
    return [int(n) for n in re.findall(r"\d+", counts.inner_text())]


def test_row_that_somebody_else_types_in_moves_under_them(serve: Serve, write: Write) -> None:
    serve()
    ada, bob = write("Ada"), write("Bob")
    box(bob, "Point 2").focus()
    bob.keyboard.press("End")
    bob.keyboard.type(" a")
    box(ada, "Point 2").focus()
    ada.keyboard.press("Alt+ArrowUp")
    expect(box(bob, "Point 1")).to_have_value("Two a")
    bob.keyboard.type("b")
    expect(box(ada, "Point 1")).to_have_value("Two ab")


def test_stories_are_added_copied_moved_and_dropped_by_keyboard_alone(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    keys = ada.keyboard
    titles = ada.get_by_role("navigation", name="Stories").locator("ol .title")
    ada.get_by_role("link", name="A compiler").focus()
    keys.press("j")
    expect(field(ada, "title")).to_have_value("A database")
    keys.press("Alt+ArrowUp")
    expect(titles).to_have_text(["A database", "A compiler", "A queue"])
    keys.press("Enter")
    keys.type(" at last")
    keys.press("Escape")
    keys.press("Alt+ArrowDown")
    keys.press("Alt+ArrowDown")
    expect(ada.locator(".news")).to_have_text("It is the last of its category.")
    keys.press("m")
    expect(ada.get_by_label("Category")).to_be_focused()
    keys.press("Escape")
    keys.press("n")
    keys.type("A fourth")
    expect(titles).to_have_text(["A compiler", "A database at last", "A fourth", "A queue"])
    ada.get_by_role("button", name="Duplicate").press("Enter")
    expect(titles).to_have_text(
        ["A compiler", "A database at last", "A fourth", "A fourth", "A queue"]
    )
    ada.get_by_role("button", name="Drop", exact=True).press("Enter")
    expect(titles).to_have_text(["A compiler", "A database at last", "A fourth", "A queue"])
    ada.get_by_role("button", name="Bring it back", exact=True).press("Enter")
    expect(titles).to_have_count(5)
    keys.press("Control+z")
    expect(titles).to_have_count(4)
    keys.press("Control+z")
    keys.press("Control+z")
    expect(titles).to_have_count(4)
    keys.press("Escape")
    keys.press("?")
    expect(ada.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    saved(ada)
    settled(session)
    found = session.scalars(select(Story.title).order_by(Story.position)).all()
    assert found == ["A compiler", "A database at last", "A fourth", "A queue"]


def test_dropped_story_comes_back_with_all_it_had(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    type_at(ada, "title", 0, "Once ")
    ada.get_by_role("button", name="Drop", exact=True).click()
    expect(ada.get_by_text("“Once A compiler” is dropped.")).to_be_visible()
    saved(ada)
    settled(session)
    assert session.scalars(select(DroppedStory.story_id)).all() == [1]
    ada.reload()
    saved(ada)
    ada.get_by_text("Dropped stories: 1").click()
    ada.get_by_role("button", name="Bring it back Once A compiler").click()
    saved(ada)
    assert stored(session).title == "Once A compiler"


def test_one_story_leads_by_one_press_and_that_is_taken_back_like_all_else(
    serve: Serve, write: Write, session: Session
) -> None:
    def stored_lead(page: Page) -> int | None:
        saved(page)
        settled(session)
        session.rollback()
        return session.scalars(select(Issue.lead_story_id)).one()

    serve()
    ada, bob = write("Ada"), write("Bob", path="#s2")
    ada.get_by_role("button", name="Make it lead").click()
    expect(ada.get_by_role("button", name="Lead story")).to_have_attribute("aria-pressed", "true")
    expect(bob.locator('.list a[href="#s1"] .what')).to_contain_text("Lead story")
    assert stored_lead(ada) == 1
    bob.get_by_role("button", name="Make it lead").click()
    expect(ada.get_by_role("button", name="Make it lead")).to_be_visible()
    assert stored_lead(bob) == 2
    bob.get_by_role("button", name="Drop", exact=True).click()
    assert stored_lead(bob) is None
    bob.get_by_role("button", name="Bring it back", exact=True).click()
    assert stored_lead(bob) == 2
    for _ in range(3):
        bob.get_by_role("button", name="Undo").click()
    assert stored_lead(bob) == 1
