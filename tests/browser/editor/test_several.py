"""Several stories at once, by boxes, keys and a drag: moved and dropped as one step of undo."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Category, DroppedStory, Issue, Story
from tests.browser.conftest import looks
from tests.browser.editor.pages import Serve, Write, field, saved, settled, widths
from tests.browser.test_desk import faults
from tests.factories import make_story

PHONE = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture
def ada(serve: Serve, write: Write) -> Page:
    serve()
    return write("Ada")


def titles(page: Page, category: str = "") -> list[str]:
    """Return the titles in the list, all or of one category, in their order."""
    return _homes(page, category).locator("ol .title").all_text_contents()


def pick(page: Page, title: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select “{title}”")


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Selected stories")


def _homes(page: Page, category: str) -> Locator:
    homes = page.get_by_role("navigation", name="Stories").locator("section")
    return homes.filter(has=page.get_by_role("heading", name=category)) if category else homes


def _row(page: Page, title: str) -> Locator:
    return page.locator(".list ol > li").filter(has=page.get_by_text(title, exact=True))


def _middle(row: Locator, down: float = 0.5) -> tuple[float, float]:
    box = row.bounding_box()
    assert box is not None
    return box["x"] + box["width"] * 0.6, box["y"] + box["height"] * down


def _is_told(page: Page, text: str) -> None:
    expect(page.locator("[role=status]").filter(has_text=text)).to_have_count(1)


def test_several_move_to_a_category_at_once_and_back_by_one_undo(
    ada: Page, session: Session
) -> None:
    pick(ada, "A compiler").check()
    pick(ada, "A database").check()
    expect(bar(ada)).to_contain_text("2 selected")
    bar(ada).get_by_label("Move to").select_option("DevOps")
    bar(ada).get_by_role("button", name="Move", exact=True).click()
    expect(bar(ada)).to_contain_text("2 stories moved to DevOps.")
    assert titles(ada, "DevOps") == ["A queue", "A compiler", "A database"]
    saved(ada)
    settled(session)
    homes = session.execute(select(Story.title, Story.category_id).order_by(Story.position)).all()
    assert [tuple(one) for one in homes] == [("A queue", 2), ("A compiler", 2), ("A database", 2)]
    ada.get_by_role("button", name="Undo").click()
    expect(_homes(ada, "AI").locator("ol .title")).to_have_text(["A compiler", "A database"])
    ada.get_by_role("button", name="Redo").click()
    expect(_homes(ada, "AI").locator("ol .title")).to_have_count(0)


def test_shift_takes_all_between_and_what_is_dropped_comes_back_at_once(
    ada: Page, session: Session
) -> None:
    pick(ada, "A compiler").click()
    pick(ada, "A queue").click(modifiers=["Shift"])
    expect(bar(ada)).to_contain_text("3 selected")
    pick(ada, "A database").uncheck()
    bar(ada).get_by_role("button", name="Drop", exact=True).click()
    _is_told(ada, "2 stories are dropped.")
    expect(bar(ada)).to_be_hidden()
    assert titles(ada) == ["A database"]
    expect(field(ada, "title")).to_have_value("A database")
    expect(ada.get_by_role("link", name="A database")).to_be_focused()
    saved(ada)
    settled(session)
    assert len(session.scalars(select(DroppedStory.story_id)).all()) == 2
    ada.get_by_role("button", name="Bring them back").click()
    expect(ada.locator(".list ol .title")).to_have_text(["A compiler", "A database", "A queue"])


def test_several_are_selected_moved_and_let_go_by_keyboard_alone(ada: Page) -> None:
    keys = ada.keyboard
    ada.get_by_role("link", name="A compiler").focus()
    keys.press("j")
    keys.press("x")
    expect(pick(ada, "A database")).to_be_checked()
    keys.press("Alt+ArrowUp")
    assert titles(ada) == ["A database", "A compiler", "A queue"]
    expect(bar(ada)).to_contain_text("1 story moved up.")
    keys.press("Alt+ArrowUp")
    expect(bar(ada)).to_contain_text("They are the first of their categories.")
    keys.press("J")
    expect(bar(ada)).to_contain_text("2 selected")
    keys.press("m")
    keys.type("DevOps")
    keys.press("Tab")
    keys.press("Enter")
    assert titles(ada, "DevOps") == ["A queue", "A database", "A compiler"]
    keys.press("Escape")
    expect(bar(ada)).to_be_hidden()
    expect(ada.locator(".list a:focus")).to_have_count(1)
    pick(ada, "A queue").focus()
    keys.press("Space")
    pick(ada, "A compiler").focus()
    keys.press("Shift+Space")
    expect(bar(ada)).to_contain_text("3 selected")
    keys.press("Control+z")
    expect(_homes(ada, "AI").locator("ol .title")).to_have_text(["A database", "A compiler"])


def test_story_that_moves_by_keyboard_says_where_it_is(ada: Page) -> None:
    ada.get_by_role("link", name="A compiler").focus()
    ada.keyboard.press("Alt+ArrowDown")
    _is_told(ada, "“A compiler” is story 2 of 2 in AI now.")


def test_story_is_dragged_into_another_category_by_mouse(ada: Page, session: Session) -> None:
    mouse = ada.mouse
    mouse.move(*_middle(_row(ada, "A compiler")))
    mouse.down()
    mouse.move(*_middle(_row(ada, "A queue"), 0.3), steps=12)
    mouse.move(*_middle(_row(ada, "A queue"), 0.9), steps=12)
    mouse.up()
    expect(_homes(ada, "DevOps").locator("ol .title")).to_contain_text(["A compiler"])
    _is_told(ada, "“A compiler” is story")
    in_devops = titles(ada, "DevOps")
    ada.get_by_role("link", name="A database").click()
    expect(field(ada, "title")).to_have_value("A database")
    saved(ada)
    settled(session)
    found = session.scalars(
        select(Story.title).where(Story.category_id == 2).order_by(Story.position)
    ).all()
    assert found == in_devops
    ada.keyboard.press("Control+z")
    expect(ada.locator(".list ol .title")).to_have_text(["A compiler", "A database", "A queue"])


def test_all_that_are_selected_go_with_the_one_that_is_dragged(ada: Page) -> None:
    pick(ada, "A compiler").check()
    pick(ada, "A database").check()
    mouse = ada.mouse
    mouse.move(*_middle(_row(ada, "A database")))
    mouse.down()
    mouse.move(*_middle(_row(ada, "A queue"), 0.2), steps=12)
    mouse.move(*_middle(_row(ada, "A queue"), 0.4), steps=4)
    expect(ada.locator(".carried")).to_have_attribute("data-carried", "2")
    mouse.up()
    expect(_homes(ada, "AI").locator("ol .title")).to_have_count(0)
    assert sorted(titles(ada, "DevOps")) == ["A compiler", "A database", "A queue"]
    assert titles(ada).index("A compiler") + 1 == titles(ada).index("A database")
    ada.get_by_role("button", name="Undo").click()
    expect(ada.locator(".list ol .title")).to_have_text(["A compiler", "A database", "A queue"])


def test_drag_is_called_off_by_escape_and_others_may_write_meanwhile(
    ada: Page, write: Write
) -> None:
    bob = write("Bob", path="#s2")
    mouse = ada.mouse
    mouse.move(*_middle(_row(ada, "A compiler")))
    mouse.down()
    mouse.move(*_middle(_row(ada, "A queue"), 0.8), steps=12)
    field(bob, "title").press("End")
    bob.keyboard.type(" of graphs")
    bob.keyboard.press("Alt+ArrowUp")
    saved(bob)
    ada.keyboard.press("Escape")
    expect(ada.locator(".list ol .title")).to_have_text(
        ["A database of graphs", "A compiler", "A queue"]
    )
    mouse.up()
    assert titles(ada, "AI") == ["A database of graphs", "A compiler"]


def test_finger_drags_after_a_long_press(serve: Serve, write: Write) -> None:
    serve()
    ada = write("Ada", path="", width=390, **PHONE)
    touch = ada.context.new_cdp_session(ada)

    def finger(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    start, end = _middle(_row(ada, "A compiler")), _middle(_row(ada, "A queue"), 0.9)
    finger("touchStart", *start)
    ada.wait_for_timeout(600)
    for n in range(1, 13):
        finger("touchMove", start[0], start[1] + (end[1] - start[1]) * n / 12)
    finger("touchEnd")
    expect(_homes(ada, "DevOps").locator("ol .title")).to_contain_text(["A compiler"])
    expect(ada.locator(".editor")).to_have_attribute("data-view", "list")


@looks
@widths
def test_axe_finds_nothing_while_stories_are_selected(
    serve: Serve, write: Write, look: str, width: int
) -> None:
    serve()
    ada = write("Ada", path="", width=width, color_scheme=look, reduced_motion="reduce")
    pick(ada, "A compiler").check()
    pick(ada, "A queue").check()
    bar(ada).get_by_role("button", name="Move down").click()
    assert faults(ada, width) == []


def test_list_with_many_stories_scrolls_while_one_is_dragged(
    serve: Serve, write: Write, session: Session, draft: Issue
) -> None:
    for n in range(30):
        make_story(session, draft, session.get_one(Category, 1), title=f"Story {n}")
    session.commit()
    serve()
    ada = write("Ada")
    mouse = ada.mouse
    x, y = _middle(_row(ada, "A compiler"))
    mouse.move(x, y)
    mouse.down()
    mouse.move(x, y + 40, steps=4)
    list_ = ada.locator(".list")
    for _ in range(40):
        mouse.move(x, 885)
        mouse.move(x + 1, 888)
        ada.wait_for_timeout(50)
        if list_.evaluate("list => list.scrollTop") > 200:
            break
    assert list_.evaluate("list => list.scrollTop") > 200
    mouse.up()
    assert titles(ada)[0] == "A database"
