import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.session import Job, Sessions
from app.enums import EventState
from app.events.errors import EventError
from app.events.sns import MAX_BYTES, SnsMessage
from app.events.webhook import Webhook, receive_webhook
from app.models import Event
from tests.events.told import TOPIC, complaint, notification, said, signatory

SNS = signatory()


@pytest.fixture
def enqueued() -> list[list[Job]]:
    return []


@pytest.fixture
def asked() -> list[SnsMessage]:
    """Collect the subscriptions that were confirmed."""
    return []


@pytest.fixture
def webhook(sessions: Sessions, enqueued: list[list[Job]], asked: list[SnsMessage]) -> Webhook:
    return Webhook(
        sessions=sessions,
        topics=[TOPIC],
        fetch_certificate=lambda _: SNS.pem,
        confirm=asked.append,
        enqueue_now=enqueued.append,
    )


def _n_events(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Event)) or 0


def test_event_is_stored_before_it_is_answered_for(
    session: Session, webhook: Webhook, enqueued: list[list[Job]], now: datetime
) -> None:
    message = said("Send", now)
    assert receive_webhook(webhook, SNS.signed(notification(message, now)), now) == 200
    event = session.scalars(select(Event)).one()
    assert event.unique_id == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert (event.body, event.state, event.received_at) == (message, EventState.NEW, now)
    assert enqueued == [[("apply_events", ())]]


def test_event_is_stored_once_when_it_is_replayed(
    session: Session, webhook: Webhook, now: datetime
) -> None:
    body = SNS.signed(notification(said("Send", now), now))
    assert [receive_webhook(webhook, body, now) for _ in range(3)] == [200, 200, 200]
    assert _n_events(session) == 1


def test_sns_is_asked_to_come_again_when_the_event_cannot_be_stored(
    session: Session, webhook: Webhook, now: datetime
) -> None:
    body = SNS.signed(notification(said("Send", now), now))
    session.execute(text("ALTER TABLE events RENAME TO events_away"))
    session.commit()
    try:
        assert receive_webhook(webhook, body, now) == 503
    finally:
        session.execute(text("ALTER TABLE events_away RENAME TO events"))
        session.commit()
    assert receive_webhook(webhook, body, now) == 200


def test_forged_messages_are_refused_for_good(
    session: Session, webhook: Webhook, now: datetime
) -> None:
    stranger = signatory("sns.amazonaws.com", bits=3072)
    foreign = TOPIC.replace("000000000000", "999999999999")
    changed = json.loads(SNS.signed(notification("told", now))) | {"Message": "other"}
    answers = {
        "signature": stranger.signed(notification("told", now)),
        "topic": SNS.signed(notification("told", now, TopicArn=foreign)),
        "field": json.dumps(changed).encode(),
        "url": SNS.signed(notification("told", now, SigningCertURL="https://evil.example/a.pem")),
        "version": SNS.signed(notification("told", now), version="1"),
    }
    assert {
        what: receive_webhook(webhook, body, now) for what, body in answers.items()
    } == dict.fromkeys(answers, 403)
    assert _n_events(session) == 0


@pytest.mark.parametrize(
    ("account", "status"),
    [("000000000000", 200), (None, 200), ("999999999999", 403), ("", 403), (7, 200)],
)
def test_event_is_refused_when_another_account_sent_the_mail(
    session: Session, webhook: Webhook, now: datetime, account: object, status: int
) -> None:
    told = json.loads(said("Complaint", now, part=complaint()))
    told["mail"]["sendingAccountId"] = account
    if account is None:
        del told["mail"]["sendingAccountId"]
    body = SNS.signed(notification(json.dumps(told), now))
    assert receive_webhook(webhook, body, now) == status
    assert _n_events(session) == (status == 200)


@pytest.mark.parametrize("message", ["told", "[]", "{}", '{"mail": []}', '{"mail": {}}'])
def test_what_names_no_account_is_kept_to_be_looked_at(
    session: Session, webhook: Webhook, now: datetime, message: str
) -> None:
    assert receive_webhook(webhook, SNS.signed(notification(message, now)), now) == 200
    assert _n_events(session) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{}", 400), (b"\x00", 400), (b"[]", 400), (b" " * (MAX_BYTES + 1), 413)],
)
def test_what_is_no_message_is_refused(
    session: Session, webhook: Webhook, now: datetime, body: bytes, status: int
) -> None:
    assert receive_webhook(webhook, body, now) == status
    assert _n_events(session) == 0


@pytest.mark.parametrize("hours", [-48, -2, 2, 48])
def test_genuine_message_may_come_again_when_our_clock_jumps(
    session: Session, webhook: Webhook, now: datetime, hours: int
) -> None:
    body = SNS.signed(notification(said("Send", now), now))
    assert receive_webhook(webhook, body, now + timedelta(hours=hours)) == 503
    assert _n_events(session) == 0
    assert receive_webhook(webhook, body, now + timedelta(minutes=1)) == 200


def test_genuine_message_may_come_again_when_the_certificate_cannot_be_had(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    def fail(_: str) -> bytes:
        raise EventError("no_certificate", again=True)

    body = SNS.signed(notification(said("Send", now), now))
    assert receive_webhook(Webhook(sessions, [TOPIC], fail), body, now) == 503
    assert _n_events(session) == 0


def test_subscription_is_confirmed_by_the_api_and_nothing_is_stored(
    session: Session, webhook: Webhook, asked: list[SnsMessage], now: datetime
) -> None:
    address = "http://169.254.169.254/latest"
    kinds = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
    for kind in kinds:
        fields = notification("?", now, Type=kind, Token="t" * 64, SubscribeURL=address)
        assert receive_webhook(webhook, SNS.signed(fields), now) == 200
    assert [(one.topic_arn, one.token) for one in asked] == [(TOPIC, "t" * 64)]
    assert _n_events(session) == 0


def test_subscription_may_be_asked_for_again_when_it_was_not_confirmed(
    sessions: Sessions, now: datetime
) -> None:
    def fail(_: SnsMessage) -> None:
        raise EventError("not_confirmed", again=True)

    fields = notification(
        "?", now, Type="SubscriptionConfirmation", Token="t", SubscribeURL="https://x"
    )
    webhook = Webhook(sessions, [TOPIC], lambda _: SNS.pem, confirm=fail)
    assert receive_webhook(webhook, SNS.signed(fields), now) == 503
