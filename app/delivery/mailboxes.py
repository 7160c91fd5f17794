"""Limit the Letters to a mailbox whose address anybody may have typed: three, until it answers.

Letters that carry a mailbox's digest are counted together, whichever of its spellings they go to.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import TextClause, delete, select, text
from sqlalchemy.orm import Session

from app.enums import LetterKind
from app.models import Letter, Mailbox

MOST_UNANSWERED: Final = 3
"""How many such Letters a mailbox gets that answers none."""

REST: Final = timedelta(days=30)
"""How long it gets no more then, from the last one on."""

READERS_REST: Final = timedelta(days=1)
"""The same for who reads us, and asks for a link to their preferences."""

_OWN: Final = (LetterKind.CONFIRMATION, LetterKind.PREFERENCES_LINK)
"""What went to the reader's own address: a new one may be anybody's."""

_TAKE: Final[TextClause] = text(
    """
    INSERT INTO mailboxes AS m (digest, n_unanswered, written_at) VALUES (:digest, 1, :now)
    ON CONFLICT (digest) DO UPDATE
    SET n_unanswered = CASE WHEN m.written_at <= :rested THEN 1 ELSE m.n_unanswered + 1 END,
        written_at = greatest(m.written_at, excluded.written_at)
    WHERE m.written_at <= :rested OR m.n_unanswered < :most
    RETURNING true
    """
)


def take_turn(session: Session, digest: bytes, rest: timedelta, now: datetime) -> bool:
    """Count one more Letter to this mailbox; return False where it has had enough.

    Two at once wait for each other, until the transaction of the first has ended.
    """
    values = {"digest": digest, "now": now, "rested": now - rest, "most": MOST_UNANSWERED}
    return session.scalar(_TAKE, values) is not None


def note_answer(session: Session, subscriber_id: int) -> None:
    """Begin to count anew for the mailbox of a reader who just pressed a link of theirs."""
    theirs = select(Letter.mailbox).where(
        Letter.subscriber_id == subscriber_id, Letter.kind.in_(_OWN), Letter.mailbox.is_not(None)
    )
    session.execute(
        delete(Mailbox)
        .where(Mailbox.digest.in_(theirs))
        .execution_options(synchronize_session=False)
    )


def note_answer_of(session: Session, digest: bytes | None) -> None:
    """Note the answer of one mailbox; do nothing for None."""
    if digest is not None:
        session.execute(delete(Mailbox).where(Mailbox.digest == digest))


def forget_rested(session: Session, now: datetime) -> None:
    """Delete the counts that no longer hold anybody back."""
    session.execute(delete(Mailbox).where(Mailbox.written_at <= now - REST))
