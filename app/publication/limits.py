"""The limits of the publication's and a category's fields, whoever changes them.

The API's schema takes its numbers from here. Templates of lines and time zones have modules of
their own (`line_templates`, `zones`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.characters import LINE, TEXT, cut
from app.errors import FieldError, InvalidInput
from app.sentences import N_, Sentence
from app.story_fields import MAX_CATEGORY
from app.warning_codes import WarningCode
from app.written import MAX_SIGN_OFF, MAX_TEXT, sentence_about, text_faults

MAX_NAME: Final = MAX_CATEGORY
MAX_LINE: Final = 200

LANGUAGE: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
"""Source: RFC 5646 2.1, as far as a publication needs it."""

SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TEMPLATE: Final = r"^([a-z0-9][a-z0-9_-]*)?$"
COLOUR: Final = r"^#[0-9A-Fa-f]{6}$"

NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "late_seconds": (0, 7 * 24 * 3600),
    "brake_after": (1, 1_000_000_000),
    "bounce_limit": (0, 1),
    "complaint_limit": (0, 1),
    "soft_bounce_limit": (1, 100),
    "soft_bounce_days": (1, 365),
    "position": (1, 1000),
    "weekday": (1, 7),
}
"""The least and the most of each number."""

_TEXTS: Final[Mapping[str, tuple[str, int, int]]] = {
    "name": (LINE, 1, MAX_NAME),
    "tagline": (LINE, 0, MAX_LINE),
    "from_address": (LINE, 1, MAX_LINE),
    "reply_to": (LINE, 0, MAX_LINE),
    "postal_address": (TEXT, 0, MAX_TEXT),
    "sign_off": (LINE, 0, MAX_SIGN_OFF),
    "subject_template": (LINE, 0, MAX_LINE),
    "preheader_template": (LINE, 0, MAX_LINE),
}
"""What each text may hold, and its least and most characters."""

_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "language": (LANGUAGE, N_("is no language; write it as in en or de-AT")),
    "slug": (SLUG, N_("is no slug; write it as in ai or data-science")),
    "template": (TEMPLATE, N_("is no name of a template; write it as in default")),
    "accent": (COLOUR, N_("is no colour; write it as in #5B3FD6")),
    "accent_dark": (COLOUR, N_("is no colour; write it as in #5B3FD6")),
}
"""What each word has to look like."""


def check_limits(fields: Mapping[str, Any]) -> None:
    """Raise InvalidInput naming each of these fields that is out of bounds; None is not asked."""
    wrong = [
        FieldError(f"/{name}", fault)
        for name, value in fields.items()
        if value is not None
        for fault in _faults(name, value)
    ]
    if wrong:
        raise InvalidInput(sentence_about(wrong[0].pointer.removeprefix("/"), wrong[0]), wrong)


def _faults(name: str, value: Any) -> Iterator[str]:
    if name in _TEXTS:
        pattern, least, most = _TEXTS[name]
        yield from text_faults(value, least=least, most=most, pattern=pattern)
    if name in _FORMS and (len(value) > MAX_NAME or not re.fullmatch(_FORMS[name][0], value)):
        text = f"“{cut(value, MAX_NAME)}”"
        yield Sentence("%(text)s %(fault)s", text=text, fault=Sentence(_FORMS[name][1]))
    if name in NUMBERS:
        least, most = NUMBERS[name]
        if not least <= value <= most:  # said so that NaN is refused too
            yield Sentence("must be between %(n_least)s and %(n_most)s", n_least=least, n_most=most)
    if name == "unwanted_warnings":
        codes = set(WarningCode)
        yield from (
            Sentence("“%(code)s” is no code of a warning", code=cut(one, MAX_NAME))
            for one in value
            if one not in codes
        )
    if name == "weekdays":
        least, most = NUMBERS["weekday"]
        if not all(least <= day <= most for day in value):
            yield Sentence("are ISO numbers: 1 is Monday, 7 is Sunday")
        if len(set(value)) < len(value):
            yield Sentence("must not say a day twice")
