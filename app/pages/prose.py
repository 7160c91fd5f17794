"""What a page shows of a story's texts: their markup, or every sign where they have none."""

from typing import Protocol

from app.markup.article import ON_PAGES, Article, article_of
from app.markup.prose import Prose, prose_of


class Written(Protocol):
    """A story, of which is known whether it reads Markdown."""

    @property
    def reads_markdown(self) -> bool:
        """Return whether its texts are marked up."""


def marked(text: str, story: Written) -> Prose:
    """Return a paragraph of this story; in a template it is its HTML, as a `str` its words."""
    return prose_of(text, reads_markdown=story.reads_markdown).for_html(str, ON_PAGES)


def article(story: Written, text: str) -> Article:
    """Return the article of this story as a page shows it."""
    return article_of(text, reads_markdown=story.reads_markdown)
