import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature

from tests.localdev.ses.reading import publishing, receive
from tests.localdev.ses.receiving import Receiver, certificate, until, verify
from tests.localdev.ses.running import LocalSes, bulk, entry, serving, simple


@pytest.fixture
def pushing(receiver: Receiver) -> Iterator[LocalSes]:
    told = replace(
        publishing(),
        webhook_url=receiver.url,
        webhook_timeout_seconds=0.5,
        webhook_pause_seconds=0.01,
    )
    with serving(publishing=told) as ses:
        yield ses


def counts(ses: LocalSes) -> dict[str, int]:
    state = ses.web.get("/control").json()["webhook"]
    return {name: state[name] for name in state if name.startswith("n_") and state[name]}


def test_events_are_posted_as_sns_does_when_there_is_a_webhook(
    pushing: LocalSes, receiver: Receiver
) -> None:
    pushing.client.send_bulk_email(**bulk(*[entry(number) for number in range(5)]))
    until(lambda: counts(pushing) == {"n_delivered": 10})
    assert len({envelope["MessageId"] for envelope in receiver.envelopes()}) == 10
    for headers, body in receiver.posts:
        envelope = json.loads(body)
        assert headers["Content-Type"] == "text/plain; charset=UTF-8"
        assert headers["x-amz-sns-message-type"] == envelope["Type"] == "Notification"
        assert headers["x-amz-sns-message-id"] == envelope["MessageId"]
        assert headers["x-amz-sns-topic-arn"] == envelope["TopicArn"]
        verify(pushing, envelope)


def test_signature_is_wrong_when_a_letter_is_changed(pushing: LocalSes, receiver: Receiver) -> None:
    pushing.client.send_email(**simple())
    until(lambda: len(receiver.posts) == 2)
    envelope = receiver.envelopes()[0]
    for name in ("Message", "Subject", "Timestamp", "TopicArn", "MessageId"):
        with pytest.raises(InvalidSignature):
            verify(pushing, envelope | {name: envelope[name] + "x"})


def test_certificate_is_that_of_sns_in_name_and_place_when_it_is_fetched(
    pushing: LocalSes, receiver: Receiver
) -> None:
    pushing.client.send_email(**simple())
    until(lambda: receiver.posts)
    envelope = receiver.envelopes()[0]
    assert envelope["SigningCertURL"].startswith(f"{pushing.url}/SimpleNotificationService-")
    found = certificate(pushing, envelope)
    assert found.subject.rfc4514_string() == found.issuer.rfc4514_string() == "CN=sns.amazonaws.com"
    assert found.not_valid_before_utc < found.not_valid_after_utc


@pytest.mark.parametrize("status", [500, 503, 0])
def test_event_is_posted_again_when_the_first_answer_was_none(
    pushing: LocalSes, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status] * 2
    pushing.client.send_email(**simple())
    until(lambda: counts(pushing).get("n_delivered") == 2)
    assert counts(pushing) == {"n_delivered": 2, "n_retried": 2}
    assert len(receiver.posts) == 4
    assert len({envelope["MessageId"] for envelope in receiver.envelopes()}) == 2


def test_event_is_given_up_when_three_tries_failed(pushing: LocalSes, receiver: Receiver) -> None:
    receiver.statuses = [500] * 6
    pushing.client.send_email(**simple())
    until(lambda: counts(pushing).get("n_failed") == 2)
    assert counts(pushing) == {"n_failed": 2, "n_retried": 4}
    pushing.client.send_email(**simple())
    until(lambda: counts(pushing).get("n_delivered") == 2)


@pytest.mark.parametrize("status", [400, 403, 422])
def test_event_is_lost_when_it_is_refused(
    pushing: LocalSes, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    pushing.client.send_email(**simple())
    until(lambda: counts(pushing) == {"n_refused": 1, "n_delivered": 1})
    assert len(receiver.posts) == 2


def test_queue_has_the_same_events_when_there_is_a_webhook_too(
    pushing: LocalSes, receiver: Receiver
) -> None:
    pushing.client.send_email(**simple())
    until(lambda: len(receiver.posts) == 2)
    queued = {told.envelope["MessageId"]: told for told in receive(pushing)}
    for envelope in receiver.envelopes():
        assert queued[envelope["MessageId"]].envelope["Message"] == envelope["Message"]


def test_what_is_queued_is_signed_when_that_is_asked_for() -> None:
    for sign_queued in (True, False):
        with serving(publishing=replace(publishing(), sign_queued=sign_queued)) as ses:
            ses.client.send_email(**simple())
            for told in receive(ses):
                if sign_queued:
                    verify(ses, told.envelope)
                    continue
                with pytest.raises(InvalidSignature):
                    verify(ses, told.envelope)


def test_pushing_goes_on_when_the_inbox_was_emptied(pushing: LocalSes, receiver: Receiver) -> None:
    receiver.statuses = [500, 500]
    pushing.client.send_email(**simple())
    until(lambda: receiver.posts)
    pushing.web.delete("/inbox").raise_for_status()
    pushing.client.send_bulk_email(**bulk(entry(1)))
    until(lambda: b"delivery-1" in b"".join(body for _, body in receiver.posts))
