"""Images of an article as readers see them: drawn, captioned, no wider than the page, on paper."""

from typing import Final

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from app.actors import CLI
from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.images.upload import keep_image
from app.models import Issue, Publication, Story
from tests.browser.conftest import OpenPage
from tests.browser.test_access import findings_of
from tests.images.files import photo, saved

WORDS: Final = "The queue grows where nobody looks, and it waits for those who come last. "
HEBREW: Final = "התור גדל במקום שאיש אינו מביט בו, והוא מחכה למי שבא אחרון."


@pytest.fixture
def path(container: Container, issue: Issue) -> str:
    """Return where a story is read whose article names two images of ours and one of others."""
    file = saved(photo((1600, 900)), "JPEG")
    small = saved(photo((120, 90)), "PNG")
    large, icon = (
        keep_image(container.sessions, container.images, CLI, one, 10, system_clock()).name
        for one in (file, small)
    )
    text = (
        f"## Waiting\n\n{WORDS * 4}\n\n![Three curves that rise]({large} 'Arrivals of one day,"
        f" drawn by us')\n\n{WORDS * 3}\n\n- A point with a small one\n- ![A shade]({icon})\n\n"
        "> Said by somebody.\n\n![A plan](https://example.com/plan.png 'Of others')\n"
    )
    with transaction(container.sessions) as session:
        story = session.scalars(select(Story).order_by(Story.position)).first()
        assert story is not None
        story.article, story.reads_markdown = text, True
        return f"/read/{issue.id}/{story.id}"


def _drawn(page: Page) -> list[list[float]]:
    """Return the sizes of the article's images: as they are, and as they are shown."""
    page.locator(".text img").last.scroll_into_view_if_needed()
    page.wait_for_function(
        "[...document.querySelectorAll('.text img')].every(one => one.naturalWidth > 0)"
    )
    sizes: list[list[float]] = page.locator(".text img").evaluate_all(
        "all => all.map(one => [one.naturalWidth, one.clientWidth, one.clientHeight])"
    )
    return sizes


@pytest.mark.parametrize(
    ("width", "look"), [(320, "light"), (390, "dark"), (768, "light"), (1280, "dark")]
)
def test_image_of_an_article_is_drawn_and_never_widens_the_page(
    open_page: OpenPage, path: str, width: int, look: str
) -> None:
    page = open_page(path, width=width, color_scheme=look, reduced_motion="reduce")
    (natural, shown, height), (small, shown_small, _) = _drawn(page)
    assert natural == 1200
    assert shown < width
    assert height == pytest.approx(shown * 9 / 16, abs=1.5)
    assert small == shown_small == 120
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".text figcaption").all_inner_texts() == [
        "Arrivals of one day, drawn by us"
    ]
    assert page.get_by_text("A plan: Of others").is_visible()
    assert findings_of(page) == []


def test_image_and_caption_lie_at_the_right_in_hebrew(
    open_page: OpenPage, container: Container, path: str
) -> None:
    with transaction(container.sessions) as session:
        session.get_one(Publication, 1).language = "he"
        story = session.scalars(select(Story).order_by(Story.position)).first()
        assert story is not None
        story.title = story.summary = story.what = HEBREW
        story.article = story.article.replace(WORDS, HEBREW).replace("drawn by us", HEBREW)
    page = open_page(path, width=768)
    _drawn(page)
    right = "one => one.getBoundingClientRect().right"
    edges = {
        round(page.locator(one).first.evaluate(right))
        for one in (".text p", ".text figcaption", ".text figure img")
    }
    assert len(edges) == 1


def test_image_is_on_paper_whole_and_with_its_caption(open_page: OpenPage, path: str) -> None:
    page = open_page(path, width=700)
    _drawn(page)
    page.emulate_media(media="print")
    figure = page.locator(".text figure").first
    assert figure.evaluate("one => getComputedStyle(one).breakInside") == "avoid"
    assert figure.locator("img").is_visible()
    assert figure.locator("figcaption").is_visible()
