"""A parsed digest before it is stored: plain frozen values."""

import re
from dataclasses import dataclass
from datetime import date

from app.story_fields import WholeStory, missing_fields

_MINUTES = re.compile(r"(\d{1,3})\s*[- ]?min(?:ute)?s?\b", re.IGNORECASE)


@dataclass(frozen=True)
class StoryDraft(WholeStory):
    """One story as an editor wrote it.

    `category` is the heading as written (`AI`); empty where the story was cut off before it.
    `article` may hold several paragraphs, divided by blank lines; every other text is one line.
    The parsers give back stories in the form of `normal.normal` and within the bounds of `limits`.
    """

    @property
    def incomplete(self) -> bool:
        """Return whether a field that every story needs is missing."""
        return bool(missing_fields(self, self.category))

    @property
    def minutes(self) -> int | None:
        """Return the reading time in the label, in minutes; None for `GitHub Repo` and such."""
        return minutes_of(self.label)


@dataclass(frozen=True)
class Sponsor:
    """Who pays for an issue: a name, one paragraph, and an address; only the text is needed."""

    text: str
    label: str = ""
    url: str = ""


@dataclass(frozen=True)
class Unplaced:
    """A line that no field took, with its number in the input, from 1.

    `reason` says in words why it found no place, `after` is the title of the story in which it
    stood, `field` that of its fields which was read last; each is empty where nothing tells.
    """

    line: int
    text: str
    reason: str = ""
    after: str = ""
    field: str = ""


@dataclass(frozen=True)
class Digest:
    """The stories of one input, in its order, and what could not be placed.

    `lead` is the place of its lead story among them, from 0; None where none says that it leads.
    The rest is set where the form can say it (Markdown, JSON) and the editor did: the day, the
    issue's own texts (`limits.ISSUE_TEXTS`), the sponsor.
    """

    stories: tuple[StoryDraft, ...]
    unplaced: tuple[Unplaced, ...] = ()
    lead: int | None = None
    issued_on: date | None = None
    subject: str = ""
    preheader: str = ""
    opening: str = ""
    sign_off: str = ""
    sponsor: Sponsor | None = None


def lead_of(digest: Digest) -> StoryDraft | None:
    """Return the lead story of a digest; None where no story says that it leads."""
    return None if digest.lead is None else digest.stories[digest.lead]


def sponsor_of(stored: dict[str, str] | None) -> Sponsor | None:
    """Return the stored sponsor of an Issue; None where it names none of its own."""
    return Sponsor(**stored) if stored and stored["text"] else None


def minutes_of(label: str) -> int | None:
    """Return the minutes in a label such as `7 minute read`, or None."""
    found = _MINUTES.search(label)
    return int(found.group(1)) if found else None
