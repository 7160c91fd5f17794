"""From the outbox to messages: each entry once, of its kinds, again when it is asked for."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.actors import CLI
from app.errors import InvalidInput, WrongState
from app.models import OutboxEntry, OutboxKind, WebhookMessage
from app.outbox import adopt_published, forget_published
from app.webhooks.endpoints import disable_webhook, enable_webhook
from app.webhooks.fan_out import begin_anew
from app.webhooks.messages import attempts_of, forget_messages, replay
from tests.webhooks.conftest import Telling
from tests.webhooks.receiver import Receiver


def test_entry_that_is_committed_after_later_ones_is_told_all_the_same(
    telling: Telling, receiver: Receiver
) -> None:
    telling.add()
    with telling.sessions() as slow:
        facts = {"source": "page"}
        entry = OutboxEntry(kind=OutboxKind.READER_LEFT, at=telling.at, reader_id=1, facts=facts)
        slow.add(entry)
        slow.flush()
        (other,) = telling.write(2)
        telling.tell()
        assert receiver.names == [other]
        slow.commit()
    telling.tell()
    telling.tell()
    assert [one.told["data"]["reader_id"] for one in receiver.got] == ["2", "1"]


def test_page_after_page_is_handed_on_once(telling: Telling, session: Session) -> None:
    telling.add()
    telling.write(*range(1, 2502))
    telling.hand_on()
    telling.hand_on()
    subjects = session.scalars(select(WebhookMessage.subject_id).order_by(WebhookMessage.id)).all()
    assert subjects == list(range(1, 2502))


def test_webhook_hears_of_its_kinds_and_of_what_comes_after_it(
    telling: Telling, receiver: Receiver
) -> None:
    telling.write(1)
    telling.hand_on()
    telling.add(OutboxKind.READER_LEFT)
    telling.write(2, kind=OutboxKind.READER_CONFIRMED)
    (name,) = telling.write(3)
    telling.tell()
    assert receiver.names == [name]


def test_what_passed_by_a_stopped_webhook_is_told_by_a_replay(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    webhook, _ = telling.add()
    before = telling.write(1)
    telling.tell()
    disable_webhook(session, CLI, webhook.id, telling.at)
    session.commit()
    telling.later(minutes=1)
    since = telling.at
    missed = telling.write(1, 2, 1)
    telling.tell()
    with pytest.raises(WrongState):
        replay(session, CLI, webhook.id, telling.at, since=since)
    enable_webhook(session, CLI, webhook.id, telling.at)
    session.commit()
    telling.tell()
    assert receiver.names == before
    assert replay(session, CLI, webhook.id, telling.at, since=since) == 3
    assert replay(session, CLI, webhook.id, telling.at, since=since) == 0, "they wait already"
    session.commit()
    telling.tell()
    assert sorted(receiver.names) == sorted([*before, *missed])
    of_one = [one.name for one in receiver.got if one.told["data"]["reader_id"] == "1"]
    assert of_one == [before[0], missed[0], missed[2]]


def test_replay_leaves_alone_what_is_yet_to_be_handed_on(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    """Otherwise the second would come before the first, and then once more."""
    webhook, _ = telling.add()
    first = telling.write(1)
    telling.later(minutes=1)
    second = telling.write(1)
    assert replay(session, CLI, webhook.id, telling.at, since=telling.at) == 0
    session.commit()
    telling.tell()
    assert receiver.names == [*first, *second]


def test_nothing_is_written_at_a_tick_while_nobody_is_told(
    telling: Telling, session: Session
) -> None:
    version = text("SELECT xmin::text FROM webhook_positions")
    before = session.execute(version).scalar_one()
    telling.write(1)
    telling.hand_on()
    assert session.execute(version).scalar_one() == before


def test_one_message_is_told_again_by_its_id(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    webhook, _ = telling.add()
    first, _ = telling.write(1, 2)
    telling.tell()
    assert replay(session, CLI, webhook.id, telling.at, messages=[first]) == 1
    session.commit()
    telling.tell()
    assert sorted(receiver.names).count(first) == 2
    assert len(receiver.names) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"messages": ["evt_x"]},
        {"messages": ["sample_1"]},
        {"messages": [f"evt_{2**63 - 1}"]},
        {"messages": ["evt_1"], "since": True},
    ],
)
def test_replay_of_nothing_is_refused(
    telling: Telling, session: Session, wrong: dict[str, object]
) -> None:
    webhook, _ = telling.add()
    asked = wrong | ({"since": telling.at} if "since" in wrong else {})
    with pytest.raises(InvalidInput):
        replay(session, CLI, webhook.id, telling.at, **asked)  # type: ignore[arg-type]  # by name


def test_restored_entries_are_told_to_nobody_again(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    telling.add()
    telling.write(1)
    session.execute(OutboxEntry.__table__.update().values(written_in="9000000000000"))  # type: ignore[attr-defined]  # a Table's
    adopt_published(session)
    begin_anew(session)
    session.commit()
    telling.tell()
    (name,) = telling.write(2)
    telling.tell()
    assert receiver.names == [name]


def test_messages_and_attempts_go_with_their_entries(
    telling: Telling, session: Session, receiver: Receiver
) -> None:
    webhook, _ = telling.add()
    telling.write(1)
    telling.tell()
    telling.later(days=31)
    telling.write(1)
    telling.tell()
    before = telling.at - timedelta(days=30)
    assert forget_messages(session, before) == 1
    assert forget_messages(session, before) == 0
    forget_published(session, before)
    session.commit()
    (left,) = attempts_of(session, webhook.id, limit=10)
    assert left[2] is not None
    assert len(receiver.got) == 2
