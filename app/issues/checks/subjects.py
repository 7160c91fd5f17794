"""Subject and preheader: how long they are, and whether they say something new."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from app.issues.checks.facts import IssueFacts, Lines
from app.issues.checks.finding import Finding, warns
from app.issues.checks.repeats import title_key
from app.rendering.lines import PREHEADER_CHARS, SUBJECT_CHARS, one_line
from app.sentences import Sentence, counted

SHORT_PREHEADER: Final = 20
"""A shorter preheader leaves room that mail programs fill with the first words of the mail."""

_BY_HAND: Final = Sentence("Mend the template that makes it, or write one by hand.")
_LONGER: Final = Sentence(
    "Write %(n)s characters or more, or leave it empty: then it is made from the headlines.",
    n=SHORT_PREHEADER,
)
_OTHERWISE: Final = Sentence("Say something else in it, or leave it empty.")


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
            Sentence(
                "The subject has %(n)s characters; most inboxes cut it off after %(n_shown)s.",
                n=len(subject),
                n_shown=SUBJECT_CHARS,
            ),
            Sentence("Shorten it, or say what matters first."),
            lines.subject_place,
            concerns=subject,
        )
    if subject and (day := earlier.get(title_key(subject))):
        yield warns(
            "repeated_subject",
            Sentence(
                "The issue of %(day)s had this subject already; mail programs put the two into one"
                " conversation.",
                day=day,
            ),
            _BY_HAND if lines.makes_subject else Sentence("Say what is new today."),
            lines.subject_place,
            concerns=subject,
        )


def _preheader(lines: Lines) -> Iterator[Finding]:
    preheader, place = one_line(lines.preheader), lines.preheader_place
    if len(preheader) > PREHEADER_CHARS:
        yield warns(
            "long_preheader",
            Sentence(
                "The preheader has %(n)s characters; no inbox shows more than %(n_shown)s.",
                n=len(preheader),
                n_shown=PREHEADER_CHARS,
            ),
            Sentence("Shorten it."),
            place,
            concerns=preheader,
        )
    if preheader and len(preheader) < SHORT_PREHEADER:
        yield warns(
            "short_preheader",
            counted(
                "The preheader has one character; inboxes fill the room beside it with the first"
                " words of the mail.",
                "The preheader has %(n)s characters; inboxes fill the room beside it with the first"
                " words of the mail.",
                len(preheader),
            ),
            _BY_HAND if lines.makes_preheader else _LONGER,
            place,
            concerns=preheader,
        )
    if preheader and title_key(preheader) == title_key(one_line(lines.subject)):
        yield warns(
            "preheader_repeats_subject",
            Sentence("The preheader says the same as the subject."),
            _BY_HAND if lines.makes_preheader else _OTHERWISE,
            place,
            concerns=preheader,
        )
