"""What Letters are made from: one shape per kind, most of them as `rendering.inputs` has them."""

from dataclasses import dataclass

from app.language import SOURCE
from app.rendering.inputs import (
    ConfirmationFacts,
    LinkFacts,
    PublicationFacts,
    SignInFacts,
    WelcomeFacts,
)
from app.rendering.our_words import Spoken


@dataclass(frozen=True)
class SunsetFacts(Spoken):
    """What the mail says to a reader of whom there was no sign for months.

    `until` is the day on which they are paused, in words. The links are the reader's own.
    """

    publication: PublicationFacts
    until: str
    stay_url: str
    leave_url: str
    preferences_url: str
    language: str = SOURCE


LetterFacts = ConfirmationFacts | LinkFacts | SignInFacts | WelcomeFacts | SunsetFacts
"""What a Letter is made from; one shape per kind."""
