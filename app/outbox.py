"""The outbox: what others may want to know, in the transaction of the change that it tells.

`OutboxKind` is the whole list. `app.webhooks` reads it, as docs/outbox.md says.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, update
from sqlalchemy.orm import Session

from app.actors import Actor
from app.models import Issue, OutboxEntry, OutboxKind, Subscriber

READ_ON: Final = """
SELECT id, public_id, at, kind, issue_id, reader_id, facts
FROM outbox
WHERE written_in >= pg_snapshot_xmin(CAST(:told AS pg_snapshot))
  AND NOT pg_visible_in_snapshot(written_in, CAST(:told AS pg_snapshot))
  AND pg_visible_in_snapshot(written_in, CAST(:until AS pg_snapshot))
  AND id > :last
ORDER BY id
LIMIT 1000
"""
"""What was committed between two snapshots, behind an id; docs/outbox.md says why it is this."""


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
    common = {
        "issued_on": issue.issued_on.isoformat(),
        "state": issue.state,
        "send_at": issue.send_at and issue.send_at.isoformat(),
        "by": actor.kind,
    }
    entry = OutboxEntry(
        kind=kind, at=now, issue_id=issue.public_id, facts=common | dict(facts or {})
    )
    session.add(entry)


def publish_reader(
    session: Session, kind: OutboxKind, reader: Subscriber, now: datetime, **facts: Any
) -> None:
    """Write down what became of a Subscriber; `facts` hold words of ours, nothing of the person."""
    session.flush()  # a new row has its public id now
    session.add(OutboxEntry(kind=kind, at=now, reader_id=reader.public_id, facts=facts))


def publish_changed(
    session: Session, reader: Subscriber, columns: Collection[str], now: datetime
) -> None:
    """Write down which preferences of a Subscriber changed, and not to what; nothing for none."""
    if columns:
        fields = sorted("categories" if one == "follows" else one for one in columns)
        publish_reader(session, OutboxKind.READER_CHANGED, reader, now, fields=fields)


def publishing_sql(rows: str, *, kind: str, facts: str) -> str:
    """Return an INSERT of an entry for each of `rows`, as a part of a set-based statement.

    `rows` is what follows FROM and has a `public_id`; `kind` and `facts` are expressions of SQL, a
    text and a `jsonb`. The statement has `:now`.
    """
    return f"""
        INSERT INTO outbox (at, kind, reader_id, facts)
        SELECT CAST(:now AS timestamptz), {kind}, public_id, {facts} FROM {rows}
    """  # noqa: S608  # put together from constants


def adopt_published(session: Session) -> None:
    """Let all that is there count as written by this transaction, in a restored database.

    A dump may be restored where transactions are numbered anew; those that wrote it are unknown.
    """
    session.execute(update(OutboxEntry).values(written_in=func.pg_current_xact_id()))


def forget_published(session: Session, before: datetime) -> None:
    """Forget what was written before that instant."""
    session.execute(delete(OutboxEntry).where(OutboxEntry.at < before))
