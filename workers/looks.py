"""What look_for_work looks at beside jobs: doubts, and a quota that has room again."""

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from app.db.session import is_alone, transaction
from app.delivery.account import quota_pauses, resume_after_quota
from app.delivery.alone import each_part
from app.delivery.reconcile import doubt_lost_calls, settle_doubts
from app.events.probe import probe_if_needed
from app.events.silence import Silence
from workers.context import context, must_stop


def look_at_doubts(now: datetime) -> bool:
    """Find lost Calls and settle their doubts; return False if another worker does so just now."""
    container, timing = context().container, context().sender.timing
    with transaction(container.sessions, container.enqueue_now) as session:
        if not is_alone(session, "settle_doubts"):
            return False
        doubt_lost_calls(session, now, timing)
        if container.settings.sends_probes:
            probe = partial(_probe, session, now)
            each_part(session, "look_for_work", ["probe"], probe, now)
    settle_doubts(
        container.sessions,
        Silence(now, timing).is_whole,
        now,
        timing,
        enqueue_now=container.enqueue_now,
        is_stopping=must_stop,
    )
    return True


def _probe(session: Session, now: datetime, _part: str) -> None:
    probe_if_needed(session, now, context().sender.timing)


def resume_after_spent_quota() -> None:
    """Let the account go on when its day has room again, as the provider says, not as we guess."""
    container = context().container
    with transaction(container.sessions) as session:
        is_spent = quota_pauses(session, container.clock())
    if not is_spent or not context().sender.pace.has_room():
        return
    with transaction(container.sessions, container.enqueue_now) as session:
        resume_after_quota(session, container.clock())
