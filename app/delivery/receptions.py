"""Where a reader of an Issue is, what they have of it, and why they have not, each in words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


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

    The first five are why they may not be written to at all (`delivery.eligibility`); those that
    end in `_then` held when the Issue was launched.
    """

    PENDING = "pending"
    LEFT = "left"
    ERASED = "erased"
    SUPPRESSED = "suppressed"
    PAUSED = "paused"
    NOTHING_TO_READ = "nothing_to_read"
    HAS_IT = "has_it"
    JOINED_LATER = "joined_later"
    PENDING_THEN = "pending_then"
    LEFT_THEN = "left_then"
    NOTHING_TO_READ_THEN = "nothing_to_read_then"
    NOT_DUE_THEN = "not_due_then"
    NOT_WRONG = "not_wrong"
    NOT_AT_DEPTH = "not_at_depth"
    DRAFT = "draft"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    ISSUE_PAUSED = "issue_paused"
    ACCOUNT_PAUSED = "account_paused"
    CANCELLED = "cancelled"
    RENDERING = "rendering"
    NOT_RENDERED = "not_rendered"
    CANARY = "canary"
    WAVE = "wave"
    NEXT_TRY = "next_try"
    NEXT = "next"
    IN_FLIGHT = "in_flight"
    IN_DOUBT = "in_doubt"
    BOUNCED = "bounced"
    REFUSED = "refused"
    FORGOTTEN = "forgotten"


WORDS: Final = {
    WhyNot.PENDING: "They have not confirmed their address.",
    WhyNot.LEFT: "They left{at}.",
    WhyNot.ERASED: "They were erased.",
    WhyNot.SUPPRESSED: "Their address is suppressed{since}{because}.",
    WhyNot.PAUSED: "They want no issues{until}.",
    WhyNot.NOTHING_TO_READ: "They follow none of its categories.",
    WhyNot.HAS_IT: "Their mailbox got it as that of another reader, who has given it up since.",
    WhyNot.JOINED_LATER: "They joined{at}, after it was launched.",
    WhyNot.PENDING_THEN: "They had not confirmed their address when it was launched.",
    WhyNot.LEFT_THEN: "They had left when it was launched.",
    WhyNot.NOTHING_TO_READ_THEN: "They followed none of its categories when it was launched.",
    WhyNot.NOT_DUE_THEN: "They were not among its readers when it was launched: they wanted no "
    "issues then, or their address was suppressed. Nothing says so any more.",
    WhyNot.NOT_WRONG: "They did not get the text that it corrects.",
    WhyNot.NOT_AT_DEPTH: "What it corrects is not shown at the depth that they read.",
    WhyNot.DRAFT: "The issue is a draft.",
    WhyNot.APPROVED: "The issue is approved and waits for its time.",
    WhyNot.SCHEDULED: "It goes out{at}.",
    WhyNot.ISSUE_PAUSED: "The issue is paused{because}.",
    WhyNot.ACCOUNT_PAUSED: "The account is paused{until}{because}.",
    WhyNot.CANCELLED: "The issue was cancelled{at}.",
    WhyNot.RENDERING: "Their edition is being rendered.",
    WhyNot.NOT_RENDERED: "Their edition could not be rendered{because}.",
    WhyNot.CANARY: "It is held until the canary was judged{until}.",
    WhyNot.WAVE: "It is due{at}, at their own hour.",
    WhyNot.NEXT_TRY: "It was refused for now; the next try is due{at}.",
    WhyNot.NEXT: "It is their turn: a worker takes them next.",
    WhyNot.IN_FLIGHT: "They are being written to{since}.",
    WhyNot.IN_DOUBT: "Nobody can tell whether they got it{because}: a call to them was lost{at}.",
    WhyNot.BOUNCED: "It came back{at}{because}.",
    WhyNot.REFUSED: "The provider refused it for good{at}{because}.",
    WhyNot.FORGOTTEN: "The issue is so old that only its counts were kept.",
}
"""The sentence of each; what is in braces is left out where it is not known."""


@dataclass(frozen=True)
class Reason:
    """Why not, with what its sentence needs: `because` is somebody else's words."""

    why: WhyNot
    at: datetime | None = None
    until: datetime | None = None
    because: str | None = None

    @property
    def words(self) -> str:
        """Return the sentence, in English; instants are UTC."""
        because = f": {self.because.rstrip('.')}" if self.because else ""
        return WORDS[self.why].format(
            at=f" on {format_instant(self.at)}" if self.at else "",
            since=f" since {format_instant(self.at)}" if self.at else "",
            until=f" until {format_instant(self.until)}" if self.until else "",
            because=because,
        )


def format_instant(at: datetime) -> str:
    """Return an instant as it stands in a sentence."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
