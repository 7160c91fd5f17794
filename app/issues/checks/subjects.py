"""Subject and preheader: how long they are, and whether they say something new."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from app.issues.checks.facts import IssueFacts, Lines
from app.issues.checks.finding import Finding, warns
from app.issues.checks.repeats import title_key
from app.rendering.lines import PREHEADER_CHARS, SUBJECT_CHARS, one_line

SHORT_PREHEADER: Final = 20
"""A shorter preheader leaves room that mail programs fill with the first words of the mail."""

_BY_HAND: Final = "Mend the template that makes it, or write one by hand."


def subject_and_preheader(facts: IssueFacts) -> Iterator[Finding]:
    """Check what the editor wrote by hand, and what templates make where nobody did."""
    for lines in facts.lines():
        yield from _subject(lines, facts.earlier_subjects)
        yield from _preheader(lines)


def _subject(lines: Lines, earlier: Mapping[str, date]) -> Iterator[Finding]:
    subject = one_line(lines.subject)
    if len(subject) > SUBJECT_CHARS:
        yield warns(
            "long_subject",
            f"The subject has {len(subject)} characters; most inboxes cut it off after "
            f"{SUBJECT_CHARS}.",
            "Shorten it, or say what matters first.",
            lines.subject_place,
            concerns=subject,
        )
    if subject and (day := earlier.get(title_key(subject))):
        yield warns(
            "repeated_subject",
            f"The issue of {day} had this subject already; mail programs put the two into one "
            "conversation.",
            _BY_HAND if lines.makes_subject else "Say what is new today.",
            lines.subject_place,
            concerns=subject,
        )


def _preheader(lines: Lines) -> Iterator[Finding]:
    preheader, place = one_line(lines.preheader), lines.preheader_place
    if len(preheader) > PREHEADER_CHARS:
        yield warns(
            "long_preheader",
            f"The preheader has {len(preheader)} characters; no inbox shows more than "
            f"{PREHEADER_CHARS}.",
            "Shorten it.",
            place,
            concerns=preheader,
        )
    if preheader and len(preheader) < SHORT_PREHEADER:
        yield warns(
            "short_preheader",
            f"The preheader has {len(preheader)} characters; inboxes fill the room beside it with "
            "the first words of the mail.",
            _BY_HAND
            if lines.makes_preheader
            else f"Write {SHORT_PREHEADER} characters or more, or leave it empty: then it is made "
            "from the headlines.",
            place,
            concerns=preheader,
        )
    if preheader and title_key(preheader) == title_key(one_line(lines.subject)):
        yield warns(
            "preheader_repeats_subject",
            "The preheader says the same as the subject.",
            _BY_HAND if lines.makes_preheader else "Say something else in it, or leave it empty.",
            place,
            concerns=preheader,
        )
