"""Retention: prove that nothing of a person is kept for longer than docs/retention.md says.

Forgetting is done by `tidy`, hour by hour, where each table lives. This looks afterwards, by the
same spans and `GRACE`: what is still there was not forgotten, for whatever reason.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, literal, not_, select
from sqlalchemy.orm import Session

from app.access.idempotency import KEPT
from app.access.sessions import KEPT_AFTER_END, session_limits
from app.delivery.letters_kept import says_where_it_went
from app.delivery.mailboxes import REST
from app.delivery.partitions import old_partitions
from app.events.inbox import KEPT_FOR as EVENTS_KEPT
from app.models import (
    Ask,
    Challenge,
    Event,
    IdempotencyKey,
    Import,
    ImportBadRow,
    ImportPiece,
    ImportRow,
    Letter,
    Mailbox,
    OutboxEntry,
    ReaderClick,
    SignInLink,
    Subscriber,
    UserSession,
    WebhookMessage,
)
from app.readers.imports.upload import KEPT_FOR as FILES_KEPT
from app.readers.imports.upload import has_old_file
from app.readers.retention import has_left_before, is_unconfirmed_since
from app.settings import Settings

GRACE: Final = timedelta(days=1)
"""How long after its time something may still be there: `tidy` comes every hour, and may have to
catch up after an outage."""

ASKS_KEPT: Final = timedelta(days=2)
"""Asks are answered in seconds, and given up after 17 hours (`readers.answers`)."""

Proof = Callable[[Session], object]


class KeptTooLongError(Exception):
    """Something personal is older than it may be."""


def proofs(settings: Settings, now: datetime) -> Mapping[str, Proof]:
    """Return what is looked for, by name; each raises KeptTooLongError where it finds something."""
    kept = _left_over(settings, now - GRACE)
    looks: dict[str, Proof] = {name: _none_of(name, *left) for name, left in kept.items()}
    ledger_before = now - GRACE - timedelta(days=settings.ledger_days)
    looks["ledger"] = lambda session: _refuse("ledger", len(old_partitions(session, ledger_before)))
    return looks


def _left_over(
    settings: Settings, at: datetime
) -> dict[str, tuple[type[Any], ColumnElement[bool]]]:
    """Return each table, and the condition of its rows whose time was over by `at`."""
    limits = session_limits(settings)

    def ago(days: int) -> datetime:
        return at - timedelta(days=days)

    found: dict[str, tuple[type[Any], ColumnElement[bool]]] = {
        "asks": (Ask, Ask.asked_at < at - ASKS_KEPT),
        "answers": (IdempotencyKey, IdempotencyKey.created_at < at - KEPT),
        "mailboxes": (Mailbox, Mailbox.written_at < at - REST),
        "events": (Event, Event.received_at < at - EVENTS_KEPT),
        "letters": (Letter, says_where_it_went(ago(settings.letter_days))),
        "clicks": (ReaderClick, ReaderClick.first_at < ago(settings.click_days)),
        "outbox": (OutboxEntry, OutboxEntry.at < ago(settings.outbox_days)),
        "webhooks": (WebhookMessage, WebhookMessage.at < ago(settings.outbox_days)),
        "sessions": (UserSession, UserSession.created_at < at - KEPT_AFTER_END - limits.whole),
        "sign-in links": (SignInLink, SignInLink.expires_at < at - KEPT_AFTER_END),
        "challenges": (Challenge, Challenge.expires_at < at),
    }
    in_use = select(Import.id).where(not_(has_old_file(at - FILES_KEPT)))
    for name, table in _OF_FILES.items():
        found[name] = (table, table.import_id.not_in(in_use))
    if settings.pending_days:
        unconfirmed = is_unconfirmed_since(ago(settings.pending_days))
        found["readers who never confirmed"] = (Subscriber, unconfirmed)
    if settings.left_days:
        found["readers who left"] = (Subscriber, has_left_before(ago(settings.left_days)))
    return found


_OF_FILES: Final[Mapping[str, type[Any]]] = {
    "pieces of imported files": ImportPiece,
    "rows of imports": ImportRow,
    "bad rows of imports": ImportBadRow,
}


def _none_of(name: str, table: type[Any], is_over: ColumnElement[bool]) -> Proof:
    def look(session: Session) -> None:
        some = select(literal(1)).select_from(table).where(is_over).limit(_COUNTED).subquery()
        _refuse(name, session.scalar(select(func.count()).select_from(some)) or 0)

    return look


_COUNTED: Final = 1_000


def _refuse(name: str, n: int) -> None:
    if n:
        many = f"{_COUNTED} or more" if n >= _COUNTED else str(n)
        raise KeptTooLongError(f"{many} of {name} should have been forgotten (docs/retention.md)")
