"""Alone: each item of a task stands by itself; one that fails is set aside, and the rest goes on.

What failed is judged first: a lost database is nobody's fault, and a lock that somebody holds is
tried again by the next tick (docs/adr/0022).
"""

import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar

import psycopg
import structlog
from redis.exceptions import RedisError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from app.db.session import EnqueueNow, Sessions, transaction
from app.db.sqlstates import BUSY
from app.errors import AppError, RenderError
from app.models import Setback
from app.transports.replies import tidy

_OF_DATA: Final = ("0A", "21", "22", "23", "2B", "42804", "42883", "54", "P0", "XX001")
"""What a row can be to blame for: its values, a constraint, a limit, what a trigger says.

Everything else, such as a lost connection, a full disk, a replica that takes no writes or a table
that a migration has not made yet, would be the same for any other item.
Source: PostgreSQL documentation, "PostgreSQL Error Codes".
"""

_APP: Final = Path(__file__).resolve().parents[1]
_OURS: Final = (_APP, _APP.with_name("workers"))
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
SetAside = Callable[[_Item, str], object]
"""Takes an item out of its queue, and writes the reason where people look for it."""

Parts = Mapping[str, Callable[[Session], object]]
"""Parts of a task by their names: each is a transaction of its own."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Alone(AbstractContextManager[None, bool]):
    """One item of a task: if it is at fault, `set_aside` gets the reason, and the task goes on.

    What would be the same for any other item is raised, and ends the task.
    """

    task: str
    set_aside: Callable[[str], object]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        """Swallow what only concerns this item."""
        if not isinstance(error, Exception) or _is_everybodys(error):
            return False
        if _sqlstate(error) in BUSY:
            _log.warning("tried_again_later", task=self.task, reason=reason_of(error))
            return True
        _log_failure(self.task, reason_of(error), _place_of(error))
        self.set_aside(reason_of(error))
        return True


@dataclass(frozen=True)
class PartAlone(AbstractContextManager[None, bool]):
    """A part of a task that has transactions of its own; otherwise as `parts_alone`."""

    sessions: Sessions
    task: str
    part: str
    now: datetime

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        """Swallow what only concerns this part."""
        if error is None:
            with transaction(self.sessions) as session:
                forget_setbacks(session, [self._what])
        return Alone(self.task, self._note).__exit__(kind, error, where)

    @property
    def _what(self) -> str:
        return f"{self.task}: {self.part}"

    def _note(self, reason: str) -> None:
        with transaction(self.sessions) as session:
            note_setback(session, self._what, reason, self.now)


def each_alone(
    session: Session,
    task: str,
    items: Iterable[_Item],
    step: Callable[[_Item], _Result],
    set_aside: SetAside[_Item],
) -> list[_Result]:
    """Do a step for each item, and return the results of those that it could be done for.

    Each is a savepoint of the caller's transaction: of one that fails nothing stays but what
    `set_aside` writes. Raises as `Alone`.
    """
    done: list[_Result] = []
    for item in items:
        with Alone(task, partial(_apart, session, task, set_aside, item)), session.begin_nested():
            done.append(step(item))
    return done


def _apart(
    session: Session, task: str, set_aside: SetAside[_Item], item: _Item, reason: str
) -> None:
    """Set an item aside; what cannot even be set aside must not keep the others from their turn."""
    with Alone(f"{task}: set aside", lambda _: None), session.begin_nested():
        set_aside(item, reason)


def parts_alone(
    sessions: Sessions,
    task: str,
    parts: Parts,
    now: datetime,
    enqueue_now: EnqueueNow | None = None,
) -> None:
    """Do the parts of a task, each a transaction; one that fails is kept as a Setback.

    The next tick tries it again, and forgets the Setback once it has worked. Raises as `Alone`.
    """
    for name in parts:
        with transaction(sessions, enqueue_now) as session:
            each_part(session, task, [name], partial(_do, session, parts), now)


def _do(session: Session, parts: Parts, name: str) -> None:
    parts[name](session)


def each_part(
    session: Session,
    task: str,
    names: Iterable[str],
    step: Callable[[str], _Result],
    now: datetime,
) -> list[_Result]:
    """Do a step for each of what has a name but no row; as `parts_alone`, in one transaction."""
    failed: list[str] = []

    def note(name: str, reason: str) -> None:
        failed.append(name)
        note_setback(session, f"{task}: {name}", reason, now)

    wanted = list(names)
    done = each_alone(session, task, wanted, step, note)
    forget_setbacks(session, [f"{task}: {name}" for name in wanted if name not in failed])
    return done


def note_setback(session: Session, what: str, reason: str, now: datetime) -> None:
    """Keep that this failed, since when and how often."""
    first = insert(Setback).values(what=what, reason=reason, n_times=1, first_at=now, last_at=now)
    session.execute(
        first.on_conflict_do_update(
            index_elements=["what"],
            set_={"reason": reason, "n_times": Setback.n_times + 1, "last_at": now},
        )
    )


def list_setbacks(session: Session) -> list[Setback]:
    """Return what fails just now, the oldest first."""
    return list(session.scalars(select(Setback).order_by(Setback.first_at, Setback.what)))


def reason_of(error: Exception) -> str:
    """Return what went wrong on one line, without addresses or the values of a statement."""
    driver = _driver_error(error)
    if driver is not None:
        primary = driver.diag.message_primary
        return tidy(f"{type(driver).__name__}: {primary or 'the database refused it'}")
    if isinstance(error, AppError | RenderError):
        return tidy(error.detail if isinstance(error, AppError) else str(error))
    return tidy(f"{type(error).__name__}: {error}")


def forget_setbacks(session: Session, what: list[str]) -> None:
    """Forget what failed until now: it works again, or is no more."""
    session.execute(delete(Setback).where(Setback.what.in_(what)))


def _is_everybodys(error: Exception) -> bool:
    """Return whether any other item would fail the same way: the database, the disk, the memory."""
    if isinstance(error, DBAPIError | psycopg.Error):
        return not _sqlstate(error).startswith((*_OF_DATA, *BUSY))
    return isinstance(error, PoolTimeout | RedisError | OSError | MemoryError)


def _sqlstate(error: Exception) -> str:
    """Return PostgreSQL's code; empty where it gave none, as when the connection was lost."""
    driver = _driver_error(error)
    return "" if driver is None else driver.sqlstate or ""


def _driver_error(error: BaseException | None) -> psycopg.Error | None:
    """Return the driver's own error: SQLAlchemy wraps it, COPY does not."""
    if isinstance(error, DBAPIError):
        error = error.orig
    return error if isinstance(error, psycopg.Error) else None


def _place_of(error: Exception) -> str:
    """Return the last line of ours that was running, without values; a traceback may hold them."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if any(map(Path(one.filename).is_relative_to, _OURS))]
    place = (ours or frames)[-1]
    return f"{Path(place.filename).name}:{place.lineno}"


@lru_cache(maxsize=1000)
def _log_failure(task: str, reason: str, place: str) -> None:
    """Log it once in the life of a process: a tick comes to it every few seconds."""
    _log.error("set_aside", task=task, reason=reason, place=place)
