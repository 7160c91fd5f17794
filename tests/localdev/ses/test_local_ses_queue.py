import hashlib
import threading
from collections.abc import Iterator

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.localdev.ses.reading import Told, counts, delete, publishing, read_all, receive
from tests.localdev.ses.running import Clock, LocalSes, bulk, entry, serving, simple, sqs_client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def events(clock: Clock) -> Iterator[LocalSes]:
    with serving(publishing=publishing(), clock=clock) as running:
        yield running


def send(ses: LocalSes, number: int) -> None:
    """Mail that makes twice as many events."""
    ses.client.send_bulk_email(**bulk(*[entry(index) for index in range(number)]))


def by_id(told: list[Told]) -> dict[str, dict[str, str]]:
    return {one.envelope["MessageId"]: one.envelope for one in told}


def test_every_event_comes_once_when_each_is_deleted(events: LocalSes) -> None:
    send(events, 50)
    send(events, 7)
    told = read_all(events)
    assert len(told) == len({event.envelope["MessageId"] for event in told}) == 114
    assert counts(events) == (0, 0)


def test_body_has_the_checksum_that_is_told_when_it_is_received(events: LocalSes) -> None:
    send(events, 1)
    answer = events.sqs.receive_message(
        QueueUrl=events.queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    assert len(answer["Messages"]) == 2
    for message in answer["Messages"]:
        digest = hashlib.md5(message["Body"].encode(), usedforsecurity=False).hexdigest()
        assert message["MD5OfBody"] == digest
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_one_message_comes_when_no_number_is_given(events: LocalSes) -> None:
    send(events, 2)
    answer = events.sqs.receive_message(QueueUrl=events.queue_url)
    assert len(answer["Messages"]) == 1
    assert "Attributes" not in answer["Messages"][0]


def test_answer_has_no_messages_when_the_queue_is_empty(events: LocalSes) -> None:
    answer = events.sqs.receive_message(QueueUrl=events.queue_url)
    assert "Messages" not in answer


def test_message_is_hidden_then_comes_again_when_it_is_not_deleted(
    events: LocalSes, clock: Clock
) -> None:
    send(events, 1)
    first = receive(events, VisibilityTimeout=20)
    assert receive(events) == []
    assert counts(events) == (0, 2)
    clock.pass_by(21)
    assert counts(events) == (2, 0)
    second = receive(events)
    assert by_id(second) == by_id(first)
    assert {event.handle for event in second}.isdisjoint({event.handle for event in first})


def test_late_delete_leaves_the_message_when_somebody_else_has_it(
    events: LocalSes, clock: Clock
) -> None:
    send(events, 1)
    first = receive(events)
    clock.pass_by(31)
    second = receive(events)
    delete(events, *first)
    assert counts(events) == (0, 2)
    delete(events, *second)
    delete(events, *second)
    clock.pass_by(31)
    assert counts(events) == (0, 0)


def test_message_is_deleted_when_it_came_back_but_nobody_else_has_it(
    events: LocalSes, clock: Clock
) -> None:
    send(events, 1)
    first = receive(events)
    clock.pass_by(31)
    delete(events, *first)
    assert counts(events) == (0, 0)


def test_message_stays_hidden_for_longer_when_its_time_is_changed(
    events: LocalSes, clock: Clock
) -> None:
    send(events, 1)
    first, second = receive(events)
    for handle, seconds in ((first.handle, 300), (second.handle, 0)):
        events.sqs.change_message_visibility(
            QueueUrl=events.queue_url, ReceiptHandle=handle, VisibilityTimeout=seconds
        )
    assert [event.envelope for event in receive(events, VisibilityTimeout=1)] == [second.envelope]
    clock.pass_by(60)
    assert counts(events) == (1, 1)
    with pytest.raises(events.sqs.exceptions.MessageNotInflight):
        events.sqs.change_message_visibility(
            QueueUrl=events.queue_url, ReceiptHandle=second.handle, VisibilityTimeout=9
        )


def test_reader_is_woken_when_mail_is_accepted_while_it_waits(events: LocalSes) -> None:
    sender = threading.Timer(0.2, send, (events, 1))
    sender.start()
    told = receive(events, WaitTimeSeconds=20)
    sender.join()
    assert {event.delivery for event in told} == {"delivery-0"}


def test_reader_is_woken_when_a_hidden_message_comes_back(events: LocalSes) -> None:
    events.client.send_email(**simple())
    receive(events, VisibilityTimeout=1)
    assert len(receive(events, WaitTimeSeconds=20)) == 2


def test_wait_ends_empty_handed_when_nothing_comes(events: LocalSes) -> None:
    assert receive(events, WaitTimeSeconds=1) == []


def test_nothing_is_hidden_when_the_waiting_reader_hung_up(events: LocalSes) -> None:
    impatient = sqs_client(events.url, read_timeout=0.5)
    with pytest.raises(ReadTimeoutError):
        impatient.receive_message(QueueUrl=events.queue_url, WaitTimeSeconds=20)
    impatient.close()
    send(events, 1)
    assert counts(events) == (2, 0)


def test_queue_is_empty_when_it_was_purged(events: LocalSes, clock: Clock) -> None:
    send(events, 10)
    receive(events)
    events.sqs.purge_queue(QueueUrl=events.queue_url)
    clock.pass_by(60)
    assert counts(events) == (0, 0)
    send(events, 1)
    assert [event.delivery for event in read_all(events)] == ["delivery-0"] * 2


def test_queue_is_empty_when_the_inbox_was(events: LocalSes, clock: Clock) -> None:
    send(events, 10)
    left = receive(events)
    events.web.delete("/inbox").raise_for_status()
    clock.pass_by(60)
    assert receive(events) == []
    send(events, 2)
    delete(events, *left)
    assert len(read_all(events)) == 4


def test_queue_is_found_by_its_name_when_it_is_asked_for(events: LocalSes) -> None:
    url = events.sqs.get_queue_url(QueueName="devoured-events")["QueueUrl"]
    assert url == events.queue_url


def test_visible_messages_are_counted_when_they_were_not_made_yet(events: LocalSes) -> None:
    send(events, 50)
    send(events, 50)
    assert counts(events) == (200, 0)
    receive(events)
    assert counts(events) == (190, 10)
