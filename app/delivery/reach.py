"""Reach: that the provider cannot be reached, since when, and that it can again.

It is a Setback while it lasts. Nobody is given up for it: readers and Letters are tried again until
the provider answers (`delivery.record`, `delivery.letters`). A process that reaches nobody waits
before it tries again, so that an outage of days leaves few Calls.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Exists, and_, func, or_, select
from sqlalchemy.orm import Session

from app.delivery.alone import forget_setbacks, note_setback
from app.enums import BatchState, DeliveryState, IssueState
from app.models import AcceptedBy, Batch, Call, Delivery, Issue, Letter, Setback
from app.sentences import Sentence
from app.transports.base import Outcome, Refused

UNREACHED: Final = "send: provider"
"""What the Setback is of."""

PAGE: Final = "docs/incidents.md#the-provider-cannot-be-reached"

_FIRST_WAIT: Final = 4.0
_LONGEST_WAIT: Final = 60.0
_LASTS: Final = timedelta(minutes=10)
"""So long after the last failure nobody waits any more: a Letter waits for five minutes, a process
for one, and two addresses of a server that never answers take two."""


def is_unreached(outcome: Outcome) -> bool:
    """Return whether no server took the connection."""
    return isinstance(outcome, Refused) and outcome.kind == "unreached"


class Reach:
    """Whether this process reaches the provider, as its last Call found it."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        """Begin as if it can be reached; `seconds` is a clock that only goes forward."""
        self._seconds = seconds
        self._wait = 0.0
        self._until = 0.0

    def learn(self, outcomes: Sequence[Outcome]) -> int:
        """Learn of a Call; return how many of it reached nobody, and took nothing from the pace."""
        n = sum(map(is_unreached, outcomes))
        longer = min(max(2 * self._wait, _FIRST_WAIT), _LONGEST_WAIT)
        # A server that took some of them and hung up is there.
        self._wait = 0.0 if not n else longer if n == len(outcomes) else _FIRST_WAIT
        self._until = self._seconds() + self._wait
        return n

    def seconds_to_wait(self) -> float:
        """Return for how long this process should try nobody: 4 s at first, a minute at most."""
        return max(0.0, self._until - self._seconds())


def note_unreached(session: Session, refused: Refused, now: datetime) -> None:
    """Keep that a Call has reached nobody, in the transaction that closes it."""
    because = f"the provider cannot be reached: {refused.code} {refused.detail}".rstrip()
    note_setback(session, UNREACHED, because, now)


def forget_unreached(session: Session, now: datetime) -> None:
    """Forget it once a mail was taken since, or nobody is tried any more."""
    found = unreached(session)
    if found is None:
        return
    if found.last_at < now - _LASTS or session.scalar(select(_taken_since(found.last_at))):
        forget_setbacks(session, [UNREACHED])


def _taken_since(at: datetime) -> Exists:
    """Return whether the provider took a mail: the first reader of a Call stands for all of it."""
    of_letter = and_(Letter.id == Call.letter_id, Letter.accepted_by == AcceptedBy.ANSWER)
    of_reader = and_(
        Delivery.issue_id == Batch.issue_id,
        Delivery.subscriber_id == Call.subscriber_ids[1],
        Delivery.call_id == Call.id,
        Delivery.accepted_by == AcceptedBy.ANSWER,
    )
    return (
        select(Call.id)
        .outerjoin(Batch, Batch.id == Call.batch_id)
        .outerjoin(Delivery, of_reader)
        .outerjoin(Letter, of_letter)
        .where(Call.closed_at > at, Call.opened_at > at)
        .where(or_(Delivery.subscriber_id.is_not(None), Letter.id.is_not(None)))
        .exists()
    )


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
