"""Deferrals: how many mails of an Issue a mailbox provider put off, and whose doing that is.

They are told, and pause nothing: docs/adr/0067.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from app.delivery.brakes import count_written
from app.delivery.progress import settled_of
from app.delivery.providers import PROVIDER, shares_of_providers
from app.enums import Cause, DeliveryState
from app.models import Deferral, Delivery, Subscriber
from app.sentences import N_

WHY_PUT_OFF: Final = {
    Cause.OURS: N_("for what it has against us"),
    Cause.CONTENT: N_("for what the mails say"),
    Cause.MAILBOX: N_("for the mailbox or its server"),
    Cause.HELD_BACK: N_("by SES itself"),
}
"""Why a provider put mails off, behind how many."""

_A_HUNDRED: Final = 100
"""Of fewer readers at a provider a share says little."""

_WAITS: Final = func.coalesce(Delivery.state, DeliveryState.ACCEPTED) == DeliveryState.ACCEPTED
"""That nothing was heard of the mail since; its row may still be to come."""

_AND_ITS_DELIVERY: Final = and_(
    Delivery.issue_id == Deferral.issue_id, Delivery.subscriber_id == Deferral.subscriber_id
)


@dataclass(frozen=True)
class PutOff:
    """How many mails of an Issue one provider put off for one cause, and how many of them wait.

    `provider` is None for all that are none of the large ones; `reason` is the most frequent, in
    SES's word and the provider's code.
    """

    provider: str | None
    cause: Cause
    n: int
    n_waiting: int
    reason: str


def put_off_of(session: Session, issue_id: int) -> Sequence[PutOff]:
    """Return what was put off of an Issue, most first; empty for one so old that it is forgotten.

    It costs nothing while nothing was put off.
    """
    reason = func.mode().within_group(Deferral.reason)
    n, n_waiting = func.count(), func.count().filter(_WAITS)
    rows = session.execute(
        _of_issue(issue_id, PROVIDER, Deferral.cause, n, n_waiting, reason)
        .group_by(PROVIDER, Deferral.cause)
        .order_by(func.count().desc(), PROVIDER, Deferral.cause)
    )
    return [PutOff(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def shares_put_off(session: Session, issue_id: int) -> dict[str, float]:
    """Return which share of those written to each provider puts off just now for what is ours.

    It is of those large providers alone at which a hundred or more were written to, by a sample.
    """
    if not _is_any_ours(session, issue_id):
        return {}
    waiting = _n_waiting_for_ours(session, issue_id)
    if not waiting:
        return {}
    n_written = count_written(settled_of(session, issue_id))
    shares = shares_of_providers(session, issue_id)
    readers = {one: round(shares.get(one, 0.0) * n_written) for one in waiting}
    return {
        provider: min(1.0, n / readers[provider])
        for provider, n in waiting.items()
        if readers[provider] >= _A_HUNDRED
    }


def _of_issue(issue_id: int, *columns: Any) -> Select[Any]:
    """Return the query of what was put off of an Issue, beside its readers and the ledger."""
    reader = aliased(Subscriber, name="s")
    return (
        select(*columns)
        .select_from(Deferral)
        .join(reader, reader.id == Deferral.subscriber_id)
        .outerjoin(Delivery, and_(_AND_ITS_DELIVERY, Delivery.issue_id == issue_id))
        .where(Deferral.issue_id == issue_id)
    )


def _n_waiting_for_ours(session: Session, issue_id: int) -> dict[str, int]:
    """Return how many mails each large provider that puts any off for what is ours lets wait."""
    rows = session.execute(
        _of_issue(issue_id, PROVIDER, func.count())
        .where(Deferral.cause == Cause.OURS, _WAITS)
        .group_by(PROVIDER)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def _is_any_ours(session: Session, issue_id: int) -> bool:
    """Return whether any provider has put off a mail of the Issue for what is ours."""
    ours = select(Deferral.subscriber_id).where(
        Deferral.issue_id == issue_id, Deferral.cause == Cause.OURS
    )
    return session.scalar(ours.limit(1)) is not None
