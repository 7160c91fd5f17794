"""Phrases that filters and readers take for spam: a short list of our own, with reasons.

They only warn. Filters of today weigh reputation far more than words, but a subject that shouts
costs trust all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding, Place, warns
from app.rendering.lines import SUBJECT_CHARS, one_line, shortened

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
    _phrase(r"!{2,}|\?!|!\?", "more than one exclamation mark reads as shouting"),
    _phrase(r"[$€£]{2,}", "strings of currency signs mark advance-fee and get-rich mail"),
    _phrase(r"\b(?:act|buy|order|call) now\b", "it presses for haste, as advertising does"),
    _phrase(r"\bclick (?:here|below)\b", "it does not say where a link leads, as phishing does"),
    _phrase(
        r"\b(?:limited time|expires (?:today|soon)|last chance|urgent(?:ly)?)\b",
        "it presses for haste, as advertising and phishing do",
    ),
    _phrase(
        r"\b(?:100% free|risk[- ]free|no obligation|money[- ]back)\b",
        "it promises that there is no catch, which only advertising does",
    ),
    _phrase(
        r"\b(?:you(?:'ve| have|’ve) won|winner|congratulations|claim your)\b",
        "it tells of a prize, as lottery mail does",
    ),
    _phrase(
        r"\b(?:earn|make) (?:money|cash|\$\d+)|\bextra (?:cash|income)\b|\bget rich\b",
        "it promises an income, as get-rich mail does",
    ),
    _phrase(
        r"\b(?:verify|confirm|update) your (?:account|password|identity)\b",
        "it asks for credentials in so many words, as phishing does",
    ),
    _phrase(r"^\s*(?:re|fwd?)\s*:", "it feigns a conversation that there was not"),
)


def spam_phrases(facts: IssueFacts) -> Iterator[Finding]:
    """Phrases in subject, preheader and titles; loud capitals in the subject."""
    for place, text in _lines(facts):
        for phrase in PHRASES:
            if found := phrase.pattern.search(text):
                yield warns(
                    "spam_phrase",
                    f"“{found[0].strip()}”: {phrase.because}.",
                    "Say it in other words, or waive this if the story is about just that.",
                    place,
                    concerns=text,
                )
    place, subject = _subject(facts)
    letters = [char for char in subject if char.isalpha()]
    if len(letters) >= _LOUD_LETTERS and _share_upper(letters) > _LOUD_SHARE:
        yield warns(
            "loud_subject",
            "The subject is mostly in capitals, which reads as shouting.",
            "Write it in sentence case.",
            place,
            concerns=subject,
        )


def _lines(facts: IssueFacts) -> Iterator[tuple[Place, str]]:
    yield Place(field="subject"), facts.subject
    yield Place(field="preheader"), facts.preheader
    yield from ((story.place("title"), story.title) for story in facts.stories)


def _subject(facts: IssueFacts) -> tuple[Place, str]:
    """The subject and where it can be changed: without one of its own, in the first title."""
    if facts.subject or not facts.stories:
        return Place(field="subject"), facts.subject
    return facts.stories[0].place("title"), shortened(
        one_line(facts.stories[0].title), SUBJECT_CHARS
    )


def _share_upper(letters: list[str]) -> float:
    return sum(char.isupper() for char in letters) / len(letters)
