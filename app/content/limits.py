"""The limits of a digest, the same for every form.

They are far above what an editor writes and low enough that no input can hurt the service. The
numbers are repeated in docs/digest-forms.md.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.content.drafts import Sponsor, StoryDraft
from app.image_names import is_image_name
from app.sentences import Sentence
from app.story_fields import (
    MAX_BULLETS,
    MAX_LABEL,
    MAX_TERM,
    STORY_FIELDS,
    FieldKind,
    StoryField,
    is_list,
)
from app.web_addresses import MAX_URL, is_web_address
from app.written import MAX_SIGN_OFF

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_LINES: Final = 50_000
MAX_STORIES: Final = 500
MAX_SUBJECT: Final = 200
MAX_PREHEADER: Final = 250
MAX_OPENING: Final = 1_000
MAX_SPONSOR: Final = 600
MAX_REASON: Final = 200

ISSUE_TEXTS: Final[Mapping[str, int]] = {
    "subject": MAX_SUBJECT,
    "preheader": MAX_PREHEADER,
    "opening": MAX_OPENING,
    "sign_off": MAX_SIGN_OFF,
}
"""What an issue says in words of its own, each one paragraph, and its most characters."""

# What no text holds: control characters but tab and newline, and halves of surrogate pairs.
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def issue_texts(said: object) -> dict[str, Any]:
    """Return what a digest, an Issue or front matter says in `ISSUE_TEXTS`, by name."""
    return {name: getattr(said, name) for name in ISSUE_TEXTS}


def story_count_fault(n: int) -> Sentence | None:
    """Return what is wrong with so many stories in one digest or issue; None if nothing is."""
    is_over = n > MAX_STORIES
    return Sentence("has more than %(n)s stories", n=MAX_STORIES) if is_over else None


def faults(story: StoryDraft) -> Iterator[tuple[str, str]]:
    """Yield what is out of bounds, as (path in the story, what is wrong).

    A path is a field's name, or `deep_dive/3` and `decoder/0/term`, counted from 0.
    """
    if not story.title:
        yield "title", Sentence("is needed")
    for one in STORY_FIELDS:
        value = getattr(story, one.name)
        if one.kind is FieldKind.ADDRESS and value and not is_web_address(value):
            yield one.name, Sentence("must be an http or https address")
        if one.kind is FieldKind.IMAGE and value and not is_image_name(value):
            yield one.name, Sentence("must be the name or the address of an uploaded image")
        if is_list(one) and len(value) > MAX_BULLETS:
            yield (
                one.name,
                Sentence("has %(n)s entries; at most %(n_most)s", n=len(value), n_most=MAX_BULLETS),
            )
    for one in STORY_FIELDS:
        for path, text, most in _texts(one, getattr(story, one.name)):
            yield from ((path, fault) for fault in text_faults(text, most))


def sponsor_faults(sponsor: Sponsor) -> Iterator[tuple[str, str]]:
    """Yield what is out of bounds in a sponsor, as (field, what is wrong)."""
    if not sponsor.text:
        yield "text", Sentence("is needed")
    if sponsor.url and not is_web_address(sponsor.url):
        yield "url", Sentence("must be an http or https address")
    for name, text, most in (
        ("text", sponsor.text, MAX_SPONSOR),
        ("label", sponsor.label, MAX_LABEL),
        ("url", sponsor.url, MAX_URL),
    ):
        yield from ((name, fault) for fault in text_faults(text, most))


def text_faults(text: str, most: int) -> Iterator[str]:
    """Yield what is wrong with one text of at most `most` characters."""
    if len(text) > most:
        yield Sentence("is %(n)s characters long; at most %(n_most)s", n=len(text), n_most=most)
    if found := CONTROL.search(text):
        yield Sentence("holds the control character U+%(code)s", code=f"{ord(found[0]):04X}")


def _texts(one: StoryField, value: Any) -> Iterator[tuple[str, str, int]]:
    """Yield each text of a field with its path and how long it may be."""
    match one.kind:
        case FieldKind.BULLETS:
            yield from ((f"{one.name}/{n}", text, one.most) for n, text in enumerate(value))
        case FieldKind.TERMS:
            for n, entry in enumerate(value):
                yield f"{one.name}/{n}/term", entry.term, MAX_TERM
                yield f"{one.name}/{n}/definition", entry.definition, one.most
        case _:
            yield one.name, value, one.most
