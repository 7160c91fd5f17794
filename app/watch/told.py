"""What is said of notices: in a mail, in a chat and to programs; in English, as logs are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from app.models import Notice
from app.watch.alerts import page_of, severity
from app.watch.notices import Way, sentence_of, told_at


class Change(StrEnum):
    """What there is to say of a notice: that it began, goes on after a day, or has ended."""

    BEGAN = "began"
    GOES_ON = "goes_on"
    ENDED = "ended"


@dataclass(frozen=True)
class Told:
    """A notice as it is told by one way, apart from the database."""

    id: int | None
    name: str
    about: str
    change: Change
    is_critical: bool
    sentence: str
    since: datetime
    ended_at: datetime | None
    page: str


_WORDS: Final = {
    Change.BEGAN: "",
    Change.GOES_ON: "Still: ",
    Change.ENDED: "Over: ",
}


def told_of(notice: Notice, way: Way) -> Told:
    """Return what is to be told of a notice by a way."""
    change = Change.GOES_ON if told_at(notice, way) else Change.BEGAN
    if notice.ended_at is not None:
        change = Change.ENDED
    return Told(
        notice.id,
        notice.name,
        notice.about,
        change,
        notice.is_critical,
        str(sentence_of(notice)),
        notice.since,
        notice.ended_at,
        page_of(notice.name),
    )


def trial(now: datetime) -> Told:
    """Return what is told to see whether a way works."""
    said = "This is a trial: so you will hear of it when something is wrong."
    page = "docs/watch.md"
    return Told(None, "DevouredTrial", "", Change.BEGAN, False, said, now, None, page)  # noqa: FBT003  # no critical one


def subject_of(told: Sequence[Told]) -> str:
    """Return the subject of a mail: the first that is critical, and how many more there are."""
    first = min(told, key=lambda one: (one.change is Change.ENDED, not one.is_critical))
    n = len(told) - 1
    more = f" (and {n} more)" if n else ""
    return f"[Devoured] {_WORDS[first.change]}{first.sentence}{more}"


def text_of(told: Sequence[Told], site: str) -> str:
    """Return lines that say what is wrong, since when, and where it says what to do."""
    parts = [_said(one) for one in told]
    return "\n\n".join([*parts, f"{site}/desk/watch"]) + "\n"


def as_json(told: Told) -> dict[str, Any]:
    """Return a notice as programs read it."""
    return {
        "id": told.id,
        "name": told.name,
        "about": told.about,
        "change": told.change.value,
        "severity": severity(is_critical=told.is_critical),
        "sentence": told.sentence,
        "since": told.since.isoformat(),
        "ended_at": told.ended_at and told.ended_at.isoformat(),
        "page": told.page,
    }


def _said(told: Told) -> str:
    when = f"since {_instant(told.since)}"
    if told.ended_at is not None:
        when = f"from {_instant(told.since)} to {_instant(told.ended_at)}"
    return f"{_WORDS[told.change]}{told.sentence}\n{told.name}, {when}: {told.page}"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
