import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.delivery.answers import UNKNOWN, write_down, write_waiting
from app.delivery.claim import OpenCall, lease_batch
from app.delivery.epoch import HELD_BECAUSE, EpochState
from app.delivery.sender import Sender
from app.delivery.spool import Answer, Spool
from app.enums import CallState, Cause
from app.models import Account, Call, Category, Delivery, Issue
from app.transports.answers import Answer as Refusal
from app.transports.base import Accepted, InDoubt, Outcome, Refused
from tests.claims import open_call
from tests.fakes import KeepingTransport

MakeSender = Callable[..., Sender]
AT = datetime.fromisoformat("2026-11-23T06:00:00.123457+00:00")
WORDS = st.text(min_size=1)
OUTCOMES = st.one_of(
    st.builds(Accepted, WORDS),
    st.builds(InDoubt, WORDS),
    st.builds(
        Refused,
        st.sampled_from(["later", "throttled", "never", "stop", "halt", "quota"]),
        WORDS,
        answer=st.none()
        | st.builds(Refusal, st.sampled_from(Cause), st.text(), is_gone=st.booleans()),
    ),
)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path / "outcomes")
    made.check()
    return made


def _files(spool: Spool) -> list[str]:
    return spool.names()


@given(call_id=st.integers(1, 1 << 62), outcomes=st.lists(OUTCOMES, min_size=1, max_size=50))
def test_answer_is_read_back_as_it_was_kept(
    tmp_path_factory: pytest.TempPathFactory, call_id: int, outcomes: list[Outcome]
) -> None:
    spool = Spool(tmp_path_factory.mktemp("outcomes"))
    answer = Answer(call_id, AT, outcomes)
    spool.keep(answer).let_go()
    (name,) = spool.names()
    with spool.lock(name) as kept:
        assert kept is not None
        assert kept.answer == answer
        kept.forget()
    assert spool.names() == []


def test_file_holds_ids_and_words_and_no_sentence(spool: Spool, tmp_path: Path) -> None:
    refused = Refused("later", "MAILBOX_BUSY", "the mailbox of somebody is busy")
    spool.keep(Answer(7, AT, [Accepted("m-1"), InDoubt("ReadTimeout", "after 30 s"), refused]))
    (path,) = (tmp_path / "outcomes").iterdir()
    assert path.read_text() == (
        '{"version":1,"call_id":7,"opened_at":"2026-11-23T06:00:00.123457+00:00",'
        '"outcomes":[["accepted","m-1"],["in_doubt","ReadTimeout"],["later","MAILBOX_BUSY"]]}'
    )
    assert path.stat().st_mode & 0o077 == 0


def test_answer_of_the_version_before_says_of_no_mailbox_that_it_is_gone(
    spool: Spool, tmp_path: Path
) -> None:
    refused = Refused("never", "550", answer=Refusal(Cause.MAILBOX, "5.1.1", is_gone=True))
    spool.keep(Answer(7, AT, [refused])).let_go()
    (path,) = (tmp_path / "outcomes").iterdir()
    text = path.read_text()
    assert '"answers":{"0":["mailbox","5.1.1"]},"gone":[0]' in text
    path.write_text(text.replace(',"gone":[0]', ""))
    (name,) = spool.names()
    with spool.lock(name) as taken:
        assert taken is not None
        assert taken.answer is not None
        before = Refused("never", "550", answer=Refusal(Cause.MAILBOX, "5.1.1"))
        assert taken.answer.outcomes == [before]


def test_answer_in_hand_is_nobody_elses(spool: Spool) -> None:
    kept = spool.keep(Answer(7, AT, [Accepted("m")]))
    kept.flush()
    (name,) = spool.names()
    with spool.lock(name) as taken:
        assert taken is None
    kept.let_go()
    with spool.lock(name) as taken, spool.lock(name) as second:
        assert taken is not None
        assert second is None


def test_answer_outlives_a_process_that_is_killed_with_it(spool: Spool, tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from datetime import datetime; from pathlib import Path;"
        "from app.delivery.spool import Answer, Spool; from app.transports.base import Accepted;"
        "kept = Spool(Path(sys.argv[1])).keep("
        "Answer(7, datetime.fromisoformat(sys.argv[2]), [Accepted('m')]));"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    words = [sys.executable, "-c", program, str(tmp_path / "outcomes"), AT.isoformat()]
    subprocess.run(words, check=False, timeout=60)  # noqa: S603  # our own program
    (name,) = spool.names()
    with spool.lock(name) as taken:
        assert taken is not None
        assert taken.answer == Answer(7, AT, [Accepted("m")])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"version":2,"call_id":7,"opened_at":"2026-11-23T06:00:00+00:00","outcomes":[]}',
        b'{"version":1,"call_id":7,"opened_at":"2026-11-23T06:00:00+00:00","outcomes":[["x","y"]]}',
        b'{"version":1,"call_id":7,"opened_at":"soon","outcomes":[]}',
    ],
)
def test_file_that_is_no_answer_is_set_aside_and_said(
    spool: Spool, tmp_path: Path, text: bytes
) -> None:
    path = tmp_path / "outcomes" / "7-1.json"
    path.write_bytes(text)
    with capture_logs() as said, spool.lock(path.name) as kept:
        assert kept is None
    assert [one["event"] for one in said] == ["spooled_answer_not_understood"]
    assert spool.names() == []
    assert path.with_suffix(".broken").exists()


def test_spool_that_cannot_be_written_is_said_once_and_the_answer_is_in_memory(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_bytes(b"")
    spool = Spool(tmp_path / "file" / "outcomes")
    with capture_logs() as said:
        spool.check()
        kept = [spool.keep(Answer(n, AT, [Accepted("m")])) for n in range(3)]
    assert [one["event"] for one in said] == ["spool_cannot_be_written"]
    assert said[0]["log_level"] == "error"
    assert not any(one.is_on_disk for one in kept)
    assert spool.names() == []


def test_spool_without_a_folder_keeps_in_memory_and_says_nothing() -> None:
    spool = Spool()
    with capture_logs() as said:
        spool.check()
        kept = spool.keep(Answer(7, AT, [Accepted("m")]))
        kept.flush()
        kept.forget()
    assert said == []
    assert spool.names() == []


@pytest.fixture
def call(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    now: datetime,
) -> OpenCall:
    """Open a Call of three readers that went out."""
    add_readers(3, categories["ai"].mask)
    ready()
    lease = lease_batch(session, "gone", now)
    assert lease is not None
    opened = open_call(session, lease, 50, now)
    assert opened is not None
    session.commit()
    return opened


def test_answer_that_was_written_already_is_forgotten(
    session: Session, call: OpenCall, spool: Spool, make_sender: MakeSender
) -> None:
    """The worker that had it was killed between its commit and the end of the file."""
    sender = replace(make_sender(KeepingTransport()), spool=spool)
    answer = Answer(call.call_id, call.opened_at, [Accepted("m")] * 3)
    assert write_down(sender, spool.keep(answer))
    spool.keep(answer).let_go()
    assert write_waiting(sender)
    assert spool.names() == []
    rows = session.scalars(select(Delivery)).all()
    assert [row.provider_id for row in rows] == ["m"] * 3


@pytest.mark.parametrize("of_another", ["id", "instant"])
def test_answer_of_another_database_changes_nothing_and_holds_the_account(
    session: Session,
    call: OpenCall,
    spool: Spool,
    tmp_path: Path,
    make_sender: MakeSender,
    of_another: str,
) -> None:
    call_id = call.call_id + (of_another == "id")
    opened_at = call.opened_at + (of_another == "instant") * timedelta(microseconds=1)
    spool.keep(Answer(call_id, opened_at, [Accepted("m")] * 3)).let_go()
    sender = replace(make_sender(KeepingTransport()), spool=spool)
    with capture_logs() as said:
        assert not write_waiting(sender)
    aside = {"event": "answer_set_aside", "call_id": call_id, "because": UNKNOWN}
    assert [one for one in said if aside.items() <= one.items()]
    assert session.get_one(Account, 1).paused_because == HELD_BECAUSE[EpochState.OLDER]
    assert write_waiting(sender), "it holds up nothing but what the account's pause does"
    assert session.scalars(select(Delivery)).all() == []
    assert session.scalars(select(Call.state)).one() is CallState.OPEN
    assert [path.suffix for path in (tmp_path / "outcomes").iterdir()] == [".broken"]


@pytest.mark.parametrize(
    "outcomes", [[Accepted("m\0")] * 3, [Accepted("m\ud800")] * 3, [Accepted("m")] * 2]
)
def test_answer_that_no_database_would_take_is_set_aside(
    call: OpenCall, spool: Spool, make_sender: MakeSender, outcomes: list[Outcome]
) -> None:
    sender = replace(make_sender(KeepingTransport()), spool=spool)
    with capture_logs() as said:
        assert write_down(sender, spool.keep(Answer(call.call_id, call.opened_at, outcomes)))
    assert [one["event"] for one in said] == ["answer_set_aside"]
    assert spool.names() == []
