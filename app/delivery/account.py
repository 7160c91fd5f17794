"""The sending account: while it is paused, nobody at all is written to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor, ActorKind, Verb
from app.audit import record_step
from app.db.session import enqueue_after_commit
from app.delivery.reach import note_unreached
from app.models import Account, Call
from app.transports.base import Refused
from app.written import check_written

QUOTA: Final = "quota"
"""What is said of a pause because the account's day is used up; it ends by itself."""

ACCOUNT_SENDS: Final = """
    NOT (a.paused_because IS NOT NULL AND coalesce(a.paused_until > :now, true))
    AND NOT coalesce(a.quota_until > :now, false)
"""
"""The condition on `accounts a` at `:now` under which `account_pause` says None."""

_ENDLESS: Final = datetime.max.replace(tzinfo=UTC)
_DAY: Final = timedelta(hours=24)
_LOOK_AGAIN: Final = timedelta(minutes=15)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class AccountPause:
    """Why nobody is written to, and until when; `until` is None until a person resumes it.

    `is_quota` tells a spent day, which ends by itself, from whatever words a person chose.
    """

    because: str
    until: datetime | None
    is_quota: bool = False


def account_pause(session: Session, now: datetime) -> AccountPause | None:
    """Return the account's pause, the longer one where there are two, or None when it may send."""
    account = session.get_one(Account, 1)
    found = []
    if account.quota_until is not None:
        found.append(AccountPause(QUOTA, account.quota_until, is_quota=True))
    if account.paused_because is not None:
        found.append(AccountPause(account.paused_because, account.paused_until))
    holding = [pause for pause in found if pause.until is None or pause.until > now]
    return max(holding, key=lambda pause: pause.until or _ENDLESS, default=None)


def quota_pauses(session: Session, now: datetime) -> bool:
    """Return whether the account's used-up daily quota is a reason to wait, the only one or not."""
    until = session.get_one(Account, 1).quota_until
    return until is not None and until > now


def pause_account(
    session: Session, actor: Actor, because: str, now: datetime, until: datetime | None = None
) -> None:
    """Write to nobody until `until`, or until a person resumes it.

    The longer of two pauses holds, with its reason. What a provider says, by which the service
    pauses by itself, is kept as it is; a person's reason is a line.

    Raises:
        InvalidInput: a person's reason is none, or more than a line.
    """
    if actor.kind is not ActorKind.SYSTEM:
        check_written("because", because)
    account = session.get_one(Account, 1, with_for_update=True, populate_existing=True)
    held = None if account.paused_because is None else account.paused_until or _ENDLESS
    if held is not None and (until or _ENDLESS) <= held:
        return
    account.paused_because = because
    account.paused_until = until
    _record_pause(session, actor, because, until, now)


def pause_for(session: Session, refused: Refused, now: datetime) -> None:
    """Pause as long as a refusal of the kind `halt` or `quota` asks for; note an `unreached` one.

    Others do nothing.
    """
    if refused.kind == "halt":
        because = f"{refused.code}: {refused.detail}".removesuffix(": ")
        pause_account(session, SYSTEM, because, now)
    if refused.kind == "quota":
        pause_for_quota(session, now)
    if refused.kind == "unreached":
        note_unreached(session, refused, now)


def pause_for_quota(session: Session, now: datetime) -> None:
    """Pause until the account's rolling day has room again, as far as our own Calls can tell."""
    oldest = session.scalar(select(func.min(Call.opened_at)).where(Call.opened_at > now - _DAY))
    room_at = now + _LOOK_AGAIN if oldest is None else oldest + _DAY
    account = session.get_one(Account, 1, with_for_update=True, populate_existing=True)
    was_spent = account.quota_until is not None and account.quota_until > now
    account.quota_until = max(room_at, now + timedelta(minutes=1))
    if not was_spent:
        _record_pause(session, SYSTEM, QUOTA, account.quota_until, now)


def _record_pause(
    session: Session, actor: Actor, because: str, until: datetime | None, now: datetime
) -> None:
    after = {"because": because, "until": until}
    record_step(session, actor, Verb.PAUSE_ACCOUNT, "account", now, after=after)
    _log.error("account_paused", because=because, until=until and until.isoformat())


def resume_account(session: Session, actor: Actor, now: datetime) -> None:
    """Let the account send again whatever paused it, and enqueue jobs for all that waited.

    Where nothing pauses it, nothing is recorded.
    """
    account = session.get_one(Account, 1, with_for_update=True, populate_existing=True)
    was_paused = account_pause(session, now) is not None
    account.paused_because = account.paused_until = account.quota_until = None
    session.flush()
    enqueue_after_commit(session, "look_for_work")
    if was_paused:
        record_step(session, actor, Verb.RESUME_ACCOUNT, "account", now)
        _log.info("account_resumed")


def resume_after_quota(session: Session, now: datetime) -> None:
    """End the quota's pause, because the provider says that there is room; no other one ends."""
    account = session.get_one(Account, 1, with_for_update=True, populate_existing=True)
    if not quota_pauses(session, now):
        return
    account.quota_until = None
    session.flush()
    record_step(session, SYSTEM, Verb.RESUME_ACCOUNT, "account", now, after={"because": QUOTA})
    enqueue_after_commit(session, "look_for_work")
    _log.info("account_has_room")
