"""Where a reader of an Issue is, what they have of it, and why they have not, each in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.sentences import N_, Sentence


class ListedState(StrEnum):
    """Where a reader of an Issue is: as `DeliveryState`, and in full.

    Who is `queued` waits in a Batch, who is `sending` is in an open Call; who is `cancelled` gets
    nothing, because the Issue was.
    """

    QUEUED = "queued"
    SENDING = "sending"
    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    IN_DOUBT = "in_doubt"
    FAILED = "failed"
    SKIPPED = "skipped"


class Reception(StrEnum):
    """What a reader has of an Issue: they have it, wait for it, get nothing, or nobody can tell."""

    HAS = "has"
    WAITS = "waits"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


class WhyNot(StrEnum):
    """Why a reader has not got an Issue, or not yet.

    The first six are why they may not be written to at all (`delivery.eligibility`); those that
    end in `_then` held when the Issue was launched.
    """

    PENDING = "pending"
    LEFT = "left"
    ERASED = "erased"
    SUPPRESSED = "suppressed"
    SILENT = "silent"
    PAUSED = "paused"
    NOTHING_TO_READ = "nothing_to_read"
    WARM_UP = "warm_up"
    HAS_IT = "has_it"
    JOINED_LATER = "joined_later"
    PENDING_THEN = "pending_then"
    LEFT_THEN = "left_then"
    NOTHING_TO_READ_THEN = "nothing_to_read_then"
    WARM_UP_THEN = "warm_up_then"
    NOT_DUE_THEN = "not_due_then"
    NOT_WRONG = "not_wrong"
    NOT_AT_DEPTH = "not_at_depth"
    DRAFT = "draft"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    ISSUE_PAUSED = "issue_paused"
    ACCOUNT_PAUSED = "account_paused"
    UNREACHED = "unreached"
    CANCELLED = "cancelled"
    RENDERING = "rendering"
    NOT_RENDERED = "not_rendered"
    CANARY = "canary"
    WAVE = "wave"
    NEXT_TRY = "next_try"
    NEXT_DAY = "next_day"
    NEXT = "next"
    IN_FLIGHT = "in_flight"
    IN_DOUBT = "in_doubt"
    BOUNCED = "bounced"
    HELD_BACK = "held_back"
    REFUSES_US = "refuses_us"
    REFUSES_TEXT = "refuses_text"
    REFUSED = "refused"
    FORGOTTEN = "forgotten"


WORDS: Final = {
    WhyNot.PENDING: N_("They have not confirmed their address."),
    WhyNot.LEFT: N_("They left%(at)s."),
    WhyNot.ERASED: N_("They were erased."),
    WhyNot.SUPPRESSED: N_("Their address is suppressed%(since)s%(because)s."),
    WhyNot.SILENT: N_("They showed no sign for long, and did not answer when they were asked."),
    WhyNot.PAUSED: N_("They want no issues%(until)s."),
    WhyNot.NOTHING_TO_READ: N_("They follow none of its categories."),
    WhyNot.WARM_UP: N_(
        "The sending domain is being warmed up: the day's ceiling goes to readers with a newer"
        " sign of reading."
    ),
    WhyNot.HAS_IT: N_("Their mailbox got it as that of another reader, who has given it up since."),
    WhyNot.JOINED_LATER: N_("They joined%(at)s, after it was launched."),
    WhyNot.PENDING_THEN: N_("They had not confirmed their address when it was launched."),
    WhyNot.LEFT_THEN: N_("They had left when it was launched."),
    WhyNot.NOTHING_TO_READ_THEN: N_("They followed none of its categories when it was launched."),
    WhyNot.WARM_UP_THEN: N_(
        "They were not among its readers when it was launched: the sending domain was being warmed"
        " up and the day's ceiling went to readers with a newer sign of reading, or they wanted no"
        " issues then, or their address was suppressed."
    ),
    WhyNot.NOT_DUE_THEN: N_(
        "They were not among its readers when it was launched: they wanted no issues then, or their"
        " address was suppressed. Nothing says so any more."
    ),
    WhyNot.NOT_WRONG: N_("They did not get the text that it corrects."),
    WhyNot.NOT_AT_DEPTH: N_("What it corrects is not shown at the depth that they read."),
    WhyNot.DRAFT: N_("The issue is a draft."),
    WhyNot.APPROVED: N_("The issue is approved and waits for its time."),
    WhyNot.SCHEDULED: N_("It goes out%(at)s."),
    WhyNot.ISSUE_PAUSED: N_("The issue is paused%(because)s."),
    WhyNot.ACCOUNT_PAUSED: N_("The account is paused%(until)s%(because)s."),
    WhyNot.UNREACHED: N_("Nothing can be handed over%(since)s%(because)s."),
    WhyNot.CANCELLED: N_("The issue was cancelled%(at)s."),
    WhyNot.RENDERING: N_("Their edition is being rendered."),
    WhyNot.NOT_RENDERED: N_("Their edition could not be rendered%(because)s."),
    WhyNot.CANARY: N_("It is held until the canary was judged%(until)s."),
    WhyNot.WAVE: N_("It is due%(at)s, at their own hour."),
    WhyNot.NEXT_TRY: N_("It was refused for now; the next try is due%(at)s."),
    WhyNot.NEXT_DAY: N_(
        "The sending domain is being warmed up, and their day is over: they get it as soon as a day"
        " has room."
    ),
    WhyNot.NEXT: N_("It is their turn: a worker takes them next."),
    WhyNot.IN_FLIGHT: N_("They are being written to%(since)s."),
    WhyNot.IN_DOUBT: N_(
        "Nobody can tell whether they got it%(because)s: a call to them was lost%(at)s."
    ),
    WhyNot.BOUNCED: N_("It came back%(at)s%(because)s."),
    WhyNot.HELD_BACK: N_("SES itself held it back%(at)s and tried nothing%(because)s."),
    WhyNot.REFUSES_US: N_("Their mailbox's provider has something against us%(at)s%(because)s."),
    WhyNot.REFUSES_TEXT: N_("Their mailbox's provider refused what it says%(at)s%(because)s."),
    WhyNot.REFUSED: N_("The provider refused it for good%(at)s%(because)s."),
    WhyNot.FORGOTTEN: N_("The issue is so old that only its counts were kept."),
}
"""The sentence of each; what has a place is left out where it is not known."""

_ON: Final = N_(" on %(instant)s")
_SINCE: Final = N_(" since %(instant)s")
_UNTIL: Final = N_(" until %(instant)s")


@dataclass(frozen=True)
class Reason:
    """Why not, with what its sentence needs: `because` is somebody else's words."""

    why: WhyNot
    at: datetime | None = None
    until: datetime | None = None
    because: str | None = None

    @property
    def words(self) -> Sentence:
        """Return the sentence; instants are UTC."""
        because = Sentence(": %(why)s", why=self.because.rstrip(".")) if self.because else ""
        return Sentence(
            WORDS[self.why],
            at=when(self.at),
            since=_told(_SINCE, self.at),
            until=_told(_UNTIL, self.until),
            because=because,
        )


def when(at: datetime | None) -> str:
    """Return on what instant, as it stands behind the verb of a sentence; nothing for none."""
    return _told(_ON, at)


def _told(form: str, at: datetime | None) -> str:
    return Sentence(form, instant=format_instant(at)) if at else ""


def format_instant(at: datetime) -> str:
    """Return an instant as it stands in a sentence."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
