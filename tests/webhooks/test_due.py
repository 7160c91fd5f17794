"""What is told next: nothing behind what was refused is read again before that one's time."""

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.models import MessageState, OutboxEntry, OutboxKind, WebhookMessage
from app.webhooks.deliver import lease
from app.webhooks.due import PAGE
from tests.webhooks.conftest import KEYS, Telling, states
from tests.webhooks.receiver import Receiver


def _n_due(telling: Telling, session: Session) -> int:
    query = select(func.count()).where(
        WebhookMessage.state == MessageState.WAITING, WebhookMessage.due_at <= telling.at
    )
    return session.scalar(query) or 0


def _write_many(telling: Telling, session: Session, n: int) -> None:
    """Write entries about the readers 1 and 2 in turn."""
    statement = """
        INSERT INTO outbox (at, kind, reader_id, facts)
        SELECT :at, 'reader.left', 1 + mod(n - 1, 2), jsonb_build_object('source', 'page')
        FROM generate_series(1, :n) AS n
    """
    session.execute(text(statement), {"at": telling.at, "n": n})
    session.commit()


def test_what_waits_behind_a_refused_message_is_put_off_until_its_time_and_others_are_found(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    telling.add()
    refused = telling.write(1, 2)
    receiver.answer = lambda got: 500 if got.name in refused else 200
    telling.tell()
    behind = telling.write(1, 2)
    _write_many(telling, session, 12 * PAGE)
    (other,) = telling.write(3)
    telling.tell()
    assert receiver.names[-1] == other, "it is behind twelve pages of what cannot be told"
    assert _n_due(telling, session) == 0
    receiver.got.clear()
    receiver.answer = lambda got: 200 if got.name in refused else 500
    telling.later(minutes=1)
    telling.tell()
    assert sorted(receiver.names) == sorted([*refused, *behind]), "the next at once, no later one"
    for first, second in zip(refused, behind, strict=True):
        assert receiver.names.index(first) < receiver.names.index(second)
    assert _n_due(telling, session) == 0


def test_other_webhook_is_told_between_what_is_put_off(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    refusing, _ = telling.add(OutboxKind.READER_LEFT, path="/refuses")
    taking, _ = telling.add(OutboxKind.READER_JOINED, path="/takes")
    telling.write(1, 2)
    receiver.answer = lambda _got: 500
    telling.tell()
    telling.later(seconds=1)
    receiver.answer = lambda _got: 200
    telling.write(3, kind=OutboxKind.READER_JOINED)
    telling.tell()
    _write_many(telling, session, 25 * PAGE)
    telling.write(4, kind=OutboxKind.READER_JOINED)
    telling.hand_on()
    leased = []
    for _ in range(3):
        telling.later(seconds=0.1)
        one = lease(session, KEYS, telling.at)
        session.commit()
        assert one is not None
        leased.append((one.webhook_id, len(one.told)))
    assert leased == [(refusing.id, 0), (taking.id, 1), (refusing.id, 0)]


def test_message_whose_entry_is_forgotten_fails_and_holds_up_nobody(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    telling.add()
    telling.write(*[1] * 20, *range(2, 20))
    telling.hand_on()
    session.execute(delete(OutboxEntry))
    (left,) = telling.write(1)
    telling.tell()
    assert receiver.names == [left]
    assert states(session) == [*[MessageState.FAILED] * 38, MessageState.DELIVERED]
