"""Phrases that filters and readers take for spam: a short list of our own, with reasons.

They only warn. Filters of today weigh reputation far more than words, but a subject that shouts
costs trust all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.issues.checks.facts import CheckedStory, IssueFacts, Lines
from app.issues.checks.finding import Finding, Location, warns
from app.rendering.lines import SUBJECT_CHARS, one_line, shortened
from app.sentences import N_, Sentence

_LOUD_LETTERS: Final = 12
_LOUD_SHARE: Final = 0.7


@dataclass(frozen=True)
class Phrase:
    """What is looked for, and why it is better said otherwise."""

    pattern: re.Pattern[str]
    because: str


def _phrase(pattern: str, because: str, flags: int = re.IGNORECASE) -> Phrase:
    return Phrase(re.compile(pattern, flags), because)


PHRASES: Final = (
    _phrase(r"!{2,}|\?!|!\?", N_("more than one exclamation mark reads as shouting")),
    _phrase(r"[$€£]{2,}", N_("strings of currency signs mark advance-fee and get-rich mail")),
    _phrase(r"\b(?:act|buy|order|call) now\b", N_("it presses for haste, as advertising does")),
    _phrase(
        r"\bclick (?:here|below)\b", N_("it does not say where a link leads, as phishing does")
    ),
    _phrase(
        r"\b(?:limited time|expires (?:today|soon)|last chance|urgent(?:ly)?)\b",
        N_("it presses for haste, as advertising and phishing do"),
    ),
    _phrase(
        r"\b(?:100% free|risk[- ]free|no obligation|money[- ]back)\b",
        N_("it promises that there is no catch, which only advertising does"),
    ),
    _phrase(
        r"\b(?:you(?:'ve| have|’ve) won|winner|congratulations|claim your)\b",
        N_("it tells of a prize, as lottery mail does"),
    ),
    _phrase(
        r"\b(?:earn|make) (?:money|cash|\$\d+)|\bextra (?:cash|income)\b|\bget rich\b",
        N_("it promises an income, as get-rich mail does"),
    ),
    _phrase(
        r"\b(?:verify|confirm|update) your (?:account|password|identity)\b",
        N_("it asks for credentials in so many words, as phishing does"),
    ),
    _phrase(r"^\s*(?:re|fwd?)\s*:", N_("it feigns a conversation that there was not")),
)


def spam_phrases(facts: IssueFacts) -> Iterator[Finding]:
    """Find spam phrases in subject, preheader and titles, and a subject in capitals."""
    titles = [story.title for story in facts.stories]
    for place, text, is_made in _lines(facts):
        for phrase in PHRASES:
            # What a template took over from a title is told of the title.
            if is_made and any(map(phrase.pattern.search, titles)):
                continue
            if found := phrase.pattern.search(text):
                yield warns(
                    "spam_phrase",
                    Sentence(
                        "“%(words)s”: %(reason)s.",
                        words=found[0].strip(),
                        reason=Sentence(phrase.because),
                    ),
                    Sentence(
                        "Say it in other words, or waive this if the story is about just that."
                    ),
                    place,
                    concerns=text,
                )
    for place, subject in _subjects(facts):
        yield warns(
            "loud_subject",
            Sentence("The subject is mostly in capitals, which reads as shouting."),
            Sentence("Write it as a sentence, with capitals only where they belong."),
            place,
            concerns=subject,
        )


def _lines(facts: IssueFacts) -> Iterator[tuple[Location, str, bool]]:
    """Yield where each line can be changed, what it says, and whether a template made it."""
    for lines in facts.lines():
        yield lines.subject_place, lines.subject, lines.makes_subject
        yield lines.preheader_place, lines.preheader, lines.makes_preheader
    yield from ((story.place("title"), story.title, False) for story in facts.stories)


def _subjects(facts: IssueFacts) -> Iterator[tuple[Location, str]]:
    """Yield the loud subjects; a made one is fixed in the title that makes it loud."""
    for lines in facts.lines():
        loud = [story for story in facts.stories if lines.makes_subject and _shouts(story, lines)]
        if loud:
            yield loud[0].place("title"), _in_a_subject(loud[0])
        elif _loud(lines.subject):
            yield lines.subject_place, lines.subject


def _shouts(story: CheckedStory, lines: Lines) -> bool:
    """Return whether it is this story's title that is loud in the subject."""
    title = _in_a_subject(story)
    return _loud(title) and title in lines.subject


def _in_a_subject(story: CheckedStory) -> str:
    return shortened(one_line(story.title), SUBJECT_CHARS)


def _loud(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    n_upper = sum(char.isupper() for char in letters)
    return len(letters) >= _LOUD_LETTERS and n_upper > _LOUD_SHARE * len(letters)
