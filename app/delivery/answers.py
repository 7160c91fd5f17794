"""Answers: what a Transport said gets into the ledger, now or as soon as PostgreSQL is there."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.session import transaction
from app.delivery.epoch import EpochState
from app.delivery.letters import close_letter_call
from app.delivery.record import close_call
from app.delivery.send_epoch import hold
from app.delivery.sender import Sender
from app.delivery.spool import Answer, SpooledAnswer
from app.models import Call

UNKNOWN: Final = "unknown_call"
"""Why an Answer is not written down: the database is older than it, and the account is held."""

_AGAIN_SECONDS: Final = 1.0
"""Between two tries: soon enough for readers, and no load on a server that is starting."""

_log = structlog.get_logger(__name__)


class UnknownCallError(Exception):
    """The database has no such Call: it is older than the Answer, or another one."""


def settle(session: Session, answer: Answer, now: datetime) -> bool:
    """Close the Answer's Call, of a Batch or a Letter; return False where it was closed already.

    Raises:
        UnknownCallError: there is no such Call, or one of that id that was opened at another time.
    """
    call = session.get(Call, answer.call_id)
    if call is None or call.opened_at != answer.opened_at:
        raise UnknownCallError(answer.call_id)
    if call.letter_id is not None:
        (outcome,) = answer.outcomes
        return close_letter_call(session, call.id, outcome, now)
    return close_call(session, call.id, answer.outcomes, now)


def write_down(sender: Sender, kept: SpooledAnswer) -> bool:
    """Write this Answer to the ledger, once a second until it works; return whether it is there.

    PostgreSQL may be gone, full, read-only or starting. It ends unwritten when the process has to
    end, or when the Call counts as lost and the Answer is on disk, for `write_waiting`. An Answer
    that is in memory alone is tried until the process ends, and then logged as lost.
    """
    because = _try(sender, kept)
    if because is None or because == UNKNOWN:
        return because is None
    _log.warning("answer_waits", call_id=kept.answer.call_id, because=because)
    with suppress(OSError):  # the disk is no better off: it is in memory, too
        kept.flush()
    while because not in {None, UNKNOWN} and not _is_over(sender, kept):
        sender.sleep(_AGAIN_SECONDS)
        because = _try(sender, kept)
    if because is None:
        _log.info("answer_written_late", call_id=kept.answer.call_id)
        return True
    if because != UNKNOWN and not kept.is_on_disk:
        n_readers = len(kept.answer.outcomes)
        _log.error("answer_lost", call_id=kept.answer.call_id, n_readers=n_readers)
    kept.let_go()
    return False


def commit_with_retries(
    sender: Sender, step: Callable[[Session], None], opened_at: datetime
) -> bool:
    """Commit this step of a Call opened then; return whether it did. It tries as `write_down`."""
    while True:
        try:
            with transaction(sender.sessions) as session:
                step(session)
        except SQLAlchemyError:
            if sender.is_ending() or sender.clock() > opened_at + sender.timing.lost_after:
                return False
            sender.sleep(_AGAIN_SECONDS)
        else:
            return True


def write_waiting(sender: Sender) -> bool:
    """Write the Answers on this machine's disk that no process holds; return whether none waits.

    They come from workers that ended while PostgreSQL was gone, and logged that. Every task that
    sends calls this, so it reports no more than that an Answer was written. It costs a look into a
    folder, which is nearly always empty.
    """
    for name in sender.spool.names():
        with sender.spool.lock(name) as kept:
            if kept is None:
                continue
            because = _try(sender, kept)
            if because == UNKNOWN:
                return False
            if because is not None:
                _log.debug("answer_waits", call_id=kept.answer.call_id, because=because)
                return False
            _log.info("answer_written_late", call_id=kept.answer.call_id)
    return True


def _is_over(sender: Sender, kept: SpooledAnswer) -> bool:
    """Return whether to leave the Answer to another process."""
    lost_at = kept.answer.opened_at + sender.timing.lost_after
    return sender.is_ending() or (kept.is_on_disk and sender.clock() > lost_at)


def _try(sender: Sender, kept: SpooledAnswer) -> str | None:
    """Write the Answer down; why that cannot be done yet, else None.

    One that no database would ever take is set aside, so that it holds nothing up.
    """
    try:
        with transaction(sender.sessions) as session:
            settle(session, kept.answer, sender.clock())
    except UnknownCallError:
        return _hold(sender, kept)
    except (DataError, IntegrityError, ValueError) as error:
        # Without a traceback, which may hold values.
        _log.error("answer_set_aside", call_id=kept.answer.call_id, because=_describe(error))
        kept.set_aside()
        return None
    except SQLAlchemyError as error:
        return _describe(error)
    kept.forget()
    return None


def _hold(sender: Sender, kept: SpooledAnswer) -> str:
    """Hold the account over an Answer that this database has no Call for, then set that aside.

    Returns why it is not written down: that, or that PostgreSQL took not even the hold.
    """
    try:
        with transaction(sender.sessions) as session:
            hold(session, EpochState.OLDER, sender.clock())
    except SQLAlchemyError as error:
        return _describe(error)
    _log.error("answer_set_aside", call_id=kept.answer.call_id, because=UNKNOWN)
    kept.set_aside()
    return UNKNOWN


def _describe(error: Exception) -> str:
    """Return the error's kind and PostgreSQL's code for it; its message may hold values."""
    code = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return f"{type(error).__name__} {code or ''}".strip()
