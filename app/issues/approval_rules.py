"""What a deployment asks of an approval, and who may not give it."""

from dataclasses import dataclass
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
    Verb.RESTORE_REVISION,
    Verb.ORDER_STORIES,
    Verb.MOVE_STORIES,
    Verb.DRAFT_MAIL,
)
"""The steps that change what an Issue says."""


@dataclass(frozen=True)
class ApprovalRules:
    """Say what this deployment asks of an approval.

    `needs_plan`: it names the plan that it approves. `four_eyes`: it is not by whoever changed the
    Issue last. `drift_percent`: how far the audience at launch may be from the one approved, 0 for
    any.
    """

    needs_plan: bool = False
    four_eyes: bool = False
    drift_percent: int = 0


USUAL: Final = ApprovalRules()
"""What holds where a deployment asks for nothing."""


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
