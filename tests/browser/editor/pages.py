"""What a test does with the editor's page."""

from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Document, Story

Serve = Callable[[], ExitStack]
Write = Callable[..., Page]
Enter = Callable[..., None]

widths = pytest.mark.parametrize("width", [390, 1280])

_LONGEST: Final = 20.0
"""Seconds until the stories surely say what was saved."""


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_text("Saved")


def field(page: Page, name: str) -> Locator:
    return page.locator(f"#f-{name}")


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def type_at(page: Page, name: str, at: int, words: str) -> None:
    """Put the caret in front of a character and type."""
    field(page, name).focus()
    field(page, name).evaluate("(box, at) => box.setSelectionRange(at, at)", at)
    page.keyboard.type(words)


def paste(box: Locator, text: str, html: str = "") -> None:
    """Paste into a box as a browser does, from what another program left."""
    box.focus()
    box.evaluate(
        """(box, [text, html]) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          if (html) clipboardData.setData("text/html", html);
          const given = { clipboardData, bubbles: true, cancelable: true };
          const isOurs = !box.dispatchEvent(new ClipboardEvent("paste", given));
          if (!isOurs) document.execCommand("insertText", false, text);
        }""",
        [text, html],
    )


def points(page: Page) -> list[str]:
    boxes = page.locator("#field-deep_dive textarea")
    return [str(boxes.nth(n).input_value()) for n in range(boxes.count())]


def settled(session: Session) -> None:
    """Wait until the stories say all that was saved: they do so a moment after it."""
    behind = select(Document.issue_id).where(Document.last_seq > Document.settled_seq)
    until = monotonic() + _LONGEST
    while session.scalar(behind) is not None:
        assert monotonic() < until
        sleep(0.05)
    session.expire_all()


def stored(session: Session, story_id: int = 1) -> Story:
    settled(session)
    return session.get_one(Story, story_id)
