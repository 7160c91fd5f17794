"""The size budget: what a long edition gives up, step by step, so that no mail is clipped.

Each step takes one part from one story. The steps go through `Trim` in its order, and within each
from the last stories of the categories up to the first, for editors put first what matters most.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.enums import Depth, Trim
from app.rendering.inputs import EditionFacts, StoryFacts, Trimmed
from app.rendering.merge import ADDRESS_H, LEAVE_URL, PREFERENCES_URL, READER
from app.rendering.views import EditionView

CLIP_BYTES: Final = 102_000
"""Gmail shows no more of a mail's HTML than this.

Source: Google Workspace admin help, "Message clipped": messages over 102 KB. Which KB it does not
say, so we take the smaller.
"""

WARN_BYTES: Final = 80_000
"""From here on a mail is worth a second look: providers on its way may make it larger."""

HOPELESS_BYTES: Final = 2 * CLIP_BYTES
"""Texts that take more than this are not even compiled: the compiler has a limit of its own."""

_ROOM: Final = {LEAVE_URL: 90, PREFERENCES_URL: 90, ADDRESS_H: 260, READER: 24}
"""What the values of the merge fields take at most, in bytes, but for odd addresses; links without
the address of the site: a path of 13 and a token of 72 for the highest reader there can be."""

_ESCAPED: Final = tuple((sign, len(html.escape(sign))) for sign in "&<>\"'")

_TAGS: Final = {
    Trim.DECODER: 34,
    Trim.DEEP_DIVE: 24,
    Trim.TAKEAWAY: 240,
    Trim.WHY_IT_MATTERS: 57,
    Trim.HEADLINE: 14,
    Trim.STORY: 165,
}
"""About what the markup around one text takes, in bytes: it only makes the guesses better."""

_GUESSES: Final = 6
"""After so many guesses the number of steps is found by halving."""

_AT_DEPTH: Final = {
    Depth.HEADLINES: (Trim.HEADLINE, Trim.STORY),
    Depth.BRIEF: (Trim.TAKEAWAY, Trim.WHY_IT_MATTERS, Trim.HEADLINE, Trim.STORY),
    Depth.DEEP: tuple(Trim),
    Depth.WHOLE: tuple(Trim),
}


@dataclass(frozen=True)
class Step:
    """One part of one story that can go: whose, and about how many bytes it is worth."""

    trim: Trim
    section: int
    place: int
    title: str
    n_bytes: int


def merged_bytes(markup: str, base_url: str) -> int:
    """Return the most bytes that finished HTML takes once its merge fields are filled in.

    `base_url` is where the readers' own links lead.
    """
    more = 0
    for name, room in _ROOM.items():
        field = f"{{{{{name}}}}}"
        site = len(base_url) if name in {LEAVE_URL, PREFERENCES_URL} else 0
        more += markup.count(field) * (site + room - len(field))
    return len(markup.encode()) + more


def least_bytes(edition: EditionView) -> int:
    """Return the bytes of the stories' texts and addresses in HTML, without any markup."""
    texts = (
        text
        for section in edition.sections
        for story in section.stories
        for text in (*story.texts(), story.href, story.read_url)
    )
    all_text = "".join(texts)
    # As long as `html.escape` would make it, without making it.
    return len(all_text.encode()) + sum(all_text.count(sign) * (n - 1) for sign, n in _ESCAPED)


def steps_of(facts: EditionFacts) -> tuple[Step, ...]:
    """Return all that this edition can give up, in the order in which it does."""
    stories = [
        (place, section, story)
        for section, each in enumerate(facts.sections)
        for place, story in enumerate(each.stories)
    ]
    stories.sort(key=lambda found: found[:2], reverse=True)
    steps = tuple(
        Step(trim, section, place, story.title, _worth(parts, _TAGS[trim]))
        for trim in _AT_DEPTH[facts.depth]
        for place, section, story in stories
        if (parts := _parts(story, trim, facts.depth))
    )
    return steps[:-1]  # the first story of all stays: an edition without one is never sent


def trims_of(steps: Sequence[Step]) -> dict[tuple[int, int], set[Trim]]:
    """Return what each story gives up, by the indexes of its section and of itself in it."""
    trims: dict[tuple[int, int], set[Trim]] = {}
    for step in steps:
        trims.setdefault((step.section, step.place), set()).add(step.trim)
    return trims


def to_trimmed(steps: Sequence[Step]) -> tuple[Trimmed, ...]:
    """Return the steps as people see them: one entry per part, titles in reading order."""
    found = {
        trim: sorted(
            (step for step in steps if step.trim is trim),
            key=lambda step: (step.section, step.place),
        )
        for trim in Trim
    }
    return tuple(
        Trimmed(trim, tuple(step.title for step in taken)) for trim, taken in found.items() if taken
    )


def fewest(n_bytes_after: Callable[[int], int], steps: Sequence[Step], n_over: int) -> int:
    """Return how many steps it takes for `n_bytes_after(n)` to be at most `CLIP_BYTES`: no more.

    `n_over` is by how many bytes no step at all is too large. Return all steps when not even they
    are enough. Each try is guessed from what the one before it measured; guesses that do not close
    in are given up.
    """
    too_few, enough = 0, len(steps)
    probe, n_tries = _forward(steps, 0, n_over), 0
    while enough - too_few > 1:
        if n_tries >= _GUESSES:
            probe = (too_few + enough) // 2
        probe = min(max(probe, too_few + 1), enough - 1)
        n_over, n_tries = n_bytes_after(probe) - CLIP_BYTES, n_tries + 1
        if n_over <= 0:
            enough, probe = probe, _back(steps, probe, -n_over)
        else:
            too_few, probe = probe, _forward(steps, probe, n_over)
    return enough


def _forward(steps: Sequence[Step], start: int, n_over: int) -> int:
    """Return how many steps it seems to take, `start` of them done, to save so many more bytes."""
    n = start
    while n < len(steps) and n_over > 0:
        n_over -= steps[n].n_bytes
        n += 1
    return n


def _back(steps: Sequence[Step], start: int, n_spare: int) -> int:
    """Return the most steps that seem too few, when `start` save so many bytes more than needed."""
    n = start - 1
    while n > 0 and n_spare >= steps[n].n_bytes:
        n_spare -= steps[n].n_bytes
        n -= 1
    return n


def _parts(story: StoryFacts, trim: Trim, depth: Depth) -> tuple[str, ...]:
    """Return the texts that go with this step, after all before it have been taken."""
    match trim:
        case Trim.DECODER:
            parts = tuple(text for one in story.decoder for text in (one.term, one.definition))
        case Trim.DEEP_DIVE:
            parts = story.deep_dive
        case Trim.TAKEAWAY:
            parts = (story.takeaway,)
        case Trim.WHY_IT_MATTERS:
            parts = (story.why_it_matters,)
        case Trim.HEADLINE:
            parts = (story.summary, "" if depth is Depth.HEADLINES else story.what)
        case Trim.STORY:
            parts = (story.title, story.label, story.url, story.read_url)
    return tuple(part for part in parts if part)


def _worth(parts: Sequence[str], n_tags: int) -> int:
    return sum(len(html.escape(part).encode()) + n_tags for part in parts)
