"""Whether every story says what it has to say, and all that was loaded has found its place."""

from collections.abc import Iterator
from typing import Final

from app.characters import cut
from app.issues.checks.facts import CheckedLine, CheckedStory, IssueFacts
from app.issues.checks.finding import Finding, Location, blocks, warns
from app.story_fields import NEEDED, StoryField, missing_fields

_UNQUOTED: Final = frozenset({"category", "summary"})
"""Fields whose mark is an ordinary word."""
_SHOWN: Final = 80
_MEND: Final = (
    "Place it in a story, or drop it: devoured unplaced, POST or DELETE /v1/issues/{id}/unplaced/…"
)


def complete_stories(facts: IssueFacts) -> Iterator[Finding]:
    """Check for no story at all, stories that were cut off, and fields that every story needs."""
    if not facts.stories:
        yield blocks("no_stories", "The issue has no story.", "Add a story, or load a digest.")
    for story in facts.stories:
        missing = missing_fields(story, story.category)
        if {one.name for one in NEEDED} - {one.name for one in missing} <= {"category"}:
            yield blocks(
                "incomplete_story",
                f"“{story.title}” has a title and little else: it seems to have been cut off.",
                "Complete the story, or drop it.",
                story.place(),
            )
        else:
            yield from (_missing(story, one) for one in missing)


def links_of_stories(facts: IssueFacts) -> Iterator[Finding]:
    """Find stories whose title leads to a reading page that says no more than the mail."""
    for story in facts.stories:
        if not story.url and not story.article:
            yield warns(
                "missing_link",
                f"“{story.title}” has no link and no article, so its title leads nowhere new.",
                "Give it the address of its source, or waive this.",
                story.place("url"),
                concerns=story.title,
            )


def _missing(story: CheckedStory, one: StoryField) -> Finding:
    mark = one.mark.lower() if one.name in _UNQUOTED else f"“{one.mark}”"
    return blocks(
        "missing_field",
        f"“{story.title}” has no {mark}.",
        "Fill it in, or drop the story.",
        story.place(one.name),
    )


def nothing_unplaced(facts: IssueFacts) -> Iterator[Finding]:
    """Find lines of the digest that no field took; the first ones, and how many more."""
    for line in facts.unplaced:
        yield blocks("unplaced_line", _detail(line), _MEND, Location(field=f"unplaced/{line.id}"))
    if n_more := facts.n_unplaced - len(facts.unplaced):
        detail = f"{n_more:,} more lines found no place."
        yield blocks("unplaced_line", detail, _MEND, Location(field="unplaced"))


def _detail(line: CheckedLine) -> str:
    text = line.text.strip()
    excerpt = text if len(text) <= _SHOWN else f"{cut(text, _SHOWN)}…"
    where = f" (in “{line.after}”)" if line.after else ""
    because = f": {line.reason}" if line.reason else ""
    return f"Line {line.line}{where} found no place, “{excerpt}”{because}."
