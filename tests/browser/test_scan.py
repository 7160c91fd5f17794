"""How long a mail is on a phone, what its first screen says, and how large its type is."""

from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, ViewportSize

from app.enums import Depth
from app.rendering.budget import WARN_BYTES
from app.rendering.edition import render_edition
from app.rendering.images import ImageFacts
from app.rendering.inputs import EditionFacts
from app.rendering.merge import fields_for, fill
from app.rendering.templates import our_templates
from app.story_fields import read_texts
from tests.browser.long_day import long_day, titles
from tests.rendering.samples import BASE_URL, QUIET_FIX, edition, section

_FIELDS: Final = fields_for("ada@example.org", f"{BASE_URL}/leave/x", f"{BASE_URL}/preferences/x")
_PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
# Every text that is shown: where it ends, and how large and how far apart its lines are.
_TEXTS: Final = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const look = getComputedStyle(node.parentElement);
    const heads = !!node.parentElement.closest('h1,h2,h3');
    const text = node.textContent.trim().replace(/\\s+/g, ' ');
    if (text && box.height) found.push({
      text, heads, bottom: box.bottom + scrollY,
      size: parseFloat(look.fontSize), line: parseFloat(look.lineHeight),
    });
  }
  return found;
}"""

_ILLUSTRATED: Final = replace(
    QUIET_FIX,
    image="chart.png",
    image_alt="A chart",
    image_caption="Counted by us",
    stored_image=ImageFacts(f"{BASE_URL}/images/chart.png", 1200, 676),
)
_AROUND_CAPTION: Final = """() => {
  const box = one => document.querySelector(one).getBoundingClientRect();
  const caption = box('.y p.m');
  return [caption.top - box('.y img').bottom, box('.y .l').top - caption.bottom];
}"""


@dataclass(frozen=True)
class Scan:
    """What a phone shows of a mail: pixels, and line height by size of type."""

    height: int
    n_titles: int
    least_size: float
    least_line: float


def scan(browser: Browser, facts: EditionFacts) -> Scan:
    """Measure an edition on a phone; type is that of its texts, not of titles, labels, footer."""
    html = fill(render_edition(facts, our_templates()).html, _FIELDS)
    page = browser.new_page(viewport=_PHONE)
    try:
        page.set_content(html)
        shown: list[dict[str, Any]] = page.evaluate(_TEXTS)
        height = int(page.evaluate("document.documentElement.scrollHeight"))
    finally:
        page.close()
    first = {one["text"] for one in shown if one["bottom"] <= _PHONE["height"]}
    stories = [story for section in facts.sections for story in section.stories]
    texts = {" ".join(text.split()) for story in stories for text in read_texts(story)}
    read = [one for one in shown if one["text"] in texts and not one["heads"]]
    assert len(read) >= len(stories)
    return Scan(
        height,
        len(first & set(titles(facts))),
        min(one["size"] for one in read),
        min(one["line"] / one["size"] for one in read),
    )


# What may be at most and must be at least, of 21 stories, at 390 × 844. Before titles came first
# and stories said their first points alone, it was 7,627 and 2, 18,429 and 1, 41,065 and 1.
@pytest.mark.parametrize(
    ("depth", "height", "n_titles"),
    [(Depth.HEADLINES, 4_000, 4), (Depth.BRIEF, 14_000, 10), (Depth.DEEP, 26_000, 10)],
)
def test_long_day_is_as_short_as_this_on_a_phone(
    browser: Browser, depth: Depth, height: int, n_titles: int
) -> None:
    found = scan(browser, long_day(depth))
    assert found.height <= height
    assert found.n_titles >= n_titles
    assert found.least_size >= 15
    assert found.least_line >= 1.4


def test_long_day_in_depth_is_nowhere_near_too_long() -> None:
    mail = render_edition(long_day(Depth.DEEP), our_templates())
    assert mail.trimmed == ()
    assert mail.n_bytes < WARN_BYTES


@pytest.mark.parametrize("width", [390, 800])
def test_caption_stands_nearer_to_its_image_than_to_the_summary(
    browser: Browser, width: int
) -> None:
    html = fill(render_edition(edition(section("ai", _ILLUSTRATED)), our_templates()).html, _FIELDS)
    page = browser.new_page(viewport={"width": width, "height": 844})
    try:
        page.route("**/*", lambda route: route.abort())
        page.set_content(html)
        above, below = page.evaluate(_AROUND_CAPTION)
    finally:
        page.close()
    assert 0 < above < below / 2


@pytest.mark.parametrize("width", [390, 800])
def test_sign_off_has_air_below(browser: Browser, width: int) -> None:
    html = render_edition(replace(edition(), sign_off="Until tomorrow, Ada"), our_templates()).html
    page = browser.new_page(viewport={"width": width, "height": 844})
    try:
        page.set_content(fill(html, _FIELDS))
        words, line = page.get_by_text("Until tomorrow"), page.locator("td.q", has_text="devoured!")
        word_box, line_box = words.bounding_box(), line.bounding_box()
    finally:
        page.close()
    assert word_box is not None
    assert line_box is not None
    assert line_box["y"] - (word_box["y"] + word_box["height"]) >= 16
