"""StoryFacts → what the templates see of a story: cut to the depth, and to what there is room for.

A template finds empty what the depth leaves out, so no template can say too much.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlsplit

from app.rendering.inputs import StoryFacts
from app.rendering.lines import one_line, shortened
from app.words import Depth, Trim

SHORT_CHARS: Final = 30
"""Enough to know a story by, and little enough to say for each of them."""

_UNSAFE = re.compile(r"[\s{}\"<>\\^`|\x00-\x20\x7f]")


@dataclass(frozen=True)
class EntryView:
    """One entry of the Decoder."""

    term: str
    definition: str


@dataclass(frozen=True)
class StoryView:
    """One story at the edition's depth; what the depth leaves out is empty.

    `href` is where the title leads and `host` says where that is, empty for our own pages.
    `read_url` is empty when the mail already says all there is. `short_title` names the story in
    the link there, in about 30 characters, and no two stories of an edition alike.
    """

    number: int
    title: str
    label: str
    href: str
    host: str
    summary: str
    what: str
    why_it_matters: str
    takeaway: str
    deep_dive: tuple[str, ...]
    decoder: tuple[EntryView, ...]
    read_url: str
    short_title: str = ""

    def texts(self) -> Iterable[str]:
        """Everything that is read in it, in its order."""
        yield from (self.title, self.summary, self.what, self.why_it_matters, self.takeaway)
        yield from self.deep_dive
        yield from (text for entry in self.decoder for text in (entry.term, entry.definition))


def story_view(
    number: int, story: StoryFacts, depth: Depth, trims: Collection[Trim] = ()
) -> StoryView:
    """The story as number `number` of its section, without what `trims` take from it."""
    kept = _kept(story, depth, trims)
    out = web_address(story.url)
    return StoryView(
        number=number,
        title=kept.title,
        label=kept.label,
        href=out or kept.read_url,
        host=host_of(out),
        summary=kept.summary,
        what=kept.what,
        why_it_matters=kept.why_it_matters,
        takeaway=kept.takeaway,
        deep_dive=kept.deep_dive,
        decoder=tuple(EntryView(*pair) for pair in kept.decoder),
        read_url=kept.read_url if kept.has_article or kept != story else "",
    )


def short_titles(titles: Iterable[str]) -> Iterator[str]:
    """A short form of each title, in their order; a number behind those that would read alike."""
    said: set[str] = set()
    numbers: dict[str, int] = {}
    for title in titles:
        short = name = shortened(one_line(title), SHORT_CHARS)
        while name.casefold() in said:
            numbers[short] = numbers.get(short, 1) + 1
            name = f"{short} ({numbers[short]})"
        said.add(name.casefold())
        yield name


def _kept(story: StoryFacts, depth: Depth, trims: Collection[Trim]) -> StoryFacts:
    """The story with nothing in what the depth or the trims leave out."""
    brief = depth is not Depth.HEADLINES and Trim.HEADLINE not in trims
    deep = depth is Depth.DEEP and Trim.HEADLINE not in trims
    return replace(
        story,
        summary="" if Trim.HEADLINE in trims else story.summary,
        what=story.what if brief else "",
        why_it_matters=story.why_it_matters if brief and Trim.WHY_IT_MATTERS not in trims else "",
        takeaway=story.takeaway if brief and Trim.TAKEAWAY not in trims else "",
        deep_dive=story.deep_dive if deep and Trim.DEEP_DIVE not in trims else (),
        decoder=story.decoder if deep and Trim.DECODER not in trims else (),
    )


def web_address(url: str) -> str:
    """`url`, or nothing where it is no address of the web: a mail never links to `javascript:`."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return _UNSAFE.sub(lambda m: quote(m[0]), url.strip())


def host_of(url: str) -> str:
    """`example.org` of `https://www.example.org/x`; nothing of nothing."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
