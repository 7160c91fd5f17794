"""Every mail looks as it did: layout and colours, on phone and desktop, light, dark, inverted."""

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.clients import for_word
from tests.browser.pictures import (
    FOLDER,
    LOOKS,
    SHADES,
    Look,
    difference,
    drawn,
    golden_mails,
    picture,
)

PHONE, PHONE_DARK, DESKTOP = LOOKS[0], LOOKS[1], LOOKS[3]


def _golden(name: str, look: Look) -> Image.Image:
    return Image.open(FOLDER / f"{name}-{look.name}.png").convert("RGB")


@pytest.mark.parametrize(
    ("name", "look"), [*drawn()], ids=lambda value: getattr(value, "name", value)
)
def test_mail_looks_as_its_golden_picture(browser: Browser, name: str, look: Look) -> None:
    seen = picture(browser, golden_mails()[name], look)
    assert difference(seen, _golden(name, look)) <= SHADES


# A tracked mail is the edition, with a row of one pixel below the paper.
@pytest.mark.parametrize("name", [name for name in golden_mails() if name != "tracked"])
def test_outlook_is_shown_the_same_in_the_dark_by_its_own_attribute(
    browser: Browser, name: str
) -> None:
    html = golden_mails()[name]
    dark = picture(browser, html, PHONE_DARK, least_height=100)
    own = picture(browser, html.replace("<html", "<html data-ogsc", 1), PHONE, least_height=100)
    assert difference(own, dark) <= SHADES
    assert difference(picture(browser, html, PHONE, least_height=100), dark) > SHADES


def test_every_picture_is_of_a_mail() -> None:
    expected = {f"{name}-{look.name}.png" for name, look in drawn()}
    assert {path.name for path in FOLDER.glob("*.png")} == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("#5B3FD6", "#0B6B57", id="the colour of a section"),
        pytest.param("padding:0 0 0 14px", "padding:0 0 0 44px", id="the place of a takeaway"),
        pytest.param("border-left:3px solid", "border-left:0 solid", id="the edge of a takeaway"),
        pytest.param("3px double", "1px solid", id="the rule of the masthead"),
        pytest.param("background-color:#FFFFFF", "background-color:#F6F3EE", id="the paper"),
        pytest.param("Sponsor", "", id="the name of the sponsor slot"),
        pytest.param("padding-left:18px", "padding-left:30px", id="the indent of bullets"),
    ],
)
@pytest.mark.parametrize("look", [PHONE, DESKTOP], ids=lambda look: look.name)
def test_picture_differs_when_something_of_it_changes(
    browser: Browser, look: Look, old: str, new: str
) -> None:
    html = golden_mails()["edition"]
    assert old in html
    seen = picture(browser, html.replace(old, new), look)
    assert difference(seen, _golden("edition", look)) > SHADES


def test_nothing_sticks_out_on_a_narrow_phone(browser: Browser) -> None:
    for html in golden_mails().values():
        page = browser.new_page(viewport={"width": 320, "height": 600})
        page.set_content(html)
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        page.close()


@pytest.mark.parametrize(
    ("name", "n_least"),
    [
        ("edition", 6),
        ("welcome", 3),
        ("confirmation", 1),
        ("preferences_link", 1),
        ("new_address", 1),
    ],
)
def test_links_are_easy_to_hit_with_a_thumb(browser: Browser, name: str, n_least: int) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 600})
    page.set_content(golden_mails()[name])
    heights = page.evaluate(
        "[...document.querySelectorAll('.r a,.f a,.do a,.go a')]"
        ".map(a => a.getBoundingClientRect().height)"
    )
    assert len(heights) >= n_least
    assert min(heights) >= 44
    page.close()


# Word indents no list by padding: a rule that it alone is told gives each a margin.
_BULLETS = """() => [...document.querySelectorAll('ul:not(.d):not(.i) > li')].map((item) => {
  const range = document.createRange();
  range.selectNodeContents(item);
  const cell = item.closest('td').getBoundingClientRect().left;
  const look = getComputedStyle(item);
  return [range.getBoundingClientRect().left - cell, look.listStyleType, look.display];
})"""


def test_bullets_stand_within_their_story_in_outlook_for_windows(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.set_content(for_word(golden_mails()["edition"]))
    bullets = page.evaluate(_BULLETS)
    page.close()
    assert len(bullets) > 1
    assert {tuple(one) for one in bullets} == {(24, "disc", "list-item")}
