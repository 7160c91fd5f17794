import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Cause, EventKind
from app.events.errors import EventError
from app.events.payload import read_event
from app.transports.answers import Answer
from tests.events.told import bounce, complaint, notified, said

AT = datetime(2026, 11, 23, 6, 1, 2, 345000, tzinfo=UTC)
ADDRESS = "Reader1@Example.com"
_SENT_AT = '{"eventType": "Send", "mail": {"messageId": "a", "timestamp": "%s"}}'


@pytest.mark.parametrize(
    ("event_type", "part", "kind", "subtype"),
    [
        ("Send", {}, EventKind.SENT, ""),
        ("Delivery", {}, EventKind.DELIVERED, ""),
        ("DeliveryDelay", {"delayType": "MailboxFull"}, EventKind.DELAYED, "MailboxFull"),
        ("Bounce", bounce(), EventKind.BOUNCED, "Permanent/General"),
        ("Bounce", bounce("Transient/MailboxFull"), EventKind.BOUNCED, "Transient/MailboxFull"),
        ("Bounce", {"bounceType": None}, EventKind.BOUNCED, "Undetermined/Undetermined"),
        ("Complaint", complaint(), EventKind.COMPLAINED, "abuse"),
        (
            "Complaint",
            {"complaintSubType": "OnAccountSuppressionList"},
            EventKind.COMPLAINED,
            "OnAccountSuppressionList",
        ),
        ("Reject", {}, EventKind.REJECTED, "Bad content"),
        ("Rendering Failure", {"errorMessage": "a\r\nb"}, EventKind.NOT_RENDERED, "a b"),
        ("Open", {}, EventKind.OPENED, ""),
        ("Click", {"link": "https://example.com"}, EventKind.CLICKED, ""),
        ("Subscription", {}, EventKind.SUBSCRIPTION, ""),
        ("Teleportation", {}, EventKind.UNKNOWN, ""),
    ],
)
def test_published_event_is_read_when_it_bears_our_tags(
    event_type: str, part: dict[str, Any], kind: EventKind, subtype: str
) -> None:
    heard = read_event(said(event_type, AT, delivery_id="7-11", attempt=3, part=part))
    assert len(heard) == 1
    assert (heard[0].kind, heard[0].subtype) == (kind, subtype)
    assert (heard[0].delivery_id, heard[0].attempt) == ("7-11", 3)
    assert heard[0].happened_at == AT
    assert heard[0].address is None


def test_time_is_the_mails_when_the_event_has_none() -> None:
    told = json.loads(said("Delivery", AT))
    del told["delivery"]["timestamp"]
    told["mail"]["timestamp"] = "2026-11-23T08:00:00+02:00"
    heard = read_event(json.dumps(told))[0].happened_at
    assert heard == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert heard.utcoffset() == timedelta(0)


def test_published_event_is_nobodys_when_it_has_no_tag_of_ours() -> None:
    heard = read_event(said("Bounce", AT, delivery_id=None, part=bounce()))
    assert [(event.delivery_id, event.address) for event in heard] == [(None, None)]


def test_header_names_the_delivery_when_there_is_no_tag() -> None:
    told = notified("Bounce", AT, bounce(), destination=[ADDRESS], header="letter-5")
    assert [event.delivery_id for event in read_event(told)] == ["letter-5"]
    shouted = told.replace("X-Devoured-Delivery", "x-DEVOURED-delivery")
    assert [event.delivery_id for event in read_event(shouted)] == ["letter-5"]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("Bounce", bounce(address="redacted@example.com")),
        ("Complaint", complaint(address="redacted@example.com")),
        ("Delivery", {"recipients": ["redacted@example.com"]}),
    ],
)
def test_notification_speaks_of_the_only_one_written_to(kind: str, part: dict[str, Any]) -> None:
    heard = read_event(notified(kind, AT, part, destination=[ADDRESS]))
    assert [event.address for event in heard] == ["reader1@example.com"]
    assert "reader1" not in repr(heard)


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("Bounce", {"bouncedRecipients": [{"emailAddress": a} for a in ("a@b.c", "D@e.f")]}),
        ("Complaint", {"complainedRecipients": [{"emailAddress": a} for a in ("a@b.c", "D@e.f")]}),
        ("Delivery", {"recipients": ["a@b.c", "Dee <D@e.f>", "a@b.c"]}),
    ],
)
def test_notification_speaks_of_each_when_several_were_written_to(
    kind: str, part: dict[str, Any]
) -> None:
    told = notified(kind, AT, part, destination=["a@b.c", "d@e.f", "g@h.i"])
    assert [event.address for event in read_event(told)] == ["a@b.c", "d@e.f"]


def test_notification_of_incoming_mail_is_of_none_that_we_sent_whatever_its_headers_say() -> None:
    told = notified("Received", AT, {}, destination=[ADDRESS], header="7-11")
    assert [(e.kind, e.delivery_id, e.address) for e in read_event(told)] == [
        (EventKind.RECEIVED, None, None)
    ]


@pytest.mark.parametrize(
    "greeting",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        '{"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "hello"}',
    ],
)
def test_greeting_of_a_topic_speaks_of_nobody(greeting: str) -> None:
    assert read_event(greeting) == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        ("[" * 5000, "not_json"),
        ('"\ud800"', "no_type"),
        ("[]", "no_type"),
        ("null", "no_type"),
        ("{}", "no_type"),
        ('{"eventType": 1}', "no_type"),
        ('{"eventType": "Send"}', "no_message_id"),
        ('{"eventType": "Send", "mail": []}', "no_message_id"),
        ('{"eventType": "Send", "mail": {"messageId": "a\\u0000b"}}', "no_message_id"),
        ('{"eventType": "Send", "mail": {"messageId": "' + "a" * 257 + '"}}', "no_message_id"),
        ('{"eventType": "Send", "mail": {"messageId": "a"}}', "no_timestamp"),
        (_SENT_AT % "yesterday", "no_timestamp"),
        (_SENT_AT % "0001-01-01T00:00:00+14:00", "no_timestamp"),
    ],
)
def test_refusal_names_the_reason_when_it_is_no_event(message: str, reason: str) -> None:
    with pytest.raises(EventError) as refused:
        read_event(message)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "tag", ["a b", "", "x" * 257, "7-11\n", "reader@example.com", 7, None, [], {"a": 1}]
)
def test_tag_is_dropped_when_ses_could_not_have_taken_it(tag: object) -> None:
    told = json.loads(said("Send", AT))
    told["mail"]["tags"]["delivery_id"] = [tag]
    told["mail"]["tags"]["attempt"] = [tag]
    assert [(e.delivery_id, e.attempt) for e in read_event(json.dumps(told))] == [(None, None)]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    [
        *("eventType", "notificationType", "mail", "messageId", "timestamp", "destination"),
        *("tags", "delivery_id", "attempt", "headers", "name", "value", "bounce", "bounceType"),
        *("bounceSubType", "bouncedRecipients", "emailAddress", "complaint", "recipients"),
        *("complainedRecipients", "complaintSubType", "delivery", "reject", "reason", "failure"),
    ]
)
_VALUES = st.sampled_from(
    [
        *("Send", "Bounce", "Complaint", "Delivery", "Reject", "Rendering Failure", "Received"),
        *("7-11", "2026-11-23T06:00:00Z", "9999-12-31T23:59:59-14:00", "a@b.c", "not-spam"),
        *("X-Devoured-Delivery", "Permanent", "\x00", "\ud800", "9" * 400),
    ]
)
_LIKE_AN_EVENT = st.recursive(
    _VALUES | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=9),
    max_leaves=30,
)


@given(st.dictionaries(_NAMES, _LIKE_AN_EVENT) | _LIKE_AN_EVENT | _JSON)
def test_reading_never_fails_otherwise_than_by_its_error(told: object) -> None:
    try:
        heard = read_event(json.dumps(told))
    except EventError:
        return
    for event in heard:
        assert event.happened_at.utcoffset() == timedelta(0)
        texts = (event.provider_id, event.delivery_id or "", event.address or "", event.subtype)
        assert all(text.isascii() and text.isprintable() for text in texts)
        assert len(event.subtype) <= 401


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_reading_any_text_never_fails_otherwise_than_by_its_error(message: str) -> None:
    with suppress(EventError):
        read_event(message)


@pytest.mark.parametrize(
    "part", [{}, {"bouncedRecipients": None}, {"bouncedRecipients": [{"status": 5}]}]
)
def test_bounce_without_an_answer_is_of_the_mailbox(part: dict[str, Any], now: datetime) -> None:
    (heard,) = read_event(said("Bounce", now, part=part))
    assert heard.answer == Answer(Cause.MAILBOX)


def test_delay_has_the_answer_that_the_provider_gave(now: datetime) -> None:
    told = {"emailAddress": "a@example.com", "status": "4.0.0", "diagnosticCode": "421 4.7.28 no"}
    part = {"delayType": "General", "delayedRecipients": [told]}
    (heard,) = read_event(said("DeliveryDelay", now, part=part))
    assert heard.answer == Answer(Cause.OURS, "4.7.28")
