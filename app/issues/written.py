"""Whether what people write in an issue's document has become its stories (`app.editing`)."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models import Document
from app.sentences import Sentence, said_again
from app.story_fields import STORY_FIELDS

_NAMED: Final = 3
_NAMES: Final = {one.name: one.mark for one in STORY_FIELDS}


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
        raise Conflict(
            Sentence(
                "The editor holds what cannot be stored: %(parts)s. Mend it there, or change that"
                " field here.",
                parts=[_in_words(one) for one in problems[:_NAMED]],
            )
        )


def told_of(problem: Mapping[str, Any]) -> Sentence:
    """Return what is wrong, of a problem as a Document keeps it; old ones are English alone."""
    return said_again(problem.get("said") or {"one": problem["detail"]})


def _in_words(problem: Mapping[str, Any]) -> Sentence:
    told = told_of(problem)
    name = _NAMES.get(problem["field"])
    return Sentence("%(field)s %(fault)s", field=Sentence(name), fault=told) if name else told


def refuse_unstored(session: Session, issue_id: int) -> None:
    """Raise StillWritten where something was typed that the Issue's stories do not say yet."""
    is_behind = select(Document.last_seq > Document.settled_seq)
    if session.scalar(is_behind.where(Document.issue_id == issue_id)):
        raise StillWritten("What was typed last is being stored. Try again in a second.")
