"""From the outbox to the messages of each webhook, each entry once (docs/outbox.md)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import TextClause, text, update
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.session import Sessions, transaction
from app.models import Webhook, WebhookPosition
from app.outbox import READ_ON

_KINDS: Final = "(w.kinds = '{}' OR e.kind = ANY(w.kinds))"
_COLUMNS: Final = "(webhook_id, entry_id, kind, at, subject_id, state, created_at, due_at)"
_VALUES: Final = """
    w.id, e.id, e.kind, e.at, COALESCE(e.reader_id, e.issue_id), 'waiting',
    CAST(:now AS timestamptz), CAST(:now AS timestamptz)
"""
_HAND_ON: Final = text(f"""
    WITH e AS MATERIALIZED ({READ_ON}),
    handed AS (
        INSERT INTO webhook_messages {_COLUMNS}
        SELECT {_VALUES} FROM e JOIN webhooks w ON w.disabled_at IS NULL AND {_KINDS}
        ORDER BY e.id
    )
    SELECT max(id) FROM e
""")  # noqa: S608  # put together from constants
_SNAPSHOT: Final = text("SELECT CAST(pg_current_snapshot() AS text)")


def hand_on_all(sessions: Sessions, clock: Clock, is_over: Callable[[], bool]) -> None:
    """Hand on what is new, a page in each transaction, until nothing is or `is_over`."""
    while not is_over():
        with transaction(sessions) as session:
            if not hand_on(session, clock()):
                return


def hand_on(session: Session, now: datetime) -> bool:
    """Make messages of the next entries of the outbox; return whether there may be more.

    Expects a transaction of its own. Who finds that another does so just now, has nothing to do.
    """
    position = session.get(
        WebhookPosition, 1, with_for_update={"skip_locked": True}, populate_existing=True
    )
    if position is None:
        return False
    if not _anybody(session):
        _reset(position)
        return False
    if position.told is None:
        _begin(session, position)
    if _page(session, position, now):
        return True
    position.told, position.last = position.until, 0
    position.until = session.execute(_SNAPSHOT).scalar_one()
    return _page(session, position, now)


def read_on(session: Session) -> None:
    """Tell of what is committed from now on, where nobody was told before.

    To be called before a webhook is made or goes on, in the same transaction.
    """
    position = session.get_one(WebhookPosition, 1, with_for_update=True, populate_existing=True)
    if position.told is None:
        _begin(session, position)


def _begin(session: Session, position: WebhookPosition) -> None:
    position.told = position.until = session.execute(_SNAPSHOT).scalar_one()
    position.last = 0


def _reset(position: WebhookPosition) -> None:
    """Forget up to where it was read; while nobody is told, no row is written for that."""
    position.told = position.until = None
    position.last = 0


def _anybody(session: Session) -> bool:
    found = text("SELECT EXISTS (SELECT FROM webhooks WHERE disabled_at IS NULL)")
    return bool(session.execute(found).scalar_one())


def _page(session: Session, position: WebhookPosition, now: datetime) -> bool:
    """Hand on a page of entries; return whether there was one."""
    marks = {"told": position.told, "until": position.until, "last": position.last, "now": now}
    last = session.execute(_HAND_ON, marks).scalar_one()
    if last is not None:
        position.last = last
    return last is not None


def begin_anew(session: Session) -> None:
    """Tell only of what is committed from now on, in a restored database."""
    session.execute(update(WebhookPosition).values(told=None, until=None, last=0))


def tell_again(
    session: Session,
    webhook: Webhook,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    entries: Sequence[int] = (),
) -> int:
    """Make messages of entries that were committed before; return how many.

    They are those from `since` on and before `until`, or those with the public ids `entries`; only
    of the kinds that the webhook is told. What waits for it already is not doubled. What is yet to
    be handed on comes by itself, and before what came after it of the same subject.
    """
    read_on(session)
    which = "e.public_id = ANY(:entries)" if entries else _SPAN
    session.flush()  # the position is read by the statement
    marks = {"webhook": webhook.id, "now": now, "entries": list(entries)}
    found = session.execute(_again(which), marks | {"since": since, "until": until})
    return int(found.scalar_one())


_HANDED_ON: Final = """
    EXISTS (
        SELECT FROM webhook_positions p
        WHERE pg_visible_in_snapshot(e.written_in, CAST(p.told AS pg_snapshot))
           OR e.id <= p.last AND pg_visible_in_snapshot(e.written_in, CAST(p.until AS pg_snapshot))
    )
"""
_SPAN: Final = """
    e.at >= CAST(:since AS timestamptz)
    AND e.at < COALESCE(CAST(:until AS timestamptz), 'infinity')
"""


def _again(which: str) -> TextClause:
    return text(f"""
        WITH handed AS (
            INSERT INTO webhook_messages {_COLUMNS}
            SELECT {_VALUES} FROM outbox e JOIN webhooks w ON w.id = :webhook AND {_KINDS}
            WHERE {which} AND {_HANDED_ON} AND NOT EXISTS (
                SELECT FROM webhook_messages m
                WHERE m.webhook_id = w.id AND m.state = 'waiting' AND m.entry_id = e.id
                  AND m.subject_id = COALESCE(e.reader_id, e.issue_id)
            )
            ORDER BY e.id
            RETURNING 1
        )
        SELECT count(*) FROM handed
    """)  # noqa: S608  # put together from constants
