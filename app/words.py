"""The states and kinds of the glossary: the same word in a table, a class, a URL and a log."""

from enum import StrEnum


class Depth(StrEnum):
    """How much of each story a reader gets; each holds all of the one before."""

    HEADLINES = "headlines"
    BRIEF = "brief"
    DEEP = "deep"


class SubscriberState(StrEnum):
    """pending → active → left; erased ends every one of them."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    ERASED = "erased"


class IssueState(StrEnum):
    """draft → approved → scheduled → sending → sent; paused and cancelled beside them."""

    DRAFT = "draft"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


class EditionState(StrEnum):
    """An Edition is written down at launch and rendered by a worker."""

    PENDING = "pending"
    RENDERED = "rendered"
    FAILED = "failed"


class BatchState(StrEnum):
    """queued → leased → done."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"


class CallState(StrEnum):
    """open → closed, or in_doubt when nobody can tell what became of it."""

    OPEN = "open"
    CLOSED = "closed"
    IN_DOUBT = "in_doubt"


class DeliveryState(StrEnum):
    """What became of one Issue for one Subscriber, or of one Letter.

    `queued` and `sending` stand in Batches and open Calls, never in a Delivery's row; a Letter
    has a row from the start and goes through them all.
    """

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    IN_DOUBT = "in_doubt"
    FAILED = "failed"
    SKIPPED = "skipped"


class LetterKind(StrEnum):
    """Mails to one person outside any Issue."""

    CONFIRMATION = "confirmation"
    TEST = "test"


class SuppressionReason(StrEnum):
    """Why an address must not be written to."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    SOFT_BOUNCES = "soft_bounces"
    MANUAL = "manual"


class Scope(StrEnum):
    """What an API key may do; `admin` holds all others."""

    READ = "read"
    EDIT = "edit"
    SEND = "send"
    ADMIN = "admin"


class DayOutcome(StrEnum):
    """What became of a day of the schedule."""

    LAUNCHED = "launched"
    SKIPPED = "skipped"
    STALE = "stale"
