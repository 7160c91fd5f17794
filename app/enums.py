"""The states and kinds of the glossary: the same word in a table, a class, a URL and a log."""

from enum import StrEnum


class Depth(StrEnum):
    """How much of each story a reader gets; each holds all of the one before.

    `deep` has the first of a story's bullets and terms, `whole` all of them.
    """

    HEADLINES = "headlines"
    BRIEF = "brief"
    DEEP = "deep"
    WHOLE = "whole"


class Trim(StrEnum):
    """What an edition too long for a mail gives up, in this order, from the last stories up.

    `headline` leaves a story nothing but that; `story` leaves it out, counted and linked.
    """

    DECODER = "decoder"
    DEEP_DIVE = "deep_dive"
    TAKEAWAY = "takeaway"
    WHY_IT_MATTERS = "why_it_matters"
    HEADLINE = "headline"
    STORY = "story"


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
    """queued → leased → done; held until the canary before it was judged."""

    HELD = "held"
    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"


class BatchOrigin(StrEnum):
    """Where the readers of a Batch come from; `resent` and `again` are what a person asked for.

    Who is `resent` to got nothing, who gets it `again` has it, who was `added` joined too late.
    """

    LAUNCH = "launch"
    REFUSED = "refused"
    DOUBT = "doubt"
    RESENT = "resent"
    AGAIN = "again"
    ADDED = "added"


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


class Cause(StrEnum):
    """Whose doing it is that a mail came back, or is put off.

    `ours`: authentication, reputation, rate (`transports.answers`).
    """

    OURS = "ours"
    MAILBOX = "mailbox"
    CONTENT = "content"
    HELD_BACK = "held_back"


class LetterKind(StrEnum):
    """Mails to one person outside any Issue."""

    CONFIRMATION = "confirmation"
    TEST = "test"
    PREFERENCES_LINK = "preferences_link"
    NEW_ADDRESS = "new_address"
    PROBE = "probe"
    WELCOME = "welcome"
    SIGN_IN = "sign_in"
    SUNSET = "sunset"


class AskKind(StrEnum):
    """What anybody may ask for an address without showing that it is theirs."""

    SIGN_UP = "sign_up"
    PREFERENCES_LINK = "preferences_link"
    SIGN_IN = "sign_in"


class ConsentStep(StrEnum):
    """What a reader did, or an editor for them, that says what they may be sent."""

    SIGNED_UP = "signed_up"
    CONFIRMED = "confirmed"
    ADDED = "added"
    CHANGED = "changed"
    LEFT = "left"
    ERASED = "erased"
    CAME_BACK = "came_back"
    MOVED = "moved"


class ConsentSource(StrEnum):
    """Where a step of consent came from.

    `mailbox` is a mailbox's own leave button, `mail` a mail to our address for that.
    """

    PAGE = "page"
    EMBED = "embed"
    API = "api"
    IMPORT = "import"
    EDITOR = "editor"
    MAILBOX = "mailbox"
    MAIL = "mail"


class SuppressionReason(StrEnum):
    """Why an address must not be written to."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    SOFT_BOUNCES = "soft_bounces"
    MANUAL = "manual"


class Scope(StrEnum):
    """What an API key or a person may do: the rights, of which `admin` holds all others.

    `people` is what is personal: to see a reader needs it, to change one needs it beside `edit`.
    """

    READ = "read"
    PEOPLE = "people"
    EDIT = "edit"
    SEND = "send"
    ADMIN = "admin"


class DayOutcome(StrEnum):
    """What became of a day of the schedule."""

    LAUNCHED = "launched"
    SKIPPED = "skipped"
    STALE = "stale"


class EventKind(StrEnum):
    """What an Event tells of one message; the words are the same for every provider.

    `received` is of a mail that came to us; all others are of mails that we sent.
    """

    SENT = "sent"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REJECTED = "rejected"
    NOT_RENDERED = "not_rendered"
    OPENED = "opened"
    CLICKED = "clicked"
    SUBSCRIPTION = "subscription"
    RECEIVED = "received"
    UNKNOWN = "unknown"


class EventState(StrEnum):
    """new → applied, or waiting for its Delivery first; the others end it too.

    A foreign one is about mail of another installation, or to somebody else than our reader.
    """

    NEW = "new"
    WAITING = "waiting"
    APPLIED = "applied"
    IGNORED = "ignored"
    UNREADABLE = "unreadable"
    FOREIGN = "foreign"


class InDoubtPolicy(StrEnum):
    """What becomes of readers in doubt when no Event stream can settle it."""

    HOLD = "hold"
    RESEND = "resend"


class LinkOutcome(StrEnum):
    """The result of checking a link; see `issues.links.look`."""

    FINE = "fine"
    GONE = "gone"
    REFUSED = "refused"
    FAILING = "failing"
    UNREACHABLE = "unreachable"
    LOOPING = "looping"
    PRIVATE = "private"
    NOT_CHECKED = "not_checked"


class Tracking(StrEnum):
    """How a publication follows the links of its mails: not at all, in sums, or for each reader."""

    OFF = "off"
    COUNTS = "counts"
    PER_READER = "per_reader"


class LinkKind(StrEnum):
    """What a tracked link leads to; `pixel` leads nowhere and is the image that counts opens.

    `story` is the title's link, `reading` leads to a story's own page, `issue` to all of the day,
    `within` is a link in the texts of a story, of which one may have several.
    """

    STORY = "story"
    READING = "reading"
    ISSUE = "issue"
    SPONSOR = "sponsor"
    PIXEL = "pixel"
    WITHIN = "within"


class Severity(StrEnum):
    """How much a finding weighs: one that blocks must be mended before approval."""

    BLOCKS = "blocks"
    WARNS = "warns"


class ImportState(StrEnum):
    """uploading → reading → ready → adding → done; failed when the file cannot be read."""

    UPLOADING = "uploading"
    READING = "reading"
    READY = "ready"
    ADDING = "adding"
    DONE = "done"
    FAILED = "failed"
