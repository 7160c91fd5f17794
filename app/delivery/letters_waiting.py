"""Letters that wait: jobs for them, in case one was lost."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import enqueue_after_commit
from app.enums import DeliveryState
from app.models import Letter

LETTERS_A_JOB: Final = 20
"""Letters that one task sends, about a second's worth."""


def enqueue_letters(session: Session, now: datetime) -> None:
    """Enqueue jobs for the Letters that wait, in case one was lost: few, each for several.

    Jobs for Letters go before those for Batches: one each would keep an issue waiting.
    """
    waiting = (
        select(Letter.id)
        .where(Letter.state == DeliveryState.QUEUED, Letter.not_before <= now)
        .order_by(Letter.not_before)
        .limit(200)
    )
    letter_ids = session.scalars(waiting).all()
    for start in range(0, len(letter_ids), LETTERS_A_JOB):
        enqueue_after_commit(session, "send_letter", *letter_ids[start : start + LETTERS_A_JOB])
