"""The send epoch: a database that is older than what was sent from it sends nothing more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.actors import SYSTEM
from app.db.session import Sessions
from app.delivery.account import account_pause, resume_account
from app.delivery.epoch import (
    LOST,
    OLDER,
    EpochState,
    keep_epoch,
    known_epoch,
    read_marks,
    standing,
)
from app.delivery.letters import queue_letter
from app.delivery.post import send_letter
from app.delivery.send import Sender, send_batch
from app.delivery.send_epoch import SendEpoch, raise_epoch
from app.enums import DeliveryState, LetterKind
from app.models import Account, Call, Delivery, Installation, Issue, Letter
from app.outside.base import Store
from app.outside.folder import FolderPlace
from app.outside.valkey import ValkeyPlace
from app.rendering.templates import our_templates
from tests.fakes import KeepingTransport


@pytest.fixture
def places(tmp_path: Path, valkey_url: str) -> tuple[Store, ...]:
    return FolderPlace(tmp_path / "state"), ValkeyPlace(Redis.from_url(valkey_url))


@pytest.fixture
def make_process(
    make_sender: Callable[..., Sender], sessions: Sessions, places: tuple[Store, ...]
) -> Callable[[KeepingTransport], Sender]:
    """Make a worker process that has just started."""

    def make(transport: KeepingTransport) -> Sender:
        return replace(make_sender(transport), epoch=SendEpoch(places, sessions))

    return make


def _because(session: Session) -> str | None:
    session.rollback()
    return session.scalars(select(Account.paused_because)).one()


def _forget_the_last_call(session: Session) -> None:
    """Make the database what it was before its last Call, as a restored one is."""
    last = session.scalars(select(Call.id).order_by(Call.id.desc()).limit(1)).one()
    session.execute(delete(Delivery).where(Delivery.call_id == last))
    session.execute(delete(Call).where(Call.id == last))
    session.execute(text("UPDATE batches SET state = 'queued', n_taken = 0"))
    session.commit()


def _two_calls(
    add_readers: Callable[..., None], ready: Callable[[], Issue], transport: KeepingTransport
) -> None:
    transport.max_recipients = 3
    add_readers(6, follows=3)
    ready()


def test_all_places_know_what_was_sent(
    session: Session,
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    transport: KeepingTransport,
    make_process: Callable[..., Sender],
    places: tuple[Store, ...],
) -> None:
    _two_calls(add_readers, ready, transport)
    sender = make_process(transport)
    assert send_batch(sender)
    assert not send_batch(sender)
    known = known_epoch(session)
    assert [place.epoch(known.installation) for place in places] == [known.epoch, known.epoch]
    assert known.was_kept
    assert len(transport.addresses) == 6


def test_nothing_is_sent_when_the_database_is_older_than_any_place(
    session: Session,
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    transport: KeepingTransport,
    make_process: Callable[..., Sender],
    places: tuple[Store, ...],
    now: datetime,
) -> None:
    _two_calls(add_readers, ready, transport)
    assert send_batch(make_process(transport))
    _forget_the_last_call(session)
    for again in (make_process(transport), make_process(transport)):
        assert not send_batch(again)
    assert len(transport.addresses) == 6
    assert _because(session) == OLDER
    resume_account(session, SYSTEM, now)
    session.commit()
    assert not send_batch(make_process(transport))
    assert _because(session) == OLDER
    places[0].raise_epoch(uuid4(), 2**40, durably=True)  # another installation's, of no concern


def test_process_that_goes_on_after_a_replica_took_over_holds_the_account(
    session: Session,
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    transport: KeepingTransport,
    make_process: Callable[..., Sender],
) -> None:
    _two_calls(add_readers, ready, transport)

    def lose_it() -> None:
        if len(transport.calls) == 1:
            session.execute(delete(Call))
            session.commit()

    transport.before_answer = lose_it
    send_batch(make_process(transport))
    assert len(transport.calls) == 1
    assert _because(session) == OLDER


def test_letter_waits_when_the_database_is_older(
    session: Session,
    transport: KeepingTransport,
    make_process: Callable[..., Sender],
    places: tuple[Store, ...],
) -> None:
    places[1].raise_epoch(known_epoch(session).installation, 5, durably=False)
    sender = make_process(transport)
    letter = queue_letter(
        session, LetterKind.TEST, now=sender.clock(), address="somebody@example.com"
    )
    session.commit()
    assert not send_letter(sender, our_templates(), letter.id)
    assert _because(session) == OLDER
    assert session.get_one(Letter, letter.id, populate_existing=True).state is DeliveryState.QUEUED
    assert transport.calls == []


def test_account_is_held_when_every_place_lost_the_epoch(
    session: Session,
    sessions: Sessions,
    make_process: Callable[..., Sender],
    transport: KeepingTransport,
    places: tuple[Store, ...],
    tmp_path: Path,
    valkey_url: str,
) -> None:
    assert not send_batch(make_process(transport))
    assert _because(session) is None
    Redis.from_url(valkey_url).flushall()
    assert not send_batch(make_process(transport))
    assert _because(session) is None, "the folder still knows"
    for path in (tmp_path / "state").iterdir():
        path.unlink()
    Redis.from_url(valkey_url).flushall()
    assert not send_batch(make_process(transport))
    assert _because(session) == LOST


def test_nothing_is_sent_but_nobody_is_held_while_no_place_answers(
    session: Session,
    sessions: Sessions,
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    make_sender: Callable[..., Sender],
    transport: KeepingTransport,
    places: tuple[Store, ...],
) -> None:
    _two_calls(add_readers, ready, transport)
    gone = ValkeyPlace(Redis.from_url("unix:///nowhere/valkey.sock"))
    epoch = SendEpoch((gone,), sessions)
    sender = replace(make_sender(transport), epoch=epoch)
    epoch.ask()
    assert not raise_epoch(sessions, epoch), "a launch waits"
    assert not send_batch(sender)
    assert transport.calls == []
    assert _because(session) is None
    sender = replace(sender, epoch=SendEpoch((gone, *places), sessions))
    assert send_batch(sender), "one place is enough"


def test_launch_raises_every_place_before_anything_is_sent(
    session: Session, sessions: Sessions, places: tuple[Store, ...]
) -> None:
    epoch = SendEpoch(places, sessions)
    epoch.ask()
    whose = known_epoch(session)
    session.rollback()
    assert raise_epoch(sessions, epoch)
    after = known_epoch(session)
    assert after.epoch > whose.epoch
    assert [place.epoch(whose.installation) for place in places] == [after.epoch, after.epoch]


def test_upgraded_database_is_not_held_though_no_place_knows_of_its_calls(
    session: Session,
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    transport: KeepingTransport,
    make_sender: Callable[..., Sender],
    make_process: Callable[..., Sender],
) -> None:
    _two_calls(add_readers, ready, transport)
    assert send_batch(make_sender(transport))
    send_batch(make_process(transport))
    assert _because(session) is None


def test_database_keeps_its_epoch_when_old_calls_are_deleted(
    session: Session,
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    transport: KeepingTransport,
    make_process: Callable[..., Sender],
) -> None:
    _two_calls(add_readers, ready, transport)
    assert send_batch(make_process(transport))
    before = known_epoch(session).epoch
    keep_epoch(session)
    session.execute(delete(Call))
    session.commit()
    assert known_epoch(session).epoch == before
    assert not send_batch(make_process(transport))
    assert _because(session) is None


def test_another_database_in_its_place_is_asked_about_anew(
    session: Session,
    make_process: Callable[..., Sender],
    transport: KeepingTransport,
    places: tuple[Store, ...],
    now: object,
) -> None:
    sender = make_process(transport)
    sender.epoch.ask()
    sender.epoch.raise_to(50)
    session.execute(update(Installation).values(installation_id=uuid4(), send_epoch=0))
    session.commit()
    for _ in range(2):
        assert not send_batch(sender)
    assert _because(session) is None
    known = known_epoch(session)
    assert standing(known, read_marks(places, known.installation)) is EpochState.KEPT
    assert account_pause(session, sender.clock()) is None
