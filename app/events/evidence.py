"""Evidence: what Events prove of one mail, the same in any order and however often they come.

Every Event is a standing that the mail has had; the ledger keeps the strongest of them all. That
is the maximum of a total order, so it is the same however often and in whatever order they come,
and Events that come before the provider's own answer give the same row as those after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from app.enums import Cause, ConsentSource, DeliveryState, EventKind, SuppressionReason
from app.events.payload import NOT_SPAM, PERMANENT, UNSUBSCRIBED, HeardEvent
from app.transports.answers import NOT_THE_MAILBOX

_RANKS: Final = {
    DeliveryState.ACCEPTED: 1,
    DeliveryState.DELIVERED: 3,
    DeliveryState.COMPLAINED: 6,
}
_LATEST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one mail, and by which message at the provider.

    `event_at` is None while only our own side or the provider's answer told it. `cause` is whose
    doing a bounce is.
    """

    state: DeliveryState
    reason: str | None = None
    provider_id: str | None = None
    event_at: datetime | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an Event means for the person beyond this one mail.

    `note` is of the suppression, or without one of how they left, which is by `source`. `address`
    is what the mail went to, case-folded, where the Event says it: the person may be erased by now,
    or have moved to another.
    """

    leave: bool = False
    suppress: SuppressionReason | None = None
    note: str = ""
    source: ConsentSource = ConsentSource.MAILBOX
    address: str | None = field(default=None, repr=False)


NOTHING: Final = Consequence()


def proven_by(event: HeardEvent) -> Evidence:
    """Return the standing that an Event proves: at least that the provider accepted the mail."""
    state, reason = _state(event)
    answer = event.answer if event.kind is EventKind.BOUNCED else None
    cause = None if answer is None else answer.cause
    return Evidence(state, reason, event.provider_id, event.happened_at, cause)


def strongest(standings: Iterable[Evidence]) -> Evidence:
    """Return the standing that the ledger keeps; there must be at least one.

    The higher rank wins; among equals what an Event reported, then the earliest, then the smallest
    reason, provider's id and cause.
    """
    return min(standings, key=_place)


def rank(standing: Evidence) -> int:
    """Return how much is known: 0 nothing that proves acceptance, 6 a complaint.

    A soft bounce is below a delivery: SES reports an automatic answer of somebody who is away as a
    `Transient/General` bounce of a mail that was delivered, and on holiday nobody bounces. Source:
    SES developer guide, "Receiving Amazon SES notifications" (out-of-the-office messages).
    """
    if standing.state is DeliveryState.BOUNCED:
        return 5 if is_permanent(standing) else 2
    if standing.state is DeliveryState.FAILED:
        return 0 if standing.provider_id is None else 4
    return _RANKS.get(standing.state, 0)


def is_permanent(standing: Evidence) -> bool:
    """Return whether this is a bounce after which writing again is no use."""
    return (standing.reason or "").startswith(PERMANENT)


def consequence_of(event: HeardEvent) -> Consequence:
    """Return whether this Event alone makes the reader leave or suppresses the address.

    What SES itself held back (its own suppression lists) is suppressed here too, so that it is not
    tried again; `deliveries.cause` tells it from a bounce that harms our reputation. What a
    provider has against us or against the text, says nothing of the mailbox.
    """
    if event.kind is EventKind.COMPLAINED and event.subtype != NOT_SPAM:
        return Consequence(
            leave=True,
            suppress=SuppressionReason.COMPLAINT,
            note=event.subtype,
            address=event.recipient,
        )
    if event.kind is not EventKind.BOUNCED or not event.subtype.startswith(PERMANENT):
        return NOTHING
    if event.answer is not None and event.answer.cause in NOT_THE_MAILBOX:
        return NOTHING
    if event.subtype == UNSUBSCRIBED:
        return Consequence(leave=True)
    return Consequence(
        suppress=SuppressionReason.HARD_BOUNCE, note=event.subtype, address=event.recipient
    )


def _state(event: HeardEvent) -> tuple[DeliveryState, str | None]:
    match event.kind:
        case EventKind.DELIVERED:
            return DeliveryState.DELIVERED, None
        case EventKind.BOUNCED:
            return DeliveryState.BOUNCED, _bounced(event)
        case EventKind.COMPLAINED if event.subtype == NOT_SPAM:
            return DeliveryState.DELIVERED, None
        case EventKind.COMPLAINED:
            return DeliveryState.COMPLAINED, event.subtype or None
        case EventKind.REJECTED | EventKind.NOT_RENDERED:
            return DeliveryState.FAILED, event.subtype or event.kind.value
        case _:
            return DeliveryState.ACCEPTED, None


def _bounced(event: HeardEvent) -> str:
    """Return SES's word, and the provider's code where the mailbox is not at fault."""
    if event.answer is None or event.answer.cause not in NOT_THE_MAILBOX:
        return event.subtype
    return f"{event.subtype} {event.answer.code}".rstrip()


def _place(standing: Evidence) -> tuple[int, datetime, str, str, str]:
    return (
        -rank(standing),
        standing.event_at or _LATEST,
        standing.reason or "",
        standing.provider_id or "",
        standing.cause or "",
    )
