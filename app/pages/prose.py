"""What a page shows of a story's texts: their markup, or every sign where they have none."""

from collections.abc import Iterable
from typing import Final, Protocol

from app.image_names import image_path
from app.markup.article import ON_PAGES, Article, Heading, article_of
from app.markup.figures import HeldImage
from app.markup.prose import Prose, prose_of
from app.models import Image

FEWEST_HEADINGS: Final = 3
LONG_MINUTES: Final = 7
"""How long an article takes that is long: about 1,500 words, in whatever script."""

_LEVELS: Final = 2


class Written(Protocol):
    """A story, of which is known whether it reads Markdown."""

    @property
    def reads_markdown(self) -> bool:
        """Return whether its texts are marked up."""


def marked(text: str, story: Written) -> Prose:
    """Return a paragraph of this story; in a template it is its HTML, as a `str` its words."""
    return prose_of(text, reads_markdown=story.reads_markdown).for_html(str, ON_PAGES)


def article(story: Written, text: str, images: Iterable[Image], root: str) -> Article:
    """Return the article of this story as a page shows it, with those of its images we have.

    `root` is where the pages are.
    """
    held = frozenset(
        HeldImage(one.name, f"{root}{image_path(one.name)}", one.width, one.height)
        for one in images
    )
    return article_of(text, reads_markdown=story.reads_markdown, held=held)


def contents_of(article: Article, minutes: int) -> tuple[Heading, ...]:
    """Return the headings that a table of contents names; none where the article needs none.

    It is for a long article with three headings and more, and names those of its two highest
    levels. `minutes` is how long the article takes to read.
    """
    if minutes < LONG_MINUTES or len(article.headings) < FEWEST_HEADINGS:
        return ()
    levels = sorted({heading.level for heading in article.headings})[:_LEVELS]
    return tuple(heading for heading in article.headings if heading.level in levels)
