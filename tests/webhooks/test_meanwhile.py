"""What happens while a webhook is told: another address, a stop, an erasure, a clock that jumps."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.delivery.alone import list_setbacks
from app.enums import ConsentSource
from app.models import (
    AttemptOutcome,
    MessageState,
    OutboxEntry,
    OutboxKind,
    Webhook,
    WebhookAttempt,
    WebhookMessage,
)
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.webhooks.endpoints import change_webhook
from app.webhooks.messages import mend_times, replay
from app.webhooks.record import Result, record_results, stop_restored
from app.webhooks.request import Attempted
from tests.factories import make_subscriber
from tests.webhooks.conftest import RULES, Telling, states
from tests.webhooks.receiver import Receiver

GONE = Attempted(AttemptOutcome.REFUSED, "answered 410", 410)
TAKEN = Attempted(AttemptOutcome.ACCEPTED, "", 204)


def _came(telling: Telling, session: Session, url: str, came: Attempted) -> Webhook:
    """Record what a request at this address came to, and return the webhook."""
    message = session.scalars(select(WebhookMessage)).one()
    results = [Result(message.id, telling.at, 5, came)]
    record_results(session, message.webhook_id, url, results, telling.at)
    session.flush()
    return session.get_one(Webhook, message.webhook_id)


def test_former_address_that_is_gone_does_not_stop_the_one_that_took_its_place(
    telling: Telling, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(1)
    telling.hand_on()
    former = webhook.url
    url = telling.receiver.url("/new")
    change_webhook(session, CLI, webhook.id, RULES, telling.at, url=url)
    assert _came(telling, session, former, GONE).disabled_at is None
    assert session.scalars(select(WebhookAttempt.status)).all() == [410]
    assert _came(telling, session, url, GONE).disabled_at is not None


def test_answer_that_comes_after_a_webhook_was_stopped_leaves_the_notice_of_it(
    telling: Telling, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(1)
    telling.hand_on()
    stop_restored(session, telling.at)
    _came(telling, session, webhook.url, TAKEN)
    assert [one.what for one in list_setbacks(session)] == [f"webhook {webhook.id}"]


def test_few_failures_stop_no_webhook_though_a_clock_jumps(
    telling: Telling, receiver: Receiver, session: Session
) -> None:
    webhook, _ = telling.add()
    telling.write(1, 2)
    receiver.answer = lambda _got: 500
    telling.tell()
    telling.later(days=30)
    telling.tell()
    session.refresh(webhook)
    assert webhook.n_failures == 4
    assert webhook.disabled_at is None


@pytest.mark.parametrize(("ahead", "n"), [(timedelta(days=2), 0), (timedelta(days=400), 2)])
def test_what_a_wrong_clock_put_off_for_long_is_told_when_it_is_right_again(
    telling: Telling, receiver: Receiver, session: Session, ahead: timedelta, n: int
) -> None:
    webhook, _ = telling.add()
    telling.write(1, 2)
    telling.hand_on()
    for message in session.scalars(select(WebhookMessage)):
        message.due_at = telling.at + ahead
    webhook.rests_until = webhook.leased_until = telling.at + timedelta(days=400)
    mend_times(session, telling.at)
    session.commit()
    telling.tell()
    assert len(receiver.got) == n


def test_of_an_erased_reader_only_the_erasure_is_told_whether_it_waited_or_is_told_again(
    telling: Telling, receiver: Receiver, session: Session, now: datetime
) -> None:
    """What was told before, receivers delete; nothing new of the reader may come behind it."""
    webhook, _ = telling.add(OutboxKind.READER_LEFT, OutboxKind.READER_ERASED)
    reader = make_subscriber(session)
    session.flush()
    (other,) = telling.write(1)
    telling.write(reader.public_id)
    telling.hand_on()
    erase(session, CLI, reader.id, now, Origin(ConsentSource.EDITOR))
    session.commit()
    telling.tell()
    kinds = [one.told["type"] for one in receiver.got if one.name != other]
    assert kinds == ["reader.erased"]
    receiver.got.clear()
    since = min(session.scalars(select(OutboxEntry.at)))
    replay(session, CLI, webhook.id, telling.at, since=since)
    session.commit()
    telling.tell()
    assert sorted(one.told["type"] for one in receiver.got) == ["reader.erased", "reader.left"]
    assert states(session).count(MessageState.WAITING) == 0
