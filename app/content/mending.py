"""What a person says of the lines of a digest that found no place, before it is loaded."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from app.content.drafts import Digest, StoryDraft, Unplaced
from app.content.limits import faults
from app.content.normal import normal
from app.content.placing import ADDED_TO, PlaceField, place


class Mend(StrEnum):
    """What becomes of a line: it begins a story, goes on in the story above it, or is dropped."""

    HEADING = "heading"
    ABOVE = "above"
    DROP = "drop"


def headings_of(mends: Mapping[int, Mend]) -> frozenset[int]:
    """Return the lines that begin a story, as `parse` asks for them."""
    return frozenset(line for line, mend in mends.items() if mend is Mend.HEADING)


def mended(digest: Digest, mends: Mapping[int, Mend]) -> Digest:
    """Return the digest with its unplaced lines added to the story above, or dropped, as said.

    A line that cannot be added, because the field would be out of bounds, stays unplaced.
    """
    stories, left = list(digest.stories), []
    for line in digest.unplaced:
        mend = mends.get(line.line)
        at = story_above(stories, line)
        longer = with_line(stories[at], line) if mend is Mend.ABOVE and at is not None else None
        if at is not None and longer is not None:
            stories[at] = longer
        elif mend is not Mend.DROP:
            left.append(line)
    return replace(digest, stories=tuple(stories), unplaced=tuple(left))


def story_above(stories: list[StoryDraft], line: Unplaced) -> int | None:
    """Return the place of the story in which a line stood; None where nothing tells just one."""
    titles = [at for at, story in enumerate(stories) if story.title == line.after]
    return titles[0] if line.field in ADDED_TO and len(titles) == 1 else None


def with_line(story: StoryDraft, line: Unplaced) -> StoryDraft | None:
    """Return the story with the line at the end of the field above it; None where that cannot be.

    A mark alone adds nothing.
    """
    longer = normal(place(story, PlaceField(line.field), line.text))
    return None if longer == normal(story) or any(faults(longer)) else longer
