"""Points: how many bullets and terms of a story its mail shows; the rest is on its page.

A reader at depth `whole` gets all of them (docs/adr/0051).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.enums import Depth
from app.rendering.inputs import EditionFacts, Section, StoryFacts


@dataclass(frozen=True)
class FirstOnly:
    """How many entries of a list are shown: the first `shown`, but up to `whole` all of them."""

    shown: int
    whole: int

    def of(self, n: int) -> int:
        """Return how many of `n` entries are shown."""
        return n if n <= self.whole else self.shown


BULLETS: Final = FirstOnly(shown=3, whole=5)
"""The first say what a story is about; a link to one or two more would be a poor deal."""

TERMS: Final = FirstOnly(shown=2, whole=2)


def first_only(depth: Depth, *, shows_all_points: bool) -> Mapping[str, FirstOnly]:
    """Return the lists of a story, by field, of which a mail may show the first entries only."""
    if shows_all_points or depth is not Depth.DEEP:
        return {}
    return {"deep_dive": BULLETS, "decoder": TERMS}


def with_few_points(facts: EditionFacts) -> EditionFacts:
    """Return the edition with the first points of each story, and how many more there are.

    An edition that shows all of them, or none for its depth, is returned as it is; one that was cut
    already stays as it was cut.
    """
    if not first_only(facts.depth, shows_all_points=facts.shows_all_points):
        return facts
    return replace(facts, sections=tuple(_fewer(section) for section in facts.sections))


def _fewer(section: Section) -> Section:
    return replace(section, stories=tuple(_first_points(story) for story in section.stories))


def _first_points(story: StoryFacts) -> StoryFacts:
    n_bullets, n_terms = BULLETS.of(len(story.deep_dive)), TERMS.of(len(story.decoder))
    if (n_bullets, n_terms) == (len(story.deep_dive), len(story.decoder)):
        return story
    return replace(
        story,
        deep_dive=story.deep_dive[:n_bullets],
        decoder=story.decoder[:n_terms],
        n_more_bullets=story.n_more_bullets + len(story.deep_dive) - n_bullets,
        n_more_terms=story.n_more_terms + len(story.decoder) - n_terms,
    )
