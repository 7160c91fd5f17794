"""Amazon SQS over HTTP for the one queue of events: the JSON protocol, as boto3's client speaks it.

Source: AWS JSON 1.0 protocol as botocore parses it, with the SQS API reference.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from localdev.ses.context import Context
from localdev.ses.envelope import TOPIC, Topic, envelope
from localdev.ses.event_queue import (
    Item,
    Queue,
    change_visibility,
    delete,
    n_hidden,
    n_visible,
    next_return,
    purge,
    receipt_handle,
    receive,
)
from localdev.ses.faults import Fault
from localdev.ses.feed import wait
from localdev.ses.knobs import Planned
from localdev.ses.payloads import ACCOUNT, REGION
from localdev.ses.search import read_messages
from localdev.ses.signature import check_signature
from localdev.ses.sqs_shapes import MAX_ENTRIES, each, names_of, object_of, text_of, whole

Endpoint = Callable[[Request], Awaitable[Response]]

_TARGET = "AmazonSQS."
_MAX_WAIT = 20
_MAX_HIDE = 12 * 3600
_HIDE = 30
_ATTRIBUTES = {
    "VisibilityTimeout": str(_HIDE),
    "ReceiveMessageWaitTimeSeconds": "0",
    "MessageRetentionPeriod": "1209600",
    "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{TOPIC}",
}
# What these errors were called before there was a JSON protocol; botocore says both.
_OLD_CODES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
}


def sqs_endpoint(context: Context, queue: Queue, topic: Topic) -> Endpoint:
    """Return a handler that answers boto3's `sqs` client."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await request.body()
            check_signature(request, "sqs", context.clock())
            action = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
            given = object_of(body)
            if action in _OF_THE_QUEUE:
                _check_queue(str(given.get("QueueUrl", "")).rpartition("/")[2])
            if action == "ReceiveMessage":
                return _answer(await _receive(context, queue, topic, request, given))
            act = _ACTIONS.get(action, _unknown)
            return _answer(act(queue, topic, given, context.clock()))
        except Fault as fault:
            return _refusal(fault)

    return endpoint


async def _receive(
    context: Context, queue: Queue, topic: Topic, request: Request, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return messages as soon as there is one, or nothing after WaitTimeSeconds."""
    limit = whole(given, "MaxNumberOfMessages", 1, 1, MAX_ENTRIES)
    hide = whole(given, "VisibilityTimeout", _HIDE, 0, _MAX_HIDE)
    names = names_of(given, "AttributeNames") | names_of(given, "MessageSystemAttributeNames")
    end = monotonic() + whole(given, "WaitTimeSeconds", 0, 0, _MAX_WAIT)
    while True:
        at = context.clock().timestamp()
        if items := receive(queue, limit, hide, at):
            pairs = zip(items, _told(context, queue, topic, items), strict=True)
            return {"Messages": [_to_sqs(item, fields, names) for item, fields in pairs]}
        left, back = end - monotonic(), next_return(queue)
        if left <= 0 or queue.feed.closed:
            return {}
        await wait(queue.feed, at, left if back is None else min(left, back - at))
        if await request.is_disconnected():
            # Nobody is there to take a message, which would be hidden for nothing.
            return {}


def _told(
    context: Context, queue: Queue, topic: Topic, items: Sequence[Item]
) -> list[dict[str, str]]:
    """Return what SNS says in each of these messages."""
    events = [item.event for item in items if isinstance(item.event, Planned)]
    # Read together: the messages of one call cost one read.
    messages = iter(read_messages(context.store, [event.message for event in events]))
    return [
        envelope(topic, queue.feed, item.event, next(messages), signed=topic.sign_queued)
        if isinstance(item.event, Planned)
        else item.event.fields
        for item in items
    ]


def _to_sqs(item: Item, fields: Mapping[str, str], names: set[str]) -> dict[str, Any]:
    """Return a message in the format of SQS, with the requested attributes."""
    body = orjson.dumps(fields)
    attributes = {
        "SenderId": "AIDALOCALSNS",
        "SentTimestamp": str(int(item.event.due * 1000)),
        "ApproximateReceiveCount": str(item.n_receives),
        "ApproximateFirstReceiveTimestamp": str(int(item.first_received_at * 1000)),
    }
    wanted = {name: attributes[name] for name in attributes if name in names or "All" in names}
    return {
        "MessageId": item.id,
        "ReceiptHandle": receipt_handle(item),
        "MD5OfBody": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "Body": body.decode(),
        **({"Attributes": wanted} if wanted else {}),
    }


def _delete(queue: Queue, _: Topic, given: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    delete(queue, text_of(given, "ReceiptHandle"))
    return {}


def _delete_batch(
    queue: Queue, _: Topic, given: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    return each(given, lambda entry: delete(queue, text_of(entry, "ReceiptHandle")))


def _change(queue: Queue, _: Topic, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    hide = whole(given, "VisibilityTimeout", None, 0, _MAX_HIDE)
    change_visibility(queue, text_of(given, "ReceiptHandle"), hide, now.timestamp())
    return {}


def _change_batch(
    queue: Queue, topic: Topic, given: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return each(given, lambda entry: _change(queue, topic, entry, now))


def _attributes(queue: Queue, _: Topic, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the requested attributes; counts are approximate, as those of SQS are."""
    at = now.timestamp()
    attributes = _ATTRIBUTES | {
        "ApproximateNumberOfMessages": str(n_visible(queue, at)),
        "ApproximateNumberOfMessagesNotVisible": str(n_hidden(queue, at)),
        "ApproximateNumberOfMessagesDelayed": "0",
    }
    names = names_of(given, "AttributeNames")
    if unknown := names - {"All"} - attributes.keys():
        raise Fault("InvalidAttributeName", f"Unknown Attribute {min(unknown)}.")
    wanted = {name: attributes[name] for name in attributes if name in names or "All" in names}
    return {"Attributes": wanted} if wanted else {}


def _url(_: Queue, topic: Topic, given: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    _check_queue(text_of(given, "QueueName"))
    return {"QueueUrl": f"{topic.base_url}/{ACCOUNT}/{TOPIC}"}


def _purge(queue: Queue, _: Topic, _given: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    purge(queue)
    return {}


def _unknown(_: Queue, _topic: Topic, _given: Mapping[str, Any], _now: datetime) -> dict[str, Any]:
    raise Fault("UnknownOperationException", "The requested operation is not known.")


_ACTIONS: dict[str, Callable[[Queue, Topic, Mapping[str, Any], datetime], dict[str, Any]]] = {
    "DeleteMessage": _delete,
    "DeleteMessageBatch": _delete_batch,
    "ChangeMessageVisibility": _change,
    "ChangeMessageVisibilityBatch": _change_batch,
    "GetQueueAttributes": _attributes,
    "GetQueueUrl": _url,
    "PurgeQueue": _purge,
}
_OF_THE_QUEUE = {"ReceiveMessage", *_ACTIONS} - {"GetQueueUrl"}


def _check_queue(name: str) -> None:
    """Fault for every queue but the one there is."""
    if name != TOPIC:
        raise Fault("QueueDoesNotExist", "The specified queue does not exist.")


def _answer(value: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """JSON as botocore expects it from SQS."""
    given = {"x-amzn-RequestId": secrets.token_hex(16)} | headers
    return Response(orjson.dumps(value), status, given, "application/x-amz-json-1.0")


def _refusal(fault: Fault) -> Response:
    """Build an error answer with its new name and its old one."""
    old = _OLD_CODES.get(fault.code, fault.code)
    fields = {"__type": f"com.amazonaws.sqs#{fault.code}", "message": fault.message}
    return _answer(fields, fault.status, **{"x-amzn-query-error": f"{old};Sender"})
