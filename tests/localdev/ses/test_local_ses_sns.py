"""A webhook's subscription, confirmed by the real boto3 client."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localdev.ses.app import Publishing
from tests.localdev.ses.reading import publishing
from tests.localdev.ses.receiving import Receiver, until, verify
from tests.localdev.ses.running import NOBODY, LocalSes, serving, simple


def asking(receiver: Receiver) -> Publishing:
    return replace(
        publishing(),
        webhook_url=receiver.url,
        webhook_confirm=True,
        webhook_pause_seconds=0.01,
        certificate_base="https://sns.eu-west-1.amazonaws.com",
    )


@pytest.fixture
def ses(receiver: Receiver) -> Iterator[LocalSes]:
    with serving(publishing=asking(receiver)) as running:
        yield running


@pytest.fixture
def sns(ses: LocalSes) -> Iterator[Any]:
    client: Any = boto3.client("sns", endpoint_url=ses.url, **NOBODY)
    yield client
    client.close()


def test_subscription_is_asked_for_as_sns_does_when_it_has_to_be_confirmed(
    ses: LocalSes, receiver: Receiver
) -> None:
    until(lambda: len(receiver.posts) > 1)
    headers, _ = receiver.posts[0]
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    first, second = receiver.envelopes()[:2]
    assert first["Token"] == second["Token"]
    assert first["Token"] in first["SubscribeURL"]
    assert first["SigningCertURL"].startswith("https://sns.eu-west-1.amazonaws.com/Simple")
    verify(ses, first)
    assert ses.web.get("/control").json()["webhook"]["confirmed"] is False


def test_events_are_pushed_when_the_subscription_was_confirmed(
    ses: LocalSes, receiver: Receiver, sns: Any
) -> None:
    ses.client.send_email(**simple())
    until(lambda: receiver.posts)
    asked = receiver.envelopes()[0]
    assert {told["Type"] for told in receiver.envelopes()} == {"SubscriptionConfirmation"}
    answer = sns.confirm_subscription(
        TopicArn=asked["TopicArn"], Token=asked["Token"], AuthenticateOnUnsubscribe="true"
    )
    assert answer["SubscriptionArn"].startswith(f"{asked['TopicArn']}:")
    until(lambda: ses.web.get("/control").json()["webhook"]["n_delivered"] == 2)
    kinds = [told["Type"] for told in receiver.envelopes()]
    assert kinds.count("Notification") == 2
    assert ses.web.get("/control").json()["webhook"]["confirmed"] is True


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Token": "another"}, "InvalidParameter"),
        ({"TopicArn": "arn:aws:sns:eu-west-1:111111111111:devoured-events"}, "NotFound"),
    ],
)
def test_subscription_stays_open_when_the_confirmation_is_wrong(
    ses: LocalSes, receiver: Receiver, sns: Any, changes: dict[str, str], code: str
) -> None:
    until(lambda: receiver.posts)
    asked = {name: receiver.envelopes()[0][name] for name in ("TopicArn", "Token")}
    with pytest.raises(ClientError) as raised:
        sns.confirm_subscription(**(asked | changes))
    assert raised.value.response["Error"]["Code"] == code
    assert ses.web.get("/control").json()["webhook"]["confirmed"] is False


def test_other_operations_are_refused_when_they_are_asked_of_sns(sns: Any) -> None:
    with pytest.raises(ClientError) as raised:
        sns.list_topics()
    assert raised.value.response["Error"]["Code"] == "InvalidAction"


def test_queue_is_served_at_the_same_address_when_there_is_a_webhook(ses: LocalSes) -> None:
    ses.client.send_email(**simple())
    answer = ses.sqs.receive_message(QueueUrl=ses.queue_url, MaxNumberOfMessages=10)
    assert len(answer["Messages"]) == 2
