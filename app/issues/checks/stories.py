"""Whether every story says what a story has to say."""

from collections.abc import Iterator
from typing import Final

from app.issues.checks.facts import CheckedStory, IssueFacts
from app.issues.checks.finding import Finding, blocks, warns

_NEEDED: Final = {
    "category": "category",
    "summary": "summary",
    "what": "“What”",
    "why_it_matters": "“Why it matters”",
}
_TEXTS: Final = [name for name in _NEEDED if name != "category"]


def complete_stories(facts: IssueFacts) -> Iterator[Finding]:
    """No story at all, stories that were cut off, and fields that every story needs."""
    if not facts.stories:
        yield blocks("no_stories", "The issue has no story.", "Add a story, or load a digest.")
    for story in facts.stories:
        missing = [name for name in _NEEDED if not getattr(story, name)]
        if missing == list(_NEEDED) or missing == _TEXTS:
            yield blocks(
                "incomplete_story",
                f"“{story.title}” has a title and little else: it seems to have been cut off.",
                "Complete the story, or drop it.",
                story.place(),
            )
        else:
            yield from (_missing(story, name) for name in missing)


def links_of_stories(facts: IssueFacts) -> Iterator[Finding]:
    """Stories whose title leads to a reading page with nothing more than the mail says."""
    for story in facts.stories:
        if not story.url and not story.article:
            yield warns(
                "missing_link",
                f"“{story.title}” has no link and no article, so its title leads nowhere new.",
                "Give it the address of its source, or waive this.",
                story.place("url"),
                concerns=story.title,
            )


def _missing(story: CheckedStory, name: str) -> Finding:
    return blocks(
        "missing_field",
        f"“{story.title}” has no {_NEEDED[name]}.",
        f"Fill in {name}, or drop the story.",
        story.place(name),
    )
