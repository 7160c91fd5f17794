"""EditionFacts → what the templates of an edition see: cut to the depth, counted, worded."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.directions import Direction, without_isolates
from app.enums import Depth, Trim
from app.errors import RenderError
from app.in_words import apart, listing, long_date, n_minutes, n_stories, number
from app.language import N_, gettext, ngettext
from app.markup.prose import words_of
from app.reading_time import minutes_to_read
from app.rendering.around import (
    EndingView,
    SponsorView,
    WordsView,
    ending_view,
    sponsor_view,
    words_view,
)
from app.rendering.inputs import EditionFacts, PublicationFacts, Section, StoryFacts
from app.rendering.points import with_few_points
from app.rendering.story_views import StoryView, short_titles, story_view
from app.rendering.subjects import Day, preheader_line, subject_line
from app.sentences import Sentence

FEW_STORIES: Final = 3
"""A mail of so many stories has no list of their titles."""

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
LEAD: Final = "_lead"
"""The template of the lead story; no category can ask for one of this name."""

DEPTH_WORDS: Final = {
    Depth.HEADLINES: N_("headlines and summaries"),
    Depth.BRIEF: N_("the short version of every story"),
    Depth.DEEP: N_("every story in depth"),
    Depth.WHOLE: N_("every story with all its points"),
}
"""What each depth is, as mails say it."""


@dataclass(frozen=True)
class SectionView:
    """One category; `css` is the class that carries its colours.

    `more` says how many stories there was no room for, or is empty. With `is_lead` it is the lead
    story alone, before the categories.
    """

    slug: str
    name: str
    template: str
    css: str
    accent: str
    accent_dark: str
    stories: tuple[StoryView, ...]
    n_stories: int
    count: str
    more: str
    is_lead: bool = False


@dataclass(frozen=True)
class EditionView:
    """The whole edition, in words ready to print.

    `shortened` is whether stories say less than the depth promises, for want of room.
    `lists_titles` is whether it opens with all its titles, `is_headlines` whether it has little
    more.
    """

    publication: PublicationFacts
    subject: str
    preheader: str
    date: str
    contents: str
    categories: str
    depth: str
    browser_url: str
    issue_url: str
    shortened: bool
    note: str
    opening: WordsView | None
    sign_off: WordsView | None
    ending: EndingView
    sponsor: SponsorView | None
    sections: tuple[SectionView, ...]
    lists_titles: bool = False
    is_headlines: bool = False

    @property
    def has_rtl(self) -> bool:
        """Return whether anything in it is written from right to left."""
        stories = (story for section in self.sections for story in section.stories)
        words = (self.opening, self.sign_off, self.sponsor)
        said = (one.direction for one in words if one)
        return Direction.RTL in (
            self.publication.direction,
            *(story.direction for story in stories),
            *said,
        )

    @property
    def sponsor_after(self) -> int:
        """Return the number of the section that the sponsor follows: the first that is no lead."""
        return 2 if len(self.sections) > 1 and self.sections[0].is_lead else 1


Trims = Mapping[tuple[int, int], Collection[Trim]]
"""What stories give up, by the indexes of their section and of themselves in it."""


def edition_view(
    facts: EditionFacts, section_names: Collection[str], trims: Trims | None = None
) -> EditionView:
    """Build what the templates of an edition see; `section_names` are all section templates.

    Of a story's bullets and terms it has those that the mail shows (`rendering.points`). It is
    worded in the language that is spoken (`app.language.speaking`).

    Raises:
        RenderError: a category's colour is not valid, or it names a template that does not exist.
    """
    facts = with_few_points(facts)
    trims = trims or {}
    names = _names(facts, trims)
    sections = tuple(
        _section(facts, section, index, section_names, trims, names)
        for index, section in enumerate(facts.sections)
    )
    minutes = _minutes(sections)
    categories = listing(list(_counts(sections)))
    day = _day(facts, minutes, categories)
    subject, n_said = (
        (facts.subject, 1) if facts.subject else subject_line(facts.lines.subject, day)
    )
    return EditionView(
        publication=facts.publication,
        subject=subject,
        preheader=facts.preheader or preheader_line(facts.lines.preheader, day, n_said),
        date=long_date(facts.issued_on),
        contents=_contents(sections, minutes),
        categories=categories,
        depth=gettext(DEPTH_WORDS[facts.depth]),
        browser_url=facts.browser_url,
        issue_url=facts.issue_url,
        note=facts.note,
        opening=words_view(facts.opening, facts.publication.direction),
        sign_off=words_view(facts.sign_off, facts.publication.direction),
        ending=ending_view(facts),
        shortened=bool(trims),
        sponsor=sponsor_view(facts.sponsor, facts.publication.direction),
        sections=sections,
        lists_titles=facts.depth is not Depth.HEADLINES and _is_long(sections),
        is_headlines=facts.depth is Depth.HEADLINES,
    )


def _is_long(sections: Iterable[SectionView]) -> bool:
    """Return whether there is more than two turns of a thumb show."""
    return sum(len(section.stories) for section in sections) > FEW_STORIES


def _day(facts: EditionFacts, minutes: str, categories: str) -> Day:
    """Return what the subject and the preheader may say of this edition."""
    stories = [story for section in facts.sections for story in section.stories]
    return Day(
        publication=facts.publication.name,
        issued_on=facts.issued_on,
        categories=without_isolates(categories),
        stories=n_stories(len(stories)),
        minutes=minutes,
        titles=tuple(story.title for story in stories),
        summary=next(
            (words_of(one.summary, reads_markdown=one.reads_markdown) for one in stories), ""
        ),
    )


def _section(
    facts: EditionFacts,
    section: Section,
    index: int,
    templates: Collection[str],
    trims: Trims,
    names: Iterator[tuple[str, str]],
) -> SectionView:
    template = _template(section, templates)
    for colour in (section.accent, section.accent_dark):
        if not _HEX.fullmatch(colour):
            raise RenderError(
                f"the colour {colour!r} of {section.name} is not six hex digits after a #",
                file=f"sections/{template}.mjml.j2",
            )
    otherwise = facts.publication.direction
    stories = tuple(
        story_view(
            place + 1, story, facts.depth, trims.get((index, place), ()), otherwise, *next(names)
        )
        for place, story in _shown(section, index, trims)
    )
    n_more = len(section.stories) - len(stories)
    return SectionView(
        slug=section.slug,
        name=section.name,
        template=template,
        css=f"c{index + 1}",
        accent=section.accent,
        accent_dark=section.accent_dark,
        stories=stories,
        n_stories=len(section.stories),
        count=n_stories(len(section.stories)),
        more=_n_more(n_more) if n_more else "",
        is_lead=section.is_lead,
    )


def _shown(section: Section, index: int, trims: Trims) -> Iterator[tuple[int, StoryFacts]]:
    """Yield the stories that there is room for, and their places in their section."""
    for place, story in enumerate(section.stories):
        if Trim.STORY not in trims.get((index, place), ()):
            yield place, story


def _names(facts: EditionFacts, trims: Trims) -> Iterator[tuple[str, str]]:
    """Yield a short title and an anchor for each story that is shown, no two alike."""
    titles = (
        story.title
        for index, section in enumerate(facts.sections)
        for _, story in _shown(section, index, trims)
    )
    for n, title in enumerate(short_titles(titles), 1):
        yield title, f"s{n}"


def template_of(section: Section, names: Collection[str]) -> str:
    """Return the template that is asked for; without one, that of the slug, or the default.

    A lead story has one of its own, whichever category it is of.
    """
    if section.is_lead:
        return LEAD
    return section.template or (section.slug if section.slug in names else "default")


def _template(section: Section, names: Collection[str]) -> str:
    template = template_of(section, names)
    if section.template and not section.is_lead and template not in names:
        raise RenderError(
            Sentence(
                "%(name)s asks for it, but there is no such template; there are %(names)s",
                name=section.name,
                names=sorted(names),
            ),
            file=f"sections/{template}.mjml.j2",
        )
    return template


def _contents(sections: Sequence[SectionView], minutes: str) -> str:
    """Return what is in it: `22 stories · 9 minutes · AI 19, DevOps 3`."""
    counts = _counts(sections)
    parts = [n_stories(counts.total()), minutes]
    if len(counts) > 1:
        parts.append(", ".join(apart(f"{name}\u00a0{n}") for name, n in counts.items()))
    return " · ".join(parts)


def _counts(sections: Iterable[SectionView]) -> Counter[str]:
    """Return how many stories each category has, its lead story with it, in their order."""
    in_order = sorted(sections, key=lambda section: section.is_lead)
    counts = Counter[str]()
    for section in in_order:
        counts[section.name] += section.n_stories
    return counts


def _minutes(sections: Sequence[SectionView]) -> str:
    """Return how long the edition takes to read: `9 minutes`."""
    texts = (text for section in sections for story in section.stories for text in story.texts())
    return n_minutes(minutes_to_read(texts))


def _n_more(n: int) -> str:
    return ngettext("%(n)s more story", "%(n)s more stories", n) % {"n": number(n)}
