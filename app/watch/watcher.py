"""The watcher: each minute one process looks for what is wrong, and tells whoever wants to hear.

It runs in a thread of `devoured serve`, not in a worker: beat, workers and broker are what it
watches. Should serve itself be gone, nothing is pinged, and that is heard of elsewhere.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock, system_clock
from app.db.session import Pool, Sessions, make_engine, make_sessions, transaction
from app.metrics.collector import make_reading_engine, read_parts, service_parts
from app.metrics.families import Samples
from app.models import Notice
from app.sentences import Sentence
from app.settings import Settings
from app.watch.alerts import Alert
from app.watch.figures import figures_of
from app.watch.notices import (
    EVERY,
    REMINDED,
    Way,
    begin_look,
    list_due,
    list_open,
    note_figures,
    note_told,
    notice_of,
)
from app.watch.rules import UNREAD
from app.watch.told import Told, told_of
from app.watch.ways import NotTold, Ways, make_ways

_WRITING: Final = Pool(n_kept=1, n_more=0, statement_seconds=10)
_FIRST_AFTER: Final = 10.0
"""Seconds after the start at which is first looked: whoever is stopped at once has other work."""

_log = structlog.get_logger(__name__)


@dataclass
class Watcher:
    """Looks when it is this process's turn; `read` gives the figures of the moment.

    While the database does not answer, each process tells it by itself: `down` is the notice.
    """

    sessions: Sessions
    read: Callable[[], Samples]
    ways: Ways
    clock: Clock
    down: Notice | None = None
    told_down: dict[Way, datetime] = field(default_factory=dict)

    def look(self) -> None:
        """Look for what is wrong and tell it; raise nothing."""
        try:
            with transaction(self.sessions) as session:
                is_ours = begin_look(session, self.clock())
        except SQLAlchemyError as error:
            _log.warning("watch_without_database", error=type(error).__name__)
            self._tell_down()
            return
        self._tell_up()
        if not is_ours:
            return
        try:
            self._look()
        except SQLAlchemyError as error:
            _log.warning("watch_ended", error=type(error).__name__)

    def _look(self) -> None:
        figures = figures_of(self.read(), self.clock())
        with transaction(self.sessions) as session:
            note_figures(session, figures)
        with transaction(self.sessions) as session:
            is_well = not any(one.is_critical for one in list_open(session, figures.now))
        for way in self.ways.tell:
            with transaction(self.sessions) as session:
                due = list_due(session, way, figures.now)
                told = [told_of(one, way) for one in due]
            if told and self._tells(way, told):
                with transaction(self.sessions) as session:
                    note_told(session, way, due, figures.now)
        if is_well:
            self._ping()

    def _tells(self, way: Way, told: Sequence[Told]) -> bool:
        """Tell by a way; return whether that went well, else the next look tries it again."""
        try:
            self.ways.tell[way](told)
        except NotTold as error:
            _log.warning("notice_not_told", way=way.value, reason=str(error))
            return False
        return True

    def _ping(self) -> None:
        if self.ways.ping is None:
            return
        try:
            self.ways.ping()
        except NotTold as error:
            _log.warning("ping_not_answered", reason=str(error))

    def _tell_down(self) -> None:
        """Tell that the database does not answer, once it has not for as long as its rule says."""
        now = self.clock()
        if self.down is None:
            said = Sentence("The database does not answer.")
            self.down = notice_of(Alert(UNREAD, "database", said, now), now)
            self.told_down = {}
        if self.down.tells_at > now:
            return
        for way in self.ways.tell:
            last = self.told_down.get(way)
            if last is None or last <= now - REMINDED:
                self._tell_of_down(way, now)

    def _tell_up(self) -> None:
        """Tell that the database answers again, by each way that heard that it did not."""
        if self.down is None:
            return
        self.down.ended_at = now = self.clock()
        for way in list(self.told_down):
            self._tell_of_down(way, now)
        self.down = None

    def _tell_of_down(self, way: Way, now: datetime) -> None:
        notice = self.down
        if notice is None:
            return
        notice.webhook_at = notice.mail_at = self.told_down.get(way)
        if self._tells(way, [told_of(notice, way)]):
            self.told_down[way] = now


@contextmanager
def watching(settings: Settings) -> Iterator[None]:
    """Watch in a thread meanwhile; it connects to nothing before the first look.

    Raises:
        ConfigError: a way by which notices are told is set wrongly.
    """
    ways = make_ways(settings, system_clock)
    reading = make_reading_engine(settings)
    writing = make_engine(settings.database_url, _WRITING)
    parts = service_parts(settings, reading, system_clock)
    watcher = Watcher(make_sessions(writing), lambda: read_parts(parts), ways, system_clock)
    is_over = Event()
    thread = Thread(target=_watch, args=(watcher, is_over), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        reading.dispose()
        writing.dispose()


def _watch(watcher: Watcher, is_over: Event) -> None:
    wait = _FIRST_AFTER
    while not is_over.wait(wait):
        wait = EVERY.total_seconds()
        try:
            watcher.look()
        except Exception as error:  # noqa: BLE001  # whatever it is, the next look may go well
            _log.exception("watch_failed", error=type(error).__name__)
