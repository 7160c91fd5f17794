import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.events.errors import EventError
from app.events.sns import MAX_BYTES, SnsKind, SnsMessage, verify
from tests.events.told import CERTIFICATE_URL, TOPIC, notification, signatory, stamp

AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
SNS = signatory()
Verify = Callable[..., SnsMessage]


@pytest.fixture
def fetched() -> list[str]:
    """Collect the addresses that a certificate was requested from."""
    return []


@pytest.fixture
def check(fetched: list[str]) -> Verify:
    def check_now(
        body: bytes,
        *,
        pem: bytes = SNS.pem,
        at: datetime = AT,
        topics: tuple[str, ...] = (TOPIC,),
        allow_v1: bool = False,
    ) -> SnsMessage:
        def fetch(url: str) -> bytes:
            fetched.append(url)
            return pem

        return verify(body, topics=topics, fetch_certificate=fetch, now=at, allow_v1=allow_v1)

    return check_now


def _reason(check: Callable[[], object]) -> tuple[str, bool]:
    with pytest.raises(EventError) as refused:
        check()
    return refused.value.reason, refused.value.again


def test_notification_is_taken_when_its_signature_is_genuine(
    check: Verify, fetched: list[str]
) -> None:
    message = check(SNS.signed(notification('{"eventType":"Send"}\n"quoted" é', AT)))
    assert message.kind is SnsKind.NOTIFICATION
    assert message.message == '{"eventType":"Send"}\n"quoted" é'
    assert message.topic_arn == TOPIC
    assert fetched == [CERTIFICATE_URL]


def test_notification_is_taken_when_it_has_no_subject(check: Verify) -> None:
    fields = notification("told", AT)
    del fields["Subject"]
    assert check(SNS.signed(fields)).message == "told"


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_confirmation_is_reported_with_its_token_and_without_its_address(
    check: Verify, fetched: list[str], kind: str
) -> None:
    fields = notification("Confirm?", AT, Type=kind, Token="t" * 64)
    del fields["Subject"]
    message = check(SNS.signed({**fields, "SubscribeURL": "http://169.254.169.254/latest"}))
    assert (message.kind, message.token) == (SnsKind(kind), "t" * 64)
    assert fetched == [CERTIFICATE_URL]
    assert "t" * 64 not in repr(message)


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
)
def test_message_is_refused_when_a_signed_field_was_changed(check: Verify, field: str) -> None:
    body = json.loads(SNS.signed(notification("told", AT)))
    other = {
        "Timestamp": stamp(AT + timedelta(seconds=1)),
        "TopicArn": TOPIC + "2",
        "Type": "UnsubscribeConfirmation",
    }
    body |= {"Token": "t", "SubscribeURL": "https://example.com", field: other.get(field, "forged")}
    reason = _reason(lambda: check(json.dumps(body).encode(), topics=(TOPIC, TOPIC + "2")))
    assert reason == ("wrong_signature", False)


def test_message_is_refused_when_somebody_else_signed_it(check: Verify) -> None:
    stranger = signatory("sns.amazonaws.com", bits=3072)
    assert _reason(lambda: check(stranger.signed(notification("told", AT)))) == (
        "wrong_signature",
        False,
    )


@pytest.mark.parametrize(
    "topic",
    [
        "arn:aws:sns:eu-west-1:999999999999:devoured-events",
        "arn:aws:sns:us-east-1:000000000000:devoured-events",
        TOPIC + "-2",
        TOPIC.upper(),
        TOPIC + "\n",
        "",
    ],
)
def test_message_is_refused_before_any_fetch_when_its_topic_is_not_ours(
    check: Verify, fetched: list[str], topic: str
) -> None:
    body = SNS.signed(notification("told", AT, TopicArn=topic))
    assert _reason(lambda: check(body)) == ("foreign_topic", False)
    assert _reason(lambda: check(body, topics=()))[0] == "foreign_topic"
    assert fetched == []


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(hours=1, seconds=1), ("too_old", True)),
        (timedelta(days=400), ("too_old", True)),
        (-timedelta(minutes=16), ("from_the_future", True)),
    ],
)
def test_message_may_come_again_when_clock_and_timestamp_are_apart(
    check: Verify, fetched: list[str], age: timedelta, reason: tuple[str, bool]
) -> None:
    assert _reason(lambda: check(SNS.signed(notification("told", AT - age)))) == reason
    assert fetched == []


@pytest.mark.parametrize("age", [timedelta(hours=1), timedelta(0), -timedelta(minutes=14)])
def test_message_is_taken_when_it_is_within_the_window(check: Verify, age: timedelta) -> None:
    assert check(SNS.signed(notification("told", AT - age))).message == "told"


@pytest.mark.parametrize("timestamp", ["", "yesterday", "2026-13-01T00:00:00Z", "1764000000"])
def test_message_is_refused_when_its_timestamp_is_none(check: Verify, timestamp: str) -> None:
    body = SNS.signed(notification("told", AT, Timestamp=timestamp))
    assert _reason(lambda: check(body)) == ("bad_timestamp", False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://evil.s3.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.cn.evil.example/SimpleNotificationService-0a.pem",
        "https://evil-sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.evil.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns-eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://snsxeu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonawsxcom/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem#x",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem\n",
        "https://sns.eu-west-1.amazonaws.com/x/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/../SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/?Action=GetTopic&SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0A.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-.pem",
        "https://SNS.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-\u0661.amazonaws.com/SimpleNotificationService-0a.pem",
        "file:///SimpleNotificationService-0a.pem",
    ],
)
def test_certificate_is_not_fetched_when_its_address_is_not_of_sns(
    check: Verify, fetched: list[str], url: str
) -> None:
    body = SNS.signed(notification("told", AT, SigningCertURL=url))
    assert _reason(lambda: check(body)) == ("bad_certificate_url", False)
    assert fetched == []


@pytest.mark.parametrize("region", ["us-gov-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn"])
def test_certificate_is_fetched_from_any_region(check: Verify, region: str) -> None:
    url = f"https://sns.{region}/SimpleNotificationService-0a.pem"
    assert check(SNS.signed(notification("told", AT, SigningCertURL=url))).message == "told"


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("sns.amazonaws.com", True),
        ("sns-signing.eu-south-1.amazonaws.com", True),
        ("sns-us-gov-west-1.amazonaws.com", True),
        ("sns-cn-north-1.amazonaws.com.cn", True),
        ("sqs.amazonaws.com", False),
        ("sns.amazonaws.com.evil.example", False),
        ("evil.example", False),
    ],
)
def test_certificate_must_bear_the_name_of_sns(check: Verify, name: str, is_taken: bool) -> None:  # noqa: FBT001  # a column of the table
    named = signatory(name)
    body = named.signed(notification("told", AT))
    if is_taken:
        assert check(body, pem=named.pem).message == "told"
    else:
        assert _reason(lambda: check(body, pem=named.pem)) == ("foreign_certificate", False)


@pytest.mark.parametrize(
    "at", [datetime(2026, 12, 31, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)]
)
def test_certificate_is_refused_when_it_is_not_good_at_that_time(
    check: Verify, at: datetime
) -> None:
    other = signatory(valid_from=datetime(2027, 1, 1, tzinfo=UTC), valid_days=30)
    body = other.signed(notification("told", at))
    assert _reason(lambda: check(body, pem=other.pem, at=at)) == ("certificate_out_of_date", True)


@pytest.mark.parametrize("pem", [b"", b"not a certificate", SNS.pem[:200], b"\x00" * 100])
def test_certificate_is_refused_when_it_is_none(check: Verify, pem: bytes) -> None:
    body = SNS.signed(notification("told", AT))
    assert _reason(lambda: check(body, pem=pem)) == ("bad_certificate", False)


def test_certificate_is_refused_when_its_key_is_short(check: Verify) -> None:
    short = signatory(bits=1024)
    body = short.signed(notification("told", AT))
    assert _reason(lambda: check(body, pem=short.pem)) == ("bad_certificate", False)


def test_old_signature_is_refused_unless_it_is_allowed(check: Verify) -> None:
    body = SNS.signed(notification("told", AT), version="1")
    assert _reason(lambda: check(body)) == ("old_signature_version", False)
    assert check(body, allow_v1=True).message == "told"


@pytest.mark.parametrize("version", ["", "0", "3", "1 ", "two"])
def test_unknown_signature_version_is_refused(check: Verify, version: str) -> None:
    body = SNS.signed(notification("told", AT, SignatureVersion=version))
    assert _reason(lambda: check(body, allow_v1=True)) == ("old_signature_version", False)


@pytest.mark.parametrize("signature", ["a", "not base64!", "é", "AAAA\nAAAA=="])
def test_signature_is_refused_when_it_is_not_base64(
    check: Verify, fetched: list[str], signature: str
) -> None:
    body = SNS.signed(notification("told", AT, Signature=signature))
    assert _reason(lambda: check(body)) == ("bad_signature_encoding", False)
    assert fetched == []


@pytest.mark.parametrize("signature", ["", base64.b64encode(b"x").decode()])
def test_signature_is_refused_when_it_is_too_short(check: Verify, signature: str) -> None:
    body = SNS.signed(notification("told", AT, Signature=signature))
    assert _reason(lambda: check(body)) == ("wrong_signature", False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 5000, "malformed"),
        (b"[]", "malformed"),
        (b'"text"', "malformed"),
        (b"{}", "unknown_type"),
        (b'{"Type": ["Notification"]}', "unknown_type"),
        (b'{"Type": "Notification"}', "malformed"),
        (b'{"Type": "SubscriptionConfirmation", "Message": "x"}', "malformed"),
        (b" " * (MAX_BYTES + 1), "too_large"),
    ],
)
def test_body_is_refused_when_it_is_no_envelope(check: Verify, body: bytes, reason: str) -> None:
    assert _reason(lambda: check(body)) == (reason, False)
