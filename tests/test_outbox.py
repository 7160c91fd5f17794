"""Reading the outbox by the statement of docs/outbox.md, while transactions cross."""

import re
from collections import defaultdict
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.models import OutboxEntry, OutboxKind
from app.outbox import READ_ON, adopt_published, forget_published

_PAGE: Final = (Path(__file__).parents[1] / "docs" / "outbox.md").read_text(encoding="utf-8")
_KINDS: Final = re.findall(r"^\| `([a-z.]+)` \|", _PAGE, re.MULTILINE)
_READ: Final = text("".join(re.findall(r"```sql\n(.*?)```", _PAGE, re.DOTALL)))
_SNAPSHOT: Final = text("SELECT CAST(pg_current_snapshot() AS text)")


class Follower:
    """Reads on as the page says, a few entries at a time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.told = self.until = self._snapshot()
        self.last = 0
        self.read: list[OutboxEntry | Any] = []

    def _snapshot(self) -> str:
        found = self.session.execute(_SNAPSHOT).scalar_one()
        self.session.rollback()
        return str(found)

    def step(self, limit: int = 1) -> None:
        """Read at most `limit` entries, or go on to the next snapshot."""
        position = {"told": self.told, "until": self.until, "last": self.last}
        rows = self.session.execute(_READ, position).all()[:limit]
        self.session.rollback()
        self.read += rows
        if rows:
            self.last = rows[-1].id
        else:
            self.told, self.until, self.last = self.until, self._snapshot(), 0

    def finish(self) -> None:
        for _ in range(2):
            while True:
                n_before = len(self.read)
                self.step(1000)
                if len(self.read) == n_before:
                    break


_ACTS: Final = st.one_of(
    st.tuples(st.just("take"), st.integers(0, 2), st.integers(1, 3)),
    st.tuples(st.sampled_from(["begin", "commit", "rollback"]), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("read"), st.integers(1, 3), st.just(0)),
)


_LATE: Final = [("take", 0, 1), ("take", 1, 2), ("commit", 1, 0), ("read", 1, 0), ("read", 1, 0)]
"""The first to write commits last, and the other one was read before."""

_HELD: Final = [
    *(("begin", 0, 0), ("begin", 2, 0), ("take", 1, 1), ("commit", 1, 0), ("take", 0, 1)),
    *(("commit", 0, 0), ("read", 1, 0), ("read", 1, 0), ("read", 1, 0)),
]
"""The first to begin takes a reader's row last, while a transaction between the two runs on."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@example(acts=_LATE)
@example(acts=_HELD)
@given(acts=st.lists(_ACTS, max_size=40))
def test_each_committed_entry_is_read_once_and_those_of_one_reader_in_order(
    sessions: Sessions, now: datetime, acts: list[tuple[str, int, int]]
) -> None:
    """Three transactions cross; whoever writes of a reader holds the row until its end."""
    with ExitStack() as stack:
        writers = [stack.enter_context(sessions()) for _ in range(3)]
        follower = Follower(stack.enter_context(sessions()))
        held: dict[int, int] = {}
        open_ones: dict[int, list[OutboxEntry]] = defaultdict(list)
        committed: list[int] = []
        for act, who, reader in acts:
            if act == "read":
                follower.step(who)
            elif act == "begin":
                writers[who].execute(text("SELECT pg_current_xact_id()"))
            elif act == "take":
                if held.setdefault(reader, who) == who:
                    open_ones[who].append(_write(writers[who], reader, now))
            else:
                committed += _end(writers[who], act, open_ones.pop(who, []))
                held = {one: holder for one, holder in held.items() if holder != who}
        for who, writer in enumerate(writers):
            committed += _end(writer, "commit", open_ones.pop(who, []))
        follower.finish()
        writers[0].execute(delete(OutboxEntry))
        writers[0].commit()
    assert sorted(one.id for one in follower.read) == sorted(committed)
    for reader in (1, 2, 3):
        of_reader = [one.id for one in follower.read if one.reader_id == reader]
        assert of_reader == sorted(of_reader)


def _write(session: Session, reader: int, now: datetime) -> OutboxEntry:
    entry = OutboxEntry(kind=OutboxKind.READER_LEFT, at=now, reader_id=reader, facts={})
    session.add(entry)
    session.flush()
    return entry


def _end(session: Session, act: str, entries: list[OutboxEntry]) -> list[int]:
    ids = [one.id for one in entries]
    getattr(session, act)()
    return ids if act == "commit" else []


def test_page_reads_as_webhooks_do() -> None:
    assert READ_ON in _PAGE


def test_page_names_every_kind_once() -> None:
    assert sorted(_KINDS) == sorted(OutboxKind)


def test_restored_entries_count_as_told_to_whoever_begins_anew(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    _write(session, 1, now).written_in = "9000000000000"  # of a server that had counted far
    session.commit()
    adopt_published(session)
    session.commit()
    with sessions() as own:
        follower = Follower(own)
        second = _write(session, 2, now)
        session.commit()
        follower.finish()
    assert [one.id for one in follower.read] == [second.id]


def test_old_entries_are_forgotten(session: Session, now: datetime) -> None:
    for days in (1, 31):
        _write(session, days, now - timedelta(days=days))
    forget_published(session, now - timedelta(days=30))
    assert session.scalars(select(OutboxEntry.reader_id)).all() == [1]
