"""Events as a reader of the queue finds them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mypy_boto3_sqs.type_defs import MessageTypeDef

from localdev.ses.app import Publishing
from localdev.ses.feed import Style
from localdev.ses.knobs import Knobs
from tests.localdev.ses.running import LocalSes


@dataclass(frozen=True)
class Told:
    """One message of the queue, its envelope and the event in it."""

    handle: str
    envelope: dict[str, str]
    event: dict[str, Any]

    @property
    def kind(self) -> str:
        """Return the event's own word for what happened."""
        return str(self.event.get("eventType") or self.event["notificationType"])

    @property
    def delivery(self) -> str:
        """Return the delivery that the event is about."""
        return str(self.event["mail"]["tags"]["delivery_id"][0])


def publishing(style: Style | None = None, **knobs: Any) -> Publishing:
    """Events on, in this style and with these knobs."""
    return Publishing("", style=style or Style(), knobs=Knobs(**knobs))


def receive(ses: LocalSes, **options: Any) -> list[Told]:
    """Up to ten messages, not deleted."""
    given = {"MaxNumberOfMessages": 10} | options
    answer = ses.sqs.receive_message(QueueUrl=ses.queue_url, **given)
    return [told(message) for message in answer.get("Messages", [])]


def told(message: MessageTypeDef) -> Told:
    """Parse a message of the queue."""
    envelope = cast("dict[str, str]", json.loads(message["Body"]))
    return Told(message["ReceiptHandle"], envelope, json.loads(envelope["Message"]))


def read_all(ses: LocalSes, **options: Any) -> list[Told]:
    """Everything there is, deleted."""
    return list(_read(ses, options))


def _read(ses: LocalSes, options: Mapping[str, Any]) -> Iterator[Told]:
    while messages := receive(ses, **options):
        yield from messages
        delete(ses, *messages)


def delete(ses: LocalSes, *messages: Told) -> None:
    """Done with these."""
    entries = [
        {"Id": str(number), "ReceiptHandle": message.handle}
        for number, message in enumerate(messages)
    ]
    answer = ses.sqs.delete_message_batch(QueueUrl=ses.queue_url, Entries=cast("Any", entries))
    assert len(answer["Successful"]) == len(messages)


def counts(ses: LocalSes) -> tuple[int, int]:
    """Return how many messages can be received, and how many are being read."""
    answer = ses.sqs.get_queue_attributes(QueueUrl=ses.queue_url, AttributeNames=["All"])
    found = answer["Attributes"]
    visible = found["ApproximateNumberOfMessages"]
    return int(visible), int(found["ApproximateNumberOfMessagesNotVisible"])
