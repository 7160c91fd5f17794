"""Opinions: whether an issue was good, as its readers say; one each, and the last one counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Opinion, Subscriber
from app.readers.signs import show_sign


@dataclass(frozen=True)
class Opinions:
    """How many readers say that an Issue was good, and how many that it was not."""

    n_good: int = 0
    n_not_good: int = 0


def say(
    session: Session, reader: Subscriber, issue_id: int, now: datetime, *, was_good: bool
) -> None:
    """Keep what a reader says of an Issue, in place of what they said before.

    The caller has locked the reader, so that nobody says anything who is being erased.
    """
    said = {"was_good": was_good, "said_at": now}
    row = insert(Opinion).values(issue_id=issue_id, subscriber_id=reader.id, **said)
    session.execute(
        row.on_conflict_do_update(index_elements=["issue_id", "subscriber_id"], set_=said)
    )
    show_sign(session, reader, now)


def opinion_of(session: Session, reader: Subscriber, issue_id: int) -> bool | None:
    """Return whether a reader says that an Issue was good; None where they say nothing."""
    return session.scalar(
        select(Opinion.was_good).where(
            Opinion.issue_id == issue_id, Opinion.subscriber_id == reader.id
        )
    )


def opinions_of(session: Session, issue_id: int) -> Opinions:
    """Return what readers say of an Issue; only read."""
    counts = select(Opinion.was_good, func.count()).where(Opinion.issue_id == issue_id)
    found = {was_good: n for was_good, n in session.execute(counts.group_by(Opinion.was_good))}  # noqa: C416 - rows are no pairs to mypy
    return Opinions(found.get(True, 0), found.get(False, 0))


def forget_opinions(session: Session, subscriber_ids: Sequence[int]) -> None:
    """Forget what these readers said."""
    session.execute(delete(Opinion).where(Opinion.subscriber_id.in_(subscriber_ids)))
