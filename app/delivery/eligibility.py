"""Eligibility: who may be written to, and why somebody may not.

This is the one home of that rule, in the three forms in which it is asked: as SQL text for the
large statements, as expressions for the rest, and as the rule for letters. A test compares them
for every state of a reader, and fails where the rule is written down a second time.

The SQL text is about `subscribers s`, and takes the instant as `:now`.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.delivery.receptions import WhyNot
from app.enums import LetterKind, SubscriberState
from app.models import Subscriber, Suppression


def suppressed_sql(address_hmac: str) -> str:
    """Write the condition that an address is suppressed, given as a column or `:parameter`."""
    return f"EXISTS (SELECT FROM suppressions x WHERE x.address_hmac = {address_hmac})"


_SUPPRESSED: Final = suppressed_sql("s.address_hmac")
_PAUSED: Final = "coalesce(s.paused_until > :now, false)"
_SILENT: Final = "s.silent_at IS NOT NULL"

MAY_BE_WRITTEN_TO: Final = (
    f"s.state = 'active' AND s.silent_at IS NULL AND NOT {_PAUSED} AND NOT {_SUPPRESSED}"
)
"""The condition under which a reader gets an issue at all."""

IS_DUE: Final = f"{MAY_BE_WRITTEN_TO} AND s.follows & :mask <> 0"
"""The condition under which a reader gets something of an issue with the categories of `:mask`."""

WHY_NOT: Final = f"""
    CASE WHEN s.state <> 'active' THEN s.state
         WHEN {_SUPPRESSED} THEN 'suppressed'
         WHEN {_SILENT} THEN 'silent'
         WHEN {_PAUSED} THEN 'paused' END
"""
"""Why a reader may not be written to, as a word of `WhyNot`; NULL for who may."""


def is_paused(now: datetime) -> ColumnElement[bool]:
    """Ask whether the Subscriber wants no issue until later than `now`; never NULL."""
    return func.coalesce(Subscriber.paused_until > now, False)  # SQL's false


def wants_no_issue(now: datetime) -> ColumnElement[bool]:
    """Ask whether the Subscriber is paused: by themselves until later, or since they are silent."""
    return or_(is_paused(now), Subscriber.silent_at.is_not(None))


def is_suppressed(
    address_hmac: InstrumentedAttribute[bytes] | bytes = Subscriber.address_hmac,
) -> ColumnElement[bool]:
    """Ask whether an address is suppressed: the Subscriber's, unless another is given."""
    return exists().where(Suppression.address_hmac == address_hmac)


def count_suppressed(session: Session, address_hmacs: Collection[bytes]) -> int:
    """Return how many of these addresses are suppressed."""
    among = Suppression.address_hmac.in_(address_hmacs)
    return session.scalar(select(func.count()).select_from(Suppression).where(among)) or 0


def may_be_written_to(now: datetime) -> ColumnElement[bool]:
    """Ask whether the Subscriber gets an issue at all."""
    return and_(
        Subscriber.state == SubscriberState.ACTIVE,
        Subscriber.silent_at.is_(None),
        ~is_paused(now),
        ~is_suppressed(),
    )


def is_due(mask: int, now: datetime) -> ColumnElement[bool]:
    """Ask whether the Subscriber gets something of an issue with these categories."""
    return and_(may_be_written_to(now), Subscriber.follows.bitwise_and(mask) != 0)


def reads_nothing_of(mask: int, now: datetime) -> ColumnElement[bool]:
    """Ask whether the Subscriber may be written to, but follows none of these categories."""
    return and_(may_be_written_to(now), Subscriber.follows.bitwise_and(mask) == 0)


def why_not(now: datetime) -> ColumnElement[str | None]:
    """Return why the Subscriber may not be written to, as a word of `WhyNot`; NULL for who may."""
    return case(
        (Subscriber.state != SubscriberState.ACTIVE, cast(Subscriber.state, String)),
        (is_suppressed(), WhyNot.SUPPRESSED.value),
        (Subscriber.silent_at.is_not(None), WhyNot.SILENT.value),
        (is_paused(now), WhyNot.PAUSED.value),
        else_=None,
    )


def pauses(reader: Subscriber, now: datetime) -> bool:
    """Return whether this reader wants no issue until later than `now`."""
    return reader.paused_until is not None and reader.paused_until > now


_LETTERS_FOR: Final = {
    LetterKind.CONFIRMATION: SubscriberState.PENDING,
    LetterKind.WELCOME: SubscriberState.ACTIVE,
    LetterKind.SUNSET: SubscriberState.ACTIVE,
}
"""Letters that only readers in one state get."""

_NOT_IN_A_PAUSE: Final = (LetterKind.WELCOME, LetterKind.SUNSET)


def why_no_letter(
    kind: LetterKind, state: SubscriberState, *, suppressed: bool, paused: bool
) -> str | None:
    """Return why a reader in this state gets no Letter of this kind; None for who gets it.

    A pause is about issues: Letters are what a reader asked for, but for the welcome, which brings
    the stories of an issue, and for what asks whether they want issues.
    """
    if suppressed:
        return WhyNot.SUPPRESSED
    wanted = _LETTERS_FOR.get(kind, state)
    if state is not wanted:
        return state.value
    return WhyNot.PAUSED if paused and kind in _NOT_IN_A_PAUSE else None
