"""The outbox: what others may want to know, in the transaction of the change that it tells.

`OutboxKind` is the whole list. Nobody reads it yet (docs/outbox.md).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, update
from sqlalchemy.orm import Session

from app.actors import Actor
from app.models import Issue, OutboxEntry, OutboxKind


def publish_issue(
    session: Session,
    actor: Actor,
    kind: OutboxKind,
    issue: Issue,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write down what became of an Issue, once the step itself is done on its row.

    Its day, state and time are told each time, and what kind of actor did it; `facts` are what the
    kind adds.
    """
    told = {
        "issued_on": issue.issued_on.isoformat(),
        "state": issue.state,
        "send_at": issue.send_at and issue.send_at.isoformat(),
        "by": actor.kind,
    }
    entry = OutboxEntry(kind=kind, at=now, issue_id=issue.public_id, facts=told | dict(facts or {}))
    session.add(entry)


def adopt_published(session: Session) -> None:
    """Let all that is there count as written by this transaction, in a restored database.

    A dump may be restored where transactions are numbered anew; those that wrote it are unknown.
    """
    session.execute(update(OutboxEntry).values(written_in=func.pg_current_xact_id()))


def forget_published(session: Session, before: datetime) -> None:
    """Forget what was written before that instant."""
    session.execute(delete(OutboxEntry).where(OutboxEntry.at < before))
