"""Whether somebody reads what is sent, and whether something is sent to whoever reads."""

from collections.abc import Iterator
from typing import Final

from app.issues.checks.facts import CheckedCategory, IssueFacts
from app.issues.checks.finding import Finding, Location, blocks, warns
from app.models import CategoryState
from app.sentences import N_, Sentence, counted

CATEGORY_STATES: Final = {
    CategoryState.HIDDEN: Sentence(N_("hidden")),
    CategoryState.OPEN: Sentence(N_("open")),
    CategoryState.RETIRED: Sentence(N_("retired")),
}

ABOUT_READERS: Final = frozenset({"empty_category", "empty_cut", "category_without_readers"})
"""Codes of findings that are the same on most days, so that lists for people fold them."""


def homes_of_stories(facts: IssueFacts) -> Iterator[Finding]:
    """Find stories of another category in an Issue that is of one alone."""
    if not facts.category:
        return
    for story in facts.stories:
        if story.category and story.category != facts.category:
            yield blocks(
                "other_category",
                Sentence(
                    "“%(title)s” is of %(other)s, and the issue is of %(own)s alone.",
                    title=story.title,
                    other=story.category,
                    own=facts.category,
                ),
                Sentence("Move the story to that category's issue, or give it this category."),
                story.place("category"),
            )


def hidden_categories(facts: IssueFacts) -> Iterator[Finding]:
    """Find the hidden categories that the Issue has stories of: nothing goes out in them."""
    for category in _told_in(facts, CategoryState.HIDDEN):
        detail, mend, place = _closed(facts, category)
        yield blocks("hidden_category", detail, mend, place)


def retired_categories(facts: IssueFacts) -> Iterator[Finding]:
    """Find the retired categories that the Issue has stories of."""
    for category in _told_in(facts, CategoryState.RETIRED):
        detail, mend, place = _closed(facts, category)
        yield blocks("retired_category", detail, mend, place)


def _told_in(facts: IssueFacts, state: CategoryState) -> Iterator[CheckedCategory]:
    slugs = facts.slugs_with_stories() | {facts.category}
    return (one for one in facts.categories if one.slug in slugs and one.state is state)


def _closed(facts: IssueFacts, category: CheckedCategory) -> tuple[Sentence, Sentence, Location]:
    """Return the detail, the mend and the place of a finding about a category that is not open."""
    n = sum(story.category == category.slug for story in facts.stories)
    detail = counted(
        "One story is of %(category)s, which is %(state)s: nothing goes out in it.",
        "%(n)s stories are of %(category)s, which is %(state)s: nothing goes out in it.",
        n,
        category=category.name,
        state=CATEGORY_STATES[category.state],
    )
    mend = Sentence("Open the category in the settings, or give its stories another one.")
    return detail, mend, Location(category=category.slug, field="state")


def empty_categories(facts: IssueFacts) -> Iterator[Finding]:
    """Find categories that have readers and no story in a combined Issue."""
    if facts.category or not facts.stories:
        return
    with_stories = facts.slugs_with_stories()
    for category in facts.categories:
        is_missed = category.has_readers and category.state is CategoryState.OPEN
        if is_missed and category.slug not in with_stories:
            yield warns(
                "empty_category",
                Sentence(
                    "%(category)s has readers and no story in this issue.", category=category.name
                ),
                Sentence("Add a story of it, or waive this on a day without news."),
                Location(category=category.slug),
                concerns=category.slug,
            )


def unread_categories(facts: IssueFacts) -> Iterator[Finding]:
    """Find categories whose stories nobody reads, and an Issue that nobody reads."""
    if not facts.stories:
        return
    if not facts.has_readers:
        yield warns(
            "no_readers",
            Sentence(
                "Nobody who may be written to follows any of its categories: no mail would be sent."
            ),
            Sentence("See whether readers are confirmed, not paused, and follow these categories."),
            concerns=" ".join(sorted(facts.slugs_with_stories())),
        )
        return
    for category in facts.categories:
        if not category.has_readers and category.slug in facts.slugs_with_stories():
            yield warns(
                "category_without_readers",
                Sentence(
                    "Nobody who may be written to follows %(category)s.", category=category.name
                ),
                Sentence(
                    "Its stories are read on the web alone; give them a category with readers, or"
                    " waive this."
                ),
                Location(category=category.slug),
                concerns=category.slug,
            )


def empty_cuts(facts: IssueFacts) -> Iterator[Finding]:
    """Find readers whose cut of a combined Issue is empty, so that they get no mail."""
    if facts.leaves_readers_out and facts.has_readers and facts.stories and not facts.category:
        slugs = facts.slugs_with_stories()
        others = [c.name for c in facts.categories if c.has_readers and c.slug not in slugs]
        yield warns(
            "empty_cut",
            Sentence(
                "Readers who follow only %(categories)s have nothing to read in this issue, and"
                " get no mail.",
                categories=others,
            )
            if others
            else Sentence("Some readers have nothing to read in this issue, and get no mail."),
            Sentence("Add a story of theirs, or waive this."),
            concerns=" ".join(sorted(slugs)),
        )
