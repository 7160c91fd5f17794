"""Reach: that the provider cannot be reached, since when, and that it can again.

It is a Setback while it lasts. Nobody is given up for it: readers and Letters are tried again until
the provider answers (`delivery.record`, `delivery.letters`).
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.delivery.alone import forget_setbacks, note_setback
from app.enums import BatchState, DeliveryState, IssueState
from app.models import Batch, Call, Issue, Letter, Setback
from app.sentences import Sentence
from app.transports.base import Refused

UNREACHED: Final = "send: provider"
"""What the Setback is of."""

PAGE: Final = "docs/incidents.md#the-provider-cannot-be-reached"

_A_MOMENT: Final = timedelta(seconds=10)
"""So much later a Call has to end for its answer to be newer than another worker's failure."""

_LASTS: Final = timedelta(minutes=6)
"""Whoever waits is tried at least every five minutes: without a failure for longer, nobody does."""


def note_unreached(session: Session, refused: Refused, now: datetime) -> None:
    """Keep that a Call has reached nobody, in the transaction that closes it."""
    because = f"the provider cannot be reached: {refused.code} {refused.detail}".rstrip()
    note_setback(session, UNREACHED, because, now)


def forget_unreached(session: Session, now: datetime) -> None:
    """Forget it once a later Call had an answer, or nobody is tried any more."""
    found = unreached(session)
    if found is None:
        return
    answered = select(exists().where(Call.closed_at > found.last_at + _A_MOMENT))
    if found.last_at < now - _LASTS or session.scalar(answered):
        forget_setbacks(session, [UNREACHED])


def unreached(session: Session) -> Setback | None:
    """Return since when and why the provider cannot be reached; None where it can."""
    return session.get(Setback, UNREACHED)


def in_full(session: Session, since: datetime) -> Sentence:
    """Return since when, how many wait, and what becomes of them, for who is called."""
    return Sentence(
        "The provider cannot be reached since %(since)s UTC. Readers who wait: %(n_readers)s;"
        " letters: %(n_letters)s. Nothing is lost: it is tried again by itself, at least every five"
        " minutes. What to do: %(page)s",
        since=f"{since:%Y-%m-%d %H:%M}",
        n_readers=_n_readers(session),
        n_letters=_n_letters(session),
        page=PAGE,
    )


def _n_readers(session: Session) -> int:
    """Count who waits in Batches of Issues that go out."""
    waiting = select(func.sum(Batch.n_readers - Batch.n_taken)).join(
        Issue, Issue.id == Batch.issue_id
    )
    going = (Issue.state == IssueState.SENDING, Batch.state != BatchState.DONE)
    return int(session.scalar(waiting.where(*going)) or 0)


def _n_letters(session: Session) -> int:
    waiting = select(func.count()).where(Letter.state == DeliveryState.QUEUED)
    return session.scalar(waiting) or 0
