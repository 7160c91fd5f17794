"""What the ticks look after, by name: each part is a transaction of its own."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from app.access.idempotency import forget_old
from app.access.sessions import forget_sessions, session_limits
from app.db.session import transaction
from app.delivery.alone import PartAlone, Parts
from app.delivery.brakes import apply_brakes
from app.delivery.canary import judge_canaries
from app.delivery.finish import enqueue_work
from app.delivery.letter_doubts import resend_doubtful
from app.delivery.letters_kept import forget_where_letters_went
from app.delivery.letters_waiting import enqueue_letters
from app.delivery.mailboxes import forget_rested
from app.delivery.reach import forget_unreached
from app.delivery.room import move_overdue
from app.delivery.served import forget_served
from app.editing.settle import settle
from app.editing.store import forget_documents, unsettled_issues
from app.events.inbox import forget_old_events
from app.issues.dropping import forget_dropped
from app.issues.links.step import forget_old_link_checks
from app.issues.pastes import forget_loaded
from app.outbox import forget_published
from app.readers.asks import enqueue_asks
from app.readers.clicks import forget_old_clicks
from app.readers.imports.advance import enqueue_imports
from app.readers.imports.upload import forget_files
from app.readers.retention import erase_left, erase_unconfirmed
from app.webhooks.endpoints import seal_anew
from app.webhooks.messages import forget_messages, forget_removed, mend_times
from workers.context import context, must_stop


def look_parts(now: datetime) -> Parts:
    """Return what a tick looks after beside doubts, in order."""
    timing = context().sender.timing
    return {
        "letters in doubt": lambda session: resend_doubtful(session, now, timing),
        "letters": lambda session: enqueue_letters(session, now),
        "asks": enqueue_asks,
        "provider": lambda session: forget_unreached(session, now),
        "warm-up": lambda session: move_overdue(session, now),
        "batches": enqueue_work,
        "imports": enqueue_imports,
        "brakes": lambda session: apply_brakes(session, now),
        "canaries": lambda session: judge_canaries(session, now),
    }


def document_parts(now: datetime) -> Parts:
    """Return the documents that are left to settle: who wrote in them was in a killed process."""
    with transaction(context().container.sessions) as session:
        left = unsettled_issues(session)
    return {
        f"document of issue {issue_id}": partial(settle, issue_id=issue_id, now=now)
        for issue_id in left
    }


def tidy_parts(now: datetime) -> Parts:
    """Return what is forgotten beside the ledger, in order."""
    settings = context().container.settings
    clicks_before = now - timedelta(days=settings.click_days)
    outbox_before = now - timedelta(days=settings.outbox_days)
    limits = session_limits(settings)
    keys = context().container.signer.keys
    return {
        "answers": lambda session: forget_old(session, now),
        "sign-ups": lambda session: forget_rested(session, now),
        "sessions": lambda session: forget_sessions(session, limits, now),
        "links": lambda session: forget_old_link_checks(session, now),
        "imports": lambda session: forget_files(session, now),
        "mailboxes": forget_served,
        "dropped stories": forget_dropped,
        "pastes": lambda session: forget_loaded(session, now),
        "documents": forget_documents,
        "clicks": lambda session: forget_old_clicks(session, clicks_before),
        "secrets": lambda session: seal_anew(session, keys),
        "times": lambda session: mend_times(session, now),
        "outbox": lambda session: forget_published(session, outbox_before),
    }


Portions = Mapping[str, Callable[[Session], int]]
"""Parts that are done in portions, each a transaction: each says how many it found."""

PORTIONS_FOR: Final = timedelta(minutes=5)
"""How long one part goes on; the next hour goes on where it ended."""


def portioned_parts(now: datetime) -> Portions:
    """Return what is forgotten in portions, until there is nothing more."""
    settings = context().container.settings
    letters_before = now - timedelta(days=settings.letter_days)
    pending_before = now - timedelta(days=settings.pending_days)
    left_before = now - timedelta(days=settings.left_days)
    outbox_before = now - timedelta(days=settings.outbox_days)
    found: dict[str, Callable[[Session], int]] = {
        "events": lambda session: forget_old_events(session, now),
        "webhooks": lambda session: forget_messages(session, outbox_before),
        "removed webhooks": forget_removed,
        "where letters went": lambda session: forget_where_letters_went(session, letters_before),
    }
    if settings.pending_days:
        found["unconfirmed"] = lambda session: erase_unconfirmed(session, pending_before, now)
    if settings.left_days:
        found["left"] = lambda session: erase_left(session, left_before, now)
    return found


def tidy_in_portions(now: datetime) -> None:
    """Forget what there may be much of, each part until there is nothing more."""
    sessions = context().container.sessions
    for name, portion in portioned_parts(now).items():
        with PartAlone(sessions, "tidy", name, now):
            _in_portions(portion)


def _in_portions(portion: Callable[[Session], int]) -> None:
    container = context().container
    until = container.clock() + PORTIONS_FOR
    while container.clock() < until and not must_stop():
        with transaction(container.sessions, container.enqueue_now) as session:
            if not portion(session):
                return
