"""An article of 18,000 words: its lines, what is wider than the page, how far one is, paper."""

from typing import Any, Final

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from app.container import Container
from app.db.session import transaction
from app.models import Issue, Story
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_access import findings_of

WORDS: Final = "The model answers in half the time and says where each of its figures comes from. "
N_WORDS: Final = 18_000

# What an article may be made of, whoever writes the elements.
ELEMENTS: Final = f"""
<h2 id="a">How it is made</h2><p>{WORDS * 6}<a href="https://example.com/paper">The paper</a></p>
<h3>In one line</h3><p>Call <code>answer()</code>.</p>
<pre tabindex="0"><code>def answer(question, *, {"parameter, " * 30}):
    return question</code></pre>
<blockquote><p>{WORDS * 2}</p></blockquote>
<ul><li>One</li><li>Two<ol><li>Within</li></ol></li></ul>
<div class="wide" role="region" aria-label="Figures" tabindex="0"><table>
<thead><tr>{"<th scope=col>Model</th>" * 9}</tr></thead>
<tbody>{f"<tr>{'<td>12,345 ms</td>' * 9}</tr>" * 3}</tbody></table></div>
<h4>Figures</h4><figure><img src="/static/icon.svg" alt="A plate" width="2000" height="900">
<figcaption>A plate, licked clean.</figcaption></figure><hr><p>{WORDS * 40}</p>
"""


PARTS: Final = "\n\n".join(
    f"## Part {n}\n{WORDS * 8}\n\n### Within {n}\n{WORDS * 8}" for n in range(1, 8)
)


@pytest.fixture
def divided(container: Container, issue: Issue) -> str:
    """Return where a story with a long article of seven parts is read."""
    with transaction(container.sessions) as session:
        story = session.scalars(select(Story).order_by(Story.position)).first()
        assert story is not None
        story.article, story.reads_markdown = PARTS, True
        return f"/read/{issue.id}/{story.id}"


@pytest.fixture
def path(container: Container, issue: Issue) -> str:
    """Return where a story with an article of 18,000 words is read."""
    with transaction(container.sessions) as session:
        story = session.scalars(select(Story).order_by(Story.position)).first()
        assert story is not None
        paragraph = WORDS * 8
        n = N_WORDS // len(paragraph.split())
        story.article = "\n\n".join([paragraph.strip()] * n)
        return f"/read/{issue.id}/{story.id}"


def _fill(page: Page) -> None:
    page.locator(".text").evaluate("(text, html) => { text.innerHTML = html }", ELEMENTS)


def _style(page: Page, selector: str, name: str) -> str:
    found: str = page.locator(selector).first.evaluate(f"one => getComputedStyle(one).{name}")
    return found


def test_line_of_an_article_has_as_many_letters_as_are_read_easily(
    open_page: OpenPage, path: str
) -> None:
    page = open_page(path, width=1280)
    text = page.locator(".text p").first
    n_lines = text.evaluate(
        "one => one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight)"
    )
    assert 55 <= len(text.inner_text()) / n_lines <= 75
    assert float(_style(page, ".text p", "fontSize").removesuffix("px")) >= 16
    assert float(_style(page, ".text p + p", "marginTop").removesuffix("px")) >= 16


def _becomes(page: Page, selector: str, what: str) -> bool:
    """Return whether this becomes so of an element, within a thousand of the screen's frames."""
    found: bool = page.locator(selector).evaluate(
        f"""async one => {{
            for (let n = 0; n < 1000 && !({what}); n++) await new Promise(requestAnimationFrame);
            return {what};
        }}"""
    )
    return found


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_what_is_wide_scrolls_by_itself(open_page: OpenPage, path: str, width: int) -> None:
    page = open_page(path, width=width)
    _fill(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for one in (".text pre", ".text .wide"):
        wide, seen = page.locator(one).evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert wide > seen, "nothing of it is squeezed or cut off"
        page.locator(one).focus()
        page.keyboard.press("ArrowRight")
        assert _becomes(page, one, "one.scrollLeft > 0")


@looks
def test_axe_finds_nothing_in_an_article_of_every_element(
    open_page: OpenPage, path: str, look: str
) -> None:
    page = open_page(path, color_scheme=look, reduced_motion="reduce", width=390)
    _fill(page)
    assert findings_of(page) == []


def test_headings_of_an_article_go_down_in_size(open_page: OpenPage, path: str) -> None:
    page = open_page(path)
    _fill(page)
    names = ("h1", ".text h2", ".text h3", ".text h4")
    sizes = [float(_style(page, one, "fontSize").removesuffix("px")) for one in names]
    assert sizes == sorted(set(sizes), reverse=True)


@looks
def test_axe_finds_nothing_in_a_table_of_contents(
    open_page: OpenPage, divided: str, look: str
) -> None:
    page = open_page(divided, color_scheme=look, reduced_motion="reduce", width=390)
    assert page.locator(".overview a").count() == 14
    assert findings_of(page) == []


def test_table_of_contents_leads_to_each_part_and_may_be_folded(
    open_page: OpenPage, divided: str
) -> None:
    page = open_page(divided, width=390)
    page.get_by_role("navigation", name="In this article").get_by_text("Within 6").click()
    assert _becomes(page, "#part-12", "one.getBoundingClientRect().top < 40")
    page.locator(".overview summary").click()
    assert not page.get_by_role("link", name="Part 1").is_visible()


def test_table_of_contents_is_on_paper(open_page: OpenPage, divided: str) -> None:
    page = open_page(divided, width=700)
    page.emulate_media(media="print")
    assert page.get_by_role("link", name="Part 7").is_visible()
    assert _style(page, ".overview a", "textDecorationLine") == "none"


def test_page_says_how_long_the_article_is_and_leads_to_it(open_page: OpenPage, path: str) -> None:
    page = open_page(path)
    link = page.get_by_role("link", name="Read the article here (77 minutes)")
    link.click()
    assert _becomes(page, "#article", "one.getBoundingClientRect().top < 40")


def test_bar_says_how_far_one_has_read(open_page: OpenPage, path: str) -> None:
    page = open_page(path)
    assert _reached(page, "article.offsetTop - 100") == pytest.approx(0, abs=0.02)
    half = "article.offsetTop + (article.offsetHeight - innerHeight) / 2"
    assert _reached(page, half) == pytest.approx(0.5, abs=0.02)
    assert _reached(page, "document.body.scrollHeight") == pytest.approx(1, abs=0.02)
    still = open_page(path, reduced_motion="reduce")
    assert _style(still, ".progress", "display") == "none"


def _reached(page: Page, where: str) -> Any:
    """Scroll there, and return how much of the width the bar has."""
    return page.evaluate(
        f"""async () => {{
            const article = document.querySelector("#article");
            scrollTo({{top: {where}, behavior: "instant"}});
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            return document.querySelector(".progress").getBoundingClientRect().width / innerWidth;
        }}"""
    )


def test_short_article_has_no_bar(open_page: OpenPage, paths: dict[str, str]) -> None:
    page = open_page(paths["first story"])
    assert page.locator(".text").count() == 1
    assert page.locator(".progress").count() == 0


def test_article_on_paper_is_black_on_white_and_names_its_links(
    open_page: OpenPage, path: str
) -> None:
    page = open_page(path, color_scheme="dark", width=700)
    _fill(page)
    page.emulate_media(media="print", color_scheme="dark")
    assert _style(page, "body", "color") == "rgb(0, 0, 0)"
    assert {_style(page, one, "backgroundColor") for one in ("html", ".sheet")} == {
        "rgb(255, 255, 255)"
    }
    after = "getComputedStyle(document.querySelector('.text a'), '::after').content"
    assert "https://example.com/paper" in page.evaluate(after)
    for one in (".progress", ".here", ".onward", ".foot nav"):
        assert not page.locator(one).first.is_visible(), one
    for one in (".text h2", ".text h3", ".text h4"):
        assert _style(page, one, "breakAfter") == "avoid"
    wide, seen = page.locator(".text pre").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide == seen, "on paper nobody scrolls"
