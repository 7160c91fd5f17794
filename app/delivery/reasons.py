"""Reasons in words: why a reader has not got an Issue, or not yet, as one sentence each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.delivery.receptions import WhyNot

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
