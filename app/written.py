"""How long a text may be that a person writes beside a change: a reason, a note, a name.

The commands hold these limits, whoever calls them; the API's schema takes its numbers from here.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.characters import LINE
from app.errors import FieldError, InvalidInput
from app.sentences import N_, Sentence

MAX_REASON: Final = 200
"""Characters of a reason, for colleagues."""

MAX_NOTE: Final = 500
"""Characters of a note, for readers."""

NAMES: Final = (
    *(N_("Accent"), N_("Accent dark"), N_("Because"), N_("Bounce limit"), N_("Brake after")),
    *(N_("Complaint limit"), N_("Days"), N_("First"), N_("From address"), N_("Growth percent")),
    *(N_("Language"), N_("Late seconds"), N_("Name")),
    *(N_("Note"), N_("Opening"), N_("Position"), N_("Postal address"), N_("Preheader")),
    *(N_("Preheader template"), N_("Reply to"), N_("Slug"), N_("Soft bounce days")),
    *(
        N_("Sign off"),
        N_("Soft bounce limit"),
        N_("Subject"),
        N_("Subject template"),
        N_("Tagline"),
    ),
    *(N_("Template"), N_("Weekdays")),
)
"""What the fields are called in `sentence_about`, for who translates them."""

MAX_SIGN_OFF: Final = 400
"""Characters of an editor's last words in a mail."""

MAX_TEXT: Final = 1000
"""Characters of what may have several lines."""


def text_faults(text: str, *, least: int, most: int, pattern: str = LINE) -> Iterator[str]:
    """Yield what is wrong with a text of `least` to `most` characters that fits the pattern."""
    if len(text) < least:
        yield Sentence("is needed")
    if len(text) > most:
        yield Sentence("is %(n)s characters long; at most %(n_most)s", n=len(text), n_most=most)
    if not re.fullmatch(pattern, text):
        yield Sentence("holds a control character or a line break")


def check_written(
    name: str, text: str, *, most: int = MAX_REASON, least: int = 1, pattern: str = LINE
) -> None:
    """Raise InvalidInput naming the field `name` if its text is not as `text_faults` wants it."""
    wrong = [
        FieldError(f"/{name}", fault)
        for fault in text_faults(text, least=least, most=most, pattern=pattern)
    ]
    if wrong:
        raise InvalidInput(sentence_about(name, wrong[0]), wrong)


def sentence_about(name: str, wrong: FieldError) -> Sentence:
    """Return what is wrong with a field, as a whole sentence."""
    what = Sentence(name.replace("_", " ").capitalize())
    return Sentence("%(field)s %(fault)s.", field=what, fault=wrong.detail)
