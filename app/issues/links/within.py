"""Where a mail of a story leads: its own link, and those within its texts."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from app.markup.prose import Prose, prose_of
from app.story_fields import StoryTexts, from_columns, map_markup, placed_texts
from app.web_addresses import is_web_address


def links_of(url: str, texts: StoryTexts, *, reads_markdown: bool) -> Iterator[tuple[str, str]]:
    """Yield each address, with the path of the field it stands in, such as `deep_dive/1`.

    `url` is the story's own link. An address that a field has twice comes once. Mailboxes are none,
    and articles, which no mail has, are not looked through.
    """
    if url:
        yield "url", url
    if reads_markdown:
        yield from dict.fromkeys(_within(texts))


def stored_links(story: Any) -> frozenset[str]:
    """Return the addresses that a mail of a stored story leads to."""
    texts = StoryTexts(**from_columns(story, StoryTexts))
    found = links_of(story.url, texts, reads_markdown=story.reads_markdown)
    return frozenset(url for _, url in found)


def _within(texts: StoryTexts) -> Iterator[tuple[str, str]]:
    marked = map_markup(texts, partial(prose_of, reads_markdown=True))
    for path, text in placed_texts(replace(texts, **marked)):
        if isinstance(text, Prose):
            yield from ((path, url) for url in text.links() if is_web_address(url))
