"""Undo and redo of everything: each act of the editor is one step back and one forth."""

from collections.abc import Callable
from typing import Any, Final

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Story
from tests.browser.editor.pages import Serve, Write, box, field, paste, saved, settled, type_at

_SHOWN: Final = """
() => {
  const values = (boxes) => [...boxes].map((one) => one.value);
  const boxes = ".story-form :is(input, textarea, select)";
  return {
  stories: [...document.querySelectorAll(".list section")].map((home) => [
    home.querySelector("h2").textContent,
    [...home.querySelectorAll("ol a")].map((one) => `${one.hash} ${one.children[1].textContent}`),
  ]),
  leads: document.querySelectorAll('.story-head [aria-pressed="true"]').length,
  dropped: [...document.querySelectorAll(".gone li .title")].map((one) => one.textContent).sort(),
  form: location.hash !== "#s1" ? null :
    values(document.querySelectorAll(boxes)),
  };
}
"""


def _shown(page: Page) -> dict[str, Any]:
    """Return all that the list says, and the first story's form."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))")
    if not page.url.endswith("#s1"):
        page.locator('.list a[href="#s1"]').click()
        return _shown(page)
    shown: dict[str, Any] = page.evaluate(_SHOWN)
    return shown


def _at(page: Page, point: str, key: str, *keys: str) -> None:
    """Press keys at the start or end of a row."""
    box(page, point).focus()
    for one in (key, *keys):
        page.keyboard.press(one)


def _several(page: Page, act: str) -> None:
    for title in ("A database", "A queue"):
        page.get_by_role("checkbox", name=f"Select “{title}”").check()
    group = page.get_by_role("group", name="Selected stories")
    if act == "Move":
        group.get_by_label("Move to").select_option("AI")
    group.get_by_role("button", name=act, exact=True).click()


def _in_head(name: str) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.get_by_role("group", name="This story").get_by_role("button", name=name).click()

    return press


def _to_category(name: str) -> Callable[[Page], None]:
    def choose(page: Page) -> None:
        page.get_by_label("Category").select_option(name)

    return choose


def _drop_second(page: Page) -> None:
    page.locator('.list a[href="#s2"]').click()
    _in_head("Drop")(page)


def _drag(page: Page) -> None:
    rows = page.locator(".list ol > li")
    (one, other) = (rows.nth(n).bounding_box() for n in (0, 1))
    assert one is not None
    assert other is not None
    page.mouse.move(one["x"] + 90, one["y"] + 8)
    page.mouse.down()
    page.mouse.move(one["x"] + 90, other["y"] + other["height"] - 4, steps=15)
    page.mouse.up()


ACTS: Final[dict[str, Callable[[Page], None]]] = {
    "a title": lambda page: type_at(page, "title", 0, "Look: "),
    "an address": lambda page: field(page, "url").fill("https://example.org/look"),
    "an article": lambda page: type_at(page, "article", 0, "At first.\n"),
    "another category": _to_category("DevOps"),
    "no category": _to_category(""),
    "back to the first": _to_category("AI"),
    "a row split": lambda page: _at(page, "Point 2", "Home", "ArrowRight", "Enter"),
    "a row joined": lambda page: _at(page, "Point 3", "Home", "Backspace"),
    "a row up": lambda page: _at(page, "Point 2", "Alt+ArrowUp"),
    "rows pasted": lambda page: paste(box(page, "Point 1"), "• First\n• Second\n• Third\n"),
    "a row removed": lambda page: page.get_by_role("button", name="Remove point 2").click(),
    "a row added": lambda page: page.get_by_role("button", name="Add a point").click(),
    "a term added": lambda page: page.get_by_role("button", name="Add a term").click(),
    "terms pasted": lambda page: paste(box(page, "Term 1"), "One: first\nTwo: second"),
    "a story up": _in_head("Move up"),
    "a story dragged": _drag,
    "the lead": _in_head("Make it lead"),
    "a copy": _in_head("Duplicate"),
    "no lead": _in_head("Lead story"),
    "a new story": lambda page: page.get_by_role("button", name="Add a story DevOps").click(),
    "several moved": lambda page: _several(page, "Move"),
    "several up": lambda page: _several(page, "Move up"),
    "several dropped": lambda page: _several(page, "Drop"),
    "several back": lambda page: page.get_by_role("button", name="Bring them back").click(),
    "one dropped": _drop_second,
    "one back": lambda page: page.get_by_role("button", name="Bring it back", exact=True).click(),
}


def test_each_act_is_one_step_back_and_one_forth_and_all_of_them_too(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    undo, redo = (ada.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    states = [_shown(ada)]
    for name, act in ACTS.items():
        act(ada)
        states.append(_shown(ada))
        assert states[-1] != states[-2], f"{name}: nothing happened"
        undo.click()
        assert _shown(ada) == states[-2], f"{name}: not undone by one step"
        redo.click()
        assert _shown(ada) == states[-1], f"{name}: not redone by one step"
    saved(ada)
    settled(session)
    there = session.scalars(select(Story.title).order_by(Story.position)).all()
    for n in range(len(ACTS) - 1, -1, -1):
        undo.click()
        assert _shown(ada) == states[n], f"{list(ACTS)[n]}: not undone afterwards"
    expect(undo).to_have_attribute("aria-disabled", "true")
    for n in range(1, len(ACTS) + 1):
        redo.click()
        assert _shown(ada) == states[n], f"{list(ACTS)[n - 1]}: not redone afterwards"
    expect(redo).to_have_attribute("aria-disabled", "true")
    saved(ada)
    settled(session)
    session.rollback()
    assert session.scalars(select(Story.title).order_by(Story.position)).all() == there


def test_story_whose_adding_is_undone_leaves_its_place_to_another(
    serve: Serve, write: Write, session: Session
) -> None:
    serve()
    ada = write("Ada")
    ada.get_by_role("link", name="A queue").focus()
    ada.keyboard.press("n")
    expect(field(ada, "title")).to_be_focused()
    ada.keyboard.press("Control+z")
    expect(ada.locator(".list ol .title")).to_have_count(3)
    kept = field(ada, "title").input_value()
    assert kept in {"A compiler", "A database", "A queue"}
    field(ada, "title").fill(f"{kept} is kept")
    ada.keyboard.press("Control+z")
    ada.keyboard.press("Control+Shift+z")
    saved(ada)
    settled(session)
    assert f"{kept} is kept" in session.scalars(select(Story.title)).all()
