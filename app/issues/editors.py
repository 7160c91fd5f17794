"""Editors: who changed last what an Issue says, as the audit has it."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor, ActorKind, Verb
from app.models import AuditEntry

EDITS: Final = (
    Verb.LOAD,
    Verb.LOAD_INTO,
    Verb.CHANGE_ISSUE,
    Verb.ADD_STORY,
    Verb.CHANGE_STORY,
    Verb.DROP_STORY,
    Verb.RESTORE_STORY,
    Verb.ORDER_STORIES,
    Verb.MOVE_STORIES,
    Verb.DRAFT_MAIL,
)
"""The steps that change what an Issue says."""


def is_last_editor(session: Session, actor: Actor, issue_id: int) -> bool:
    """Return whether it was this actor who changed last what an Issue says."""
    entry = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.issue_id == issue_id,
            AuditEntry.verb.in_(EDITS),
            AuditEntry.who_kind != ActorKind.SYSTEM,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).first()
    if entry is None or entry.who_kind != actor.kind or entry.who_id != actor.id:
        return False
    return actor.id is not None or entry.who == actor.name  # a number keeps its meaning, not a name
