"""Whether every story says what it has to say, and all that was loaded has found its place."""

from collections.abc import Iterator
from typing import Final

from app.characters import cut
from app.content.reasons import sentence_of
from app.issues.checks.facts import CheckedLine, CheckedStory, IssueFacts
from app.issues.checks.finding import Finding, Location, blocks, warns
from app.sentences import N_, Sentence, counted
from app.story_fields import NEEDED, StoryField, missing_fields

_UNQUOTED: Final = {
    "category": N_("“%(title)s” has no category."),
    "summary": N_("“%(title)s” has no summary."),
}
"""Fields whose mark is an ordinary word."""
_QUOTED: Final = N_("“%(title)s” has no “%(field)s”.")
_SHOWN: Final = 80
_MEND: Final = Sentence("Place it in a story, or drop it.")


def complete_stories(facts: IssueFacts) -> Iterator[Finding]:
    """Check for no story at all, stories that were cut off, and fields that every story needs."""
    if not facts.stories:
        mend = Sentence("Add a story, or load a digest.")
        yield blocks("no_stories", Sentence("The issue has no story."), mend)
    for story in facts.stories:
        missing = missing_fields(story, story.category)
        if {one.name for one in NEEDED} - {one.name for one in missing} <= {"category"}:
            yield blocks(
                "incomplete_story",
                Sentence(
                    "“%(title)s” has a title and little else: it seems to have been cut off.",
                    title=story.title,
                ),
                Sentence("Complete the story, or drop it."),
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
                Sentence(
                    "“%(title)s” has no link and no article, so its title leads nowhere new.",
                    title=story.title,
                ),
                Sentence("Give it the address of its source, or waive this."),
                story.place("url"),
                concerns=story.title,
            )


def images_of_stories(facts: IssueFacts) -> Iterator[Finding]:
    """Find images that are not stored here, and those of which nobody said what they show.

    Source: WCAG 2.2, success criterion 1.1.1.
    """
    for story in facts.stories:
        if story.image and story.image not in facts.images:
            yield blocks(
                "unknown_image",
                Sentence("The image of “%(title)s” is not stored here.", title=story.title),
                Sentence("Upload it, or take it out."),
                story.place("image"),
            )
        elif story.image and not story.image_alt:
            yield blocks(
                "image_without_text",
                Sentence("Nobody said what the image of “%(title)s” shows.", title=story.title),
                Sentence("Say it in a sentence: who sees no image reads that instead."),
                story.place("image_alt"),
            )


def _missing(story: CheckedStory, one: StoryField) -> Finding:
    sentence = _UNQUOTED.get(one.name, _QUOTED)
    values = {} if one.name in _UNQUOTED else {"field": Sentence(one.mark)}
    return blocks(
        "missing_field",
        Sentence(sentence, title=story.title, **values),
        Sentence("Fill it in, or drop the story."),
        story.place(one.name),
    )


def nothing_unplaced(facts: IssueFacts) -> Iterator[Finding]:
    """Find lines of the digest that no field took; the first ones, and how many more."""
    for line in facts.unplaced:
        yield blocks("unplaced_line", _detail(line), _MEND, Location(field=f"unplaced/{line.id}"))
    if n_more := facts.n_unplaced - len(facts.unplaced):
        detail = counted(
            "One more line found no place.", "%(n)s more lines found no place.", n_more
        )
        yield blocks("unplaced_line", detail, _MEND, Location(field="unplaced"))


def _detail(line: CheckedLine) -> Sentence:
    text = line.text.strip()
    excerpt = text if len(text) <= _SHOWN else f"{cut(text, _SHOWN)}…"
    values = {"line": str(line.line), "text": excerpt}
    reason = sentence_of(line.reason)
    match bool(line.after), bool(line.reason):
        case True, True:
            form = N_("Line %(line)s (in “%(story)s”) found no place, “%(text)s”: %(reason)s.")
            return Sentence(form, **values, story=line.after, reason=reason)
        case True, False:
            form = N_("Line %(line)s (in “%(story)s”) found no place, “%(text)s”.")
            return Sentence(form, **values, story=line.after)
        case False, True:
            form = N_("Line %(line)s found no place, “%(text)s”: %(reason)s.")
            return Sentence(form, **values, reason=reason)
        case _:
            return Sentence("Line %(line)s found no place, “%(text)s”.", **values)
