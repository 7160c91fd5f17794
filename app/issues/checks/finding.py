"""A finding: what is wrong, where, how much it weighs, and a way to mend it."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from app.enums import Severity
from app.sentences import Sentence
from app.warning_codes import WarningCode

_ID_CHARS: Final = 16


@dataclass(frozen=True)
class Location:
    """Where a finding is: in a story, a category, the publication, or the Issue itself.

    `field` is as in the API: `summary`, `deep_dive/3`, `subject`, `accent`, `postal_address`.
    """

    story_id: int | None = None
    position: int | None = None
    category: str = ""
    field: str = ""
    of_publication: bool = False

    @property
    def pointer(self) -> str:
        """Return it as `/stories/41/summary`, `/categories/ai/accent` or `/subject`."""
        owner = ""
        if self.story_id is not None:
            owner = f"/stories/{self.story_id}"
        elif self.category:
            owner = f"/categories/{self.category}"
        elif self.of_publication:
            owner = "/publication"
        return owner + (f"/{self.field}" if self.field else "")


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    `detail` and `mend` are sentences for an editor, told in their language at the desk, so they
    speak of what is there and not of the API. `concerns` is the text that it is about: when
    that changes, it is another finding, with another `id`, and a waiver no longer covers it.
    """

    code: str
    severity: Severity
    detail: Sentence
    mend: Sentence
    place: Location = field(default_factory=Location)
    concerns: str = ""

    @cached_property
    def id(self) -> str:
        """Return 16 hex digits, the same as long as the text that it concerns is."""
        text = f"{self.code}\0{self.place.pointer}\0{self.concerns}"
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:_ID_CHARS]

    @property
    def blocks(self) -> bool:
        """Return whether the Issue cannot be approved with it."""
        return self.severity is Severity.BLOCKS


def blocks(code: str, detail: Sentence, mend: Sentence, place: Location | None = None) -> Finding:
    """Return a finding that must be fixed; it cannot be waived, so it concerns nothing."""
    return Finding(code, Severity.BLOCKS, detail, mend, place or Location())


def warns(
    code: str, detail: Sentence, mend: Sentence, place: Location | None = None, *, concerns: str
) -> Finding:
    """Return a finding that a person may waive for as long as `concerns` stays as it is."""
    return Finding(WarningCode(code), Severity.WARNS, detail, mend, place or Location(), concerns)
