"""While a provider is spoken to, no transaction is open: a slow one must hold no lock, no row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.delivery.letters import queue_letter
from app.delivery.post import send_letter
from app.delivery.send import Sender, send_batch
from app.enums import LetterKind, SubscriberState
from app.models import Category, Issue
from app.rendering.templates import our_templates
from app.transports.base import Outcome, Quota, Recipient, Refused
from tests.factories import make_subscriber
from tests.fakes import KeepingTransport, accept
from tests.waiting import EMPTYING

MakeSender = Callable[..., Sender]

_OPEN = text(
    """
    SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%'), count(*)
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid() AND application_name <> :emptying
    """
).bindparams(emptying=EMPTYING)


@dataclass
class Onlooker:
    """Sees how many of this database's connections are in a transaction, and how many there are."""

    engine: Engine
    seen: list[tuple[int, int]] = field(default_factory=list)

    def look(self) -> None:
        with self.engine.connect() as connection:
            n_open, n_connections = connection.execute(_OPEN).one()
        self.seen.append((n_open, n_connections))


class _AskedTransport(KeepingTransport):
    """Is looked at when it is asked for the quota, too."""

    def quota(self) -> Quota | None:
        self.before_answer()
        return super().quota()


@pytest.fixture
def onlooker(engine: Engine) -> Onlooker:
    return Onlooker(engine)


@pytest.fixture
def transport(onlooker: Onlooker) -> KeepingTransport:
    return _AskedTransport(before_answer=onlooker.look)


def test_open_transaction_is_seen_when_there_is_one(session: Session, onlooker: Onlooker) -> None:
    session.execute(text("SELECT 1"))
    onlooker.look()
    session.commit()
    onlooker.look()
    assert [n_open for n_open, _ in onlooker.seen] == [1, 0]


@pytest.mark.parametrize("is_refused_once", [False, True])
def test_no_transaction_is_open_while_a_batch_is_handed_over(
    session: Session,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    ready: Callable[[], Issue],
    make_sender: MakeSender,
    transport: KeepingTransport,
    onlooker: Onlooker,
    is_refused_once: bool,  # noqa: FBT001  # what the parameter is about
) -> None:
    def refuse_the_first(recipient: Recipient) -> Outcome:
        if is_refused_once and len(transport.calls) == 1:
            return Refused("later", "MAILBOX_BUSY")
        return accept(recipient)

    add_readers(120, categories["ai"].mask)
    ready()
    transport.answer = refuse_the_first
    while send_batch(make_sender(transport)):
        pass
    assert len(transport.calls) >= 3
    assert len(onlooker.seen) > len(transport.calls), "it is asked for its quota first"
    assert {n_open for n_open, _ in onlooker.seen} == {0}
    assert all(n_connections for _, n_connections in onlooker.seen)


def test_no_transaction_is_open_while_a_letter_is_handed_over(
    session: Session,
    make_sender: MakeSender,
    transport: KeepingTransport,
    onlooker: Onlooker,
    now: datetime,
) -> None:
    reader = make_subscriber(session, state=SubscriberState.PENDING, confirmed_at=None)
    letter = queue_letter(session, LetterKind.CONFIRMATION, subscriber_id=reader.id, now=now)
    session.commit()
    assert send_letter(make_sender(transport), our_templates(), letter.id)
    assert len(transport.calls) == 1
    assert {n_open for n_open, _ in onlooker.seen} == {0}
