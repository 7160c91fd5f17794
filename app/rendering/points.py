"""Points: how many bullets and terms of a story its mail shows; the rest is on its page."""

from dataclasses import replace
from typing import Final

from app.enums import Depth
from app.rendering.inputs import EditionFacts, Section, StoryFacts

SHOWN_BULLETS: Final = 3
"""The first of them say what a story is about; what follows is read on its page."""

WHOLE_BULLETS: Final = 5
"""As many are shown whole: a link to one or two more would be a poor deal."""

SHOWN_TERMS: Final = 2


def with_few_points(facts: EditionFacts) -> EditionFacts:
    """Return the edition with the first points of each story, and how many more there are.

    An edition that shows all of them, or none for its depth, is returned as it is; one that was cut
    already stays as it was cut.
    """
    if facts.shows_all_points or facts.depth is not Depth.DEEP:
        return facts
    return replace(facts, sections=tuple(_fewer(section) for section in facts.sections))


def _fewer(section: Section) -> Section:
    return replace(section, stories=tuple(_first_points(story) for story in section.stories))


def _first_points(story: StoryFacts) -> StoryFacts:
    n_bullets, n_terms = len(story.deep_dive), len(story.decoder)
    n_shown = n_bullets if n_bullets <= WHOLE_BULLETS else SHOWN_BULLETS
    if n_shown == n_bullets and n_terms <= SHOWN_TERMS:
        return story
    return replace(
        story,
        deep_dive=story.deep_dive[:n_shown],
        decoder=story.decoder[:SHOWN_TERMS],
        n_more_bullets=story.n_more_bullets + n_bullets - n_shown,
        n_more_terms=story.n_more_terms + max(0, n_terms - SHOWN_TERMS),
    )
