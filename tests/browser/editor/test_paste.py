"""What is pasted into rows: lists from mails, Word, Google Docs, tables and pages, as they come."""

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editor.pages import Serve, Write, box, paste, points

_MAIL: Final = """\
> Hi,
>
> - The parser is twice as fast, and its errors now name the line at which
>   it gave up
> - Windows builds are back
>"""
_WRAPPED: Final = """\
* A first point that is so long that whoever wrote it had it wrapped by
the program
* A second point"""
_WORD: Final = "·\tFirst\r\n·\tSecond\r\no\tBelow\r\n§\tFar below\r\n1)\tOne\r\na)\tOther\r\n"
_DOCS: Final = (
    '<meta charset="utf-8"><b id="docs-internal-guid-1"><ul><li><p><span>First</span></p></li>'
    "<li><p><span>Second</span></p><ul><li>Below</li></ul></li></ul></b>"
)

LISTS: Final = {
    "a mail that is quoted": (
        _MAIL,
        "",
        [
            "Hi,",
            "The parser is twice as fast, and its errors now name the line at which it gave up",
            "Windows builds are back",
        ],
    ),
    "a mail that is wrapped": (
        _WRAPPED,
        "",
        [
            "A first point that is so long that whoever wrote it had it wrapped by the program",
            "A second point",
        ],
    ),
    "Word": (_WORD, "", ["First", "Second", "Below", "Far below", "One", "Other"]),
    "Google Docs": ("First\n\nSecond\n\nBelow", _DOCS, ["First", "Second", "Below"]),
    "symbols": ("\uf0b7  First\n▪ Second\n→ Third", "", ["First", "Second", "→ Third"]),
    "plain lines": ("First\n\n\nSecond: more\n", "", ["First", "Second: more"]),
    "one item": ("• First\r\n", "", ["First"]),
    "an item of a page": ("First", "<ul><li>\n  First\n</li></ul>", ["First"]),
    "words": ("a - b", "", ["a - b"]),
    "a number and a date": ("3.5 million\n12. May", "", ["3.5 million", "May"]),
    "a page with text around": (
        "Intro\nFirst",
        "<p>Intro</p><ul><li>First</li></ul>",
        ["Intro", "First"],
    ),
}

TERMS: Final = {
    "a table": ("Latency\tHow long\nJitter\tHow much it varies\n", ""),
    "a list of a page": (
        "Latency\nHow long\nJitter\nHow much it varies",
        "<dl><dt>Latency</dt><dd>How\n long</dd><dt>Jitter</dt><dd>How much it varies</dd></dl>",
    ),
    "our own text form": ("• Latency: How long\n• Jitter: How much it varies", ""),
}


@pytest.fixture
def ada(serve: Serve, write: Write) -> Page:
    serve()
    page = write("Ada")
    for _ in range(2):
        page.get_by_role("button", name="Remove point 1").click()
    return page


def test_lists_become_rows_wherever_they_come_from(ada: Page) -> None:
    for name, (text, html, wanted) in LISTS.items():
        ada.get_by_role("button", name="Add a point").click()
        paste(box(ada, "Point 1"), text, html)
        assert points(ada) == wanted, name
        while points(ada):
            ada.get_by_role("button", name="Remove point 1").click()


def test_tables_and_lists_of_terms_become_terms_with_their_meanings(ada: Page) -> None:
    for name, (text, html) in TERMS.items():
        while ada.get_by_role("button", name="Remove term 1").count():
            ada.get_by_role("button", name="Remove term 1").click()
        ada.get_by_role("button", name="Add a term").click()
        paste(box(ada, "Term 1"), text, html)
        boxes = ada.locator("#field-decoder textarea")
        found = [boxes.nth(n).input_value() for n in range(boxes.count())]
        assert found == ["Latency", "How long", "Jitter", "How much it varies"], name


def test_list_copied_on_a_page_is_pasted_by_the_keyboard(ada: Page) -> None:
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    other = ada.context.new_page()
    other.set_content(
        "<ul><li>First <b>of</b>\n all<li>Second<ol><li>Below</ol></ul>", wait_until="load"
    )
    other.keyboard.press("Control+a")
    other.keyboard.press("Control+c")
    other.close()
    ada.bring_to_front()
    ada.get_by_role("button", name="Add a point").click()
    ada.keyboard.type("Before ")
    ada.keyboard.press("Control+v")
    expect(box(ada, "Point 3")).to_have_value("Below")
    assert points(ada) == ["Before First of all", "Second", "Below"]
    ada.keyboard.press("Control+z")
    assert points(ada) == ["Before "]
