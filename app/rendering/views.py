"""EditionFacts → what the templates see: cut to the depth, counted, worded.

A template finds empty what the depth leaves out, so no template can say too much.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from app.errors import RenderError
from app.rendering.inputs import EditionFacts, PublicationFacts, Section, StoryFacts
from app.rendering.lines import preheader_of, subject_of
from app.words import Depth

WORDS_A_MINUTE: Final = 230
"""How fast people read English prose silently.

Source: Brysbaert, "How many words do we read per minute?", Journal of Memory and Language 2019:
238 for non-fiction.
"""

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
_UNSAFE = re.compile(r"[\s{}\"<>\\^`|\x00-\x20\x7f]")
_DEPTH_WORDS = {
    Depth.HEADLINES: "headlines and summaries",
    Depth.BRIEF: "the short version of every story",
    Depth.DEEP: "every story in depth",
}


@dataclass(frozen=True)
class EntryView:
    """One entry of the Decoder."""

    term: str
    definition: str


@dataclass(frozen=True)
class StoryView:
    """One story at the edition's depth; what the depth leaves out is empty.

    `href` is where the title leads and `host` says where that is, empty for our own pages.
    `read_url` is empty when the mail already says all there is.
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


@dataclass(frozen=True)
class SectionView:
    """One category; `css` is the class that carries its colours."""

    slug: str
    name: str
    template: str
    css: str
    accent: str
    accent_dark: str
    stories: tuple[StoryView, ...]
    count: str


@dataclass(frozen=True)
class EditionView:
    """The whole edition, in words ready to print."""

    publication: PublicationFacts
    subject: str
    preheader: str
    date: str
    contents: str
    categories: str
    depth: str
    browser_url: str
    sections: tuple[SectionView, ...]


def edition_view(facts: EditionFacts, section_names: Collection[str]) -> EditionView:
    """What the templates of an edition see; `section_names` are the section templates there are.

    Raises:
        RenderError: a category's colour is not one, or it names a template that is not there.
    """
    sections = tuple(
        _section(section, f"c{n}", facts.depth, section_names)
        for n, section in enumerate(facts.sections, 1)
    )
    titles = [story.title for section in sections for story in section.stories]
    subject, n_used = (facts.subject, 1) if facts.subject else subject_of(titles)
    return EditionView(
        publication=facts.publication,
        subject=subject,
        preheader=facts.preheader or preheader_of(titles, n_used, _first_summary(sections)),
        date=f"{facts.issued_on:%A} {facts.issued_on.day} {facts.issued_on:%B %Y}",
        contents=_contents(sections),
        categories=listing([section.name for section in sections]),
        depth=_DEPTH_WORDS[facts.depth],
        browser_url=facts.browser_url,
        sections=sections,
    )


def listing(names: Sequence[str]) -> str:
    """`AI`, `AI and DevOps`, `AI, DevOps and Security`."""
    if len(names) < 2:  # noqa: PLR2004 - one name needs no "and"
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(n: int, one: str, many: str) -> str:
    """`1 story`, `9 stories`."""
    return f"{n:,} {one if n == 1 else many}"


def _first_summary(sections: Sequence[SectionView]) -> str:
    return next((story.summary for section in sections for story in section.stories), "")


def _section(section: Section, css: str, depth: Depth, names: Collection[str]) -> SectionView:
    template = _template(section, names)
    for colour in (section.accent, section.accent_dark):
        if not _HEX.fullmatch(colour):
            raise RenderError(
                f"the colour {colour!r} of {section.name} is not six hex digits after a #",
                file=f"sections/{template}.mjml.j2",
            )
    return SectionView(
        slug=section.slug,
        name=section.name,
        template=template,
        css=css,
        accent=section.accent,
        accent_dark=section.accent_dark,
        stories=tuple(_story(n, story, depth) for n, story in enumerate(section.stories, 1)),
        count=counted(len(section.stories), "story", "stories"),
    )


def _template(section: Section, names: Collection[str]) -> str:
    """The template that is asked for; without one, the one named like the slug, or the default."""
    if not section.template:
        return section.slug if section.slug in names else "default"
    if section.template not in names:
        raise RenderError(
            f"{section.name} asks for it, but there is no such template; there are "
            + listing(sorted(names)),
            file=f"sections/{section.template}.mjml.j2",
        )
    return section.template


def _story(number: int, story: StoryFacts, depth: Depth) -> StoryView:
    brief = depth is not Depth.HEADLINES
    deep = depth is Depth.DEEP
    hidden = (
        story.has_article
        or (not brief and bool(story.what or story.why_it_matters or story.takeaway))
        or (not deep and bool(story.deep_dive or story.decoder))
    )
    out = _web_address(story.url)
    return StoryView(
        number=number,
        title=story.title,
        label=story.label,
        href=out or story.read_url,
        host=_host(out),
        summary=story.summary,
        what=story.what if brief else "",
        why_it_matters=story.why_it_matters if brief else "",
        takeaway=story.takeaway if brief else "",
        deep_dive=story.deep_dive if deep else (),
        decoder=tuple(EntryView(*pair) for pair in story.decoder) if deep else (),
        read_url=story.read_url if hidden else "",
    )


def _web_address(url: str) -> str:
    """`url`, or nothing where it is no address of the web: a mail never links to `javascript:`."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return _UNSAFE.sub(lambda m: quote(m[0]), url.strip())


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _contents(sections: Sequence[SectionView]) -> str:
    """`22 stories · 9 minutes · AI 19, DevOps 3`."""
    stories = [story for section in sections for story in section.stories]
    n_words = sum(len(text.split()) for story in stories for text in _texts(story))
    parts = [
        counted(len(stories), "story", "stories"),
        counted(max(1, round(n_words / WORDS_A_MINUTE)), "minute", "minutes"),
    ]
    if len(sections) > 1:
        parts.append(
            ", ".join(f"{section.name}\u00a0{len(section.stories)}" for section in sections)
        )
    return " · ".join(parts)


def _texts(story: StoryView) -> Iterable[str]:
    yield from (story.title, story.summary, story.what, story.why_it_matters, story.takeaway)
    yield from story.deep_dive
    yield from (text for entry in story.decoder for text in (entry.term, entry.definition))
