"""Section templates tried on a sample, so that a mistake is found on loading and not at seven."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.errors import RenderError
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, PublicationFacts, Section, StoryFacts
from app.rendering.templates import Templates
from app.words import Depth

STORY_BYTES: Final = 1_500
"""What a template may add to a mail for each story beyond the story's own text, in bytes. Ours add
under 500; at 25 stories this is a third of what Gmail shows."""

_BASE: Final = "https://digest.example"
_WHOLE: Final = StoryFacts(
    title="Ten & more: “signs” < that > templates get wrong",
    label="4 minute read",
    minutes=4,
    url="https://news.example/story?from=digest&page=2",
    read_url=f"{_BASE}/read/1/1",
    summary="One sentence.",
    what="What happened.",
    why_it_matters="Why it matters.",
    takeaway="What to do.",
    deep_dive=("A detail", "Another"),
    decoder=(("Term", "what it means"), ("Other term", "what that means")),
    has_article=True,
)
_SPARSE: Final = replace(
    _WHOLE,
    label="",
    minutes=None,
    url="",
    takeaway="",
    deep_dive=(),
    decoder=(),
    has_article=False,
)


@dataclass(frozen=True)
class Tried:
    """A section template that works, and the bytes it adds for each story."""

    name: str
    story_bytes: int


def check_templates(templates: Templates) -> tuple[Tried, ...]:
    """Every section template, tried on a whole and a sparse story at every depth.

    Takes about 20 ms for each of them.

    Raises:
        RenderError: the first mistake, with file and line; or a template that adds more than
            `STORY_BYTES` for each story.
    """
    return tuple(_try(name, templates) for name in templates.section_names())


def _try(name: str, templates: Templates) -> Tried:
    for facts in _samples(name):
        render_edition(facts, templates)
    one, three = (
        len(render_edition(_edition(name, Depth.DEEP, (_WHOLE,) * n), templates).html.encode())
        for n in (1, 3)
    )
    added = (three - one) // 2 - _own_bytes(_WHOLE)
    if added > STORY_BYTES:
        file = f"sections/{name}.mjml.j2"
        detail = f"it adds {added:,} bytes for each story, at most {STORY_BYTES:,} are sensible"
        raise RenderError(detail, file=file)
    return Tried(name, added)


def _samples(name: str) -> Iterator[EditionFacts]:
    for depth in Depth:
        for stories in ((_WHOLE, _SPARSE), (_SPARSE,)):
            yield _edition(name, depth, stories)


def _edition(name: str, depth: Depth, stories: tuple[StoryFacts, ...]) -> EditionFacts:
    section = Section("sample", "Sample", name, "#1F5FA8", "#8AB8F0", stories)
    return EditionFacts(
        publication=PublicationFacts("Sample", "", "1 Street\nTown", _BASE),
        issued_on=date(2026, 1, 5),
        subject="",
        preheader="",
        depth=depth,
        sections=(section,),
        browser_url=f"{_BASE}/editions/1",
        issue_url=f"{_BASE}/read/1",
    )


def _own_bytes(story: StoryFacts) -> int:
    """What the story's text takes by itself."""
    texts = (
        *(story.title, story.label, story.summary, story.what, story.why_it_matters),
        *(story.takeaway, *story.deep_dive, *(part for pair in story.decoder for part in pair)),
    )
    return sum(len(text.encode()) for text in texts)
