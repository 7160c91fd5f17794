"""Whether what people write in an issue's document has become its stories (`app.editing`)."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models import Document
from app.sentences import Sentence

_NAMED: Final = 3


class StillWritten(Conflict):
    """What was typed a moment ago is not stored yet; the same step works in a second."""

    wait_seconds = 1.0


def refuse_unsettled(session: Session, issue_id: int) -> None:
    """Raise Conflict where the document of an Issue, which is locked, says more than its stories.

    Raises:
        StillWritten: it is not settled yet.
        Conflict: it holds what no story can have; says what.
    """
    refuse_unstored(session, issue_id)
    found = select(Document.problems).where(Document.issue_id == issue_id)
    if problems := session.scalar(found):
        parts = [f"{one['field'] or 'story'} {one['detail']}" for one in problems[:_NAMED]]
        raise Conflict(
            Sentence(
                "The editor holds what cannot be stored: %(parts)s. Mend it there, or change that"
                " field here.",
                parts="; ".join(parts),
            )
        )


def refuse_unstored(session: Session, issue_id: int) -> None:
    """Raise StillWritten where something was typed that the Issue's stories do not say yet."""
    is_behind = select(Document.last_seq > Document.settled_seq)
    if session.scalar(is_behind.where(Document.issue_id == issue_id)):
        raise StillWritten("What was typed last is being stored. Try again in a second.")
