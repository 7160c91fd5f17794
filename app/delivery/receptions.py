"""The words for where a reader of an Issue is, what they have of it, and why they have not."""

from enum import StrEnum


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
