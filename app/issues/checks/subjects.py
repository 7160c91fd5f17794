"""Subject and preheader: how long they are, and whether they say something new."""

from collections.abc import Iterator
from typing import Final

from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding, Place, warns
from app.issues.checks.repeats import title_key
from app.rendering.lines import PREHEADER_CHARS, SUBJECT_CHARS, one_line

SHORT_PREHEADER: Final = 20
"""A shorter preheader leaves room that mail programs fill with the first words of the mail."""

_SUBJECT: Final = Place(field="subject")
_PREHEADER: Final = Place(field="preheader")


def subject_and_preheader(facts: IssueFacts) -> Iterator[Finding]:
    """What the editor wrote by hand; what is made from the headlines keeps to the limits."""
    subject, preheader = one_line(facts.subject), one_line(facts.preheader)
    if len(subject) > SUBJECT_CHARS:
        yield warns(
            "long_subject",
            f"The subject has {len(subject)} characters; most inboxes cut it off after "
            f"{SUBJECT_CHARS}.",
            "Shorten it, or say what matters first.",
            _SUBJECT,
            concerns=subject,
        )
    if len(preheader) > PREHEADER_CHARS:
        yield warns(
            "long_preheader",
            f"The preheader has {len(preheader)} characters; no inbox shows more than "
            f"{PREHEADER_CHARS}.",
            "Shorten it.",
            _PREHEADER,
            concerns=preheader,
        )
    if preheader and len(preheader) < SHORT_PREHEADER:
        yield warns(
            "short_preheader",
            f"The preheader has {len(preheader)} characters; inboxes fill the room beside it with "
            "the first words of the mail.",
            f"Write {SHORT_PREHEADER} characters or more, or leave it empty: then it is made from "
            "the headlines.",
            _PREHEADER,
            concerns=preheader,
        )
    if preheader and title_key(preheader) == title_key(subject):
        yield warns(
            "preheader_repeats_subject",
            "The preheader says the same as the subject.",
            "Say something else in it, or leave it empty.",
            _PREHEADER,
            concerns=preheader,
        )
    if subject and (day := facts.earlier_subjects.get(title_key(subject))):
        yield warns(
            "repeated_subject",
            f"The issue of {day} had this subject already; mail programs put the two into one "
            "conversation.",
            "Say what is new today.",
            _SUBJECT,
            concerns=subject,
        )
