"""The same link or title twice, in this Issue or in one of the last days."""

import re
from collections.abc import Iterator
from typing import Final

from app.issues.checks.canonical import canonical
from app.issues.checks.facts import CheckedStory, IssueFacts
from app.issues.checks.finding import Finding, warns
from app.sentences import Sentence

REPEAT_DAYS: Final = 14
"""For so many days before an Issue's own, a story counts as told already."""

_NOT_WORDS: Final = re.compile(r"[\W_]+")
_MEND: Final = Sentence("Drop one of the two, or waive this if both are meant.")


def title_key(title: str) -> str:
    """Return what is compared of a title: its words, without case and the signs between them."""
    return _NOT_WORDS.sub(" ", title.casefold()).strip()


def repeats_within(facts: IssueFacts) -> Iterator[Finding]:
    """Find stories of the Issue that share a link or a title with one before them."""
    links: dict[str, CheckedStory] = {}
    titles: dict[str, CheckedStory] = {}
    for story in facts.stories:
        link, title = canonical(story.url), title_key(story.title)
        if link and (first := links.setdefault(link, story)) is not story:
            yield warns(
                "repeated_link",
                Sentence(
                    "“%(title)s” links to the same page as story %(position)s.",
                    title=story.title,
                    position=first.position,
                ),
                _MEND,
                story.place("url"),
                concerns=f"{link}\0{first.id}",
            )
        elif title and (first := titles.setdefault(title, story)) is not story:
            yield warns(
                "repeated_title",
                Sentence(
                    "“%(title)s” has the same title as story %(position)s.",
                    title=story.title,
                    position=first.position,
                ),
                _MEND,
                story.place("title"),
                concerns=f"{title}\0{first.id}",
            )


def repeats_of_earlier(facts: IssueFacts) -> Iterator[Finding]:
    """Find stories whose link or title was in another Issue of the last days."""
    links = {canonical(earlier.url): earlier for earlier in facts.earlier if earlier.url}
    titles = {key: earlier for earlier in facts.earlier if (key := title_key(earlier.title))}
    for story in facts.stories:
        link, title = canonical(story.url), title_key(story.title)
        by_link = links.get(link) if link else None
        if earlier := by_link or titles.get(title):
            yield warns(
                "told_before",
                Sentence(
                    "“%(title)s” was in issue %(issue)s of %(day)s already.",
                    title=story.title,
                    issue=earlier.issue_id,
                    day=earlier.issued_on,
                ),
                Sentence("Drop it, or waive this if there is something new in it."),
                story.place("url" if by_link else "title"),
                concerns=f"{link}\0{title}\0{earlier.issue_id}",
            )
