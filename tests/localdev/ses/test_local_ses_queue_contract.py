"""The queue's answers held against botocore's own model of SQS, and its errors."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import botocore.session
import httpx2
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from tests.localdev.ses.models import check_shape
from tests.localdev.ses.reading import publishing
from tests.localdev.ses.running import LocalSes, bulk, entry, serving

# Errors that are in no model, but that the service gives.
COMMON = {"InvalidParameterValue", "MissingParameter", "UnknownOperationException"}


@pytest.fixture(scope="module")
def events() -> Iterator[LocalSes]:
    with serving(publishing=publishing()) as running:
        yield running


def calls(ses: LocalSes) -> list[tuple[str, dict[str, Any]]]:
    """Return operations and requests, in an order in which each can be answered."""
    sqs: Any = ses.sqs
    queue = {"QueueUrl": ses.queue_url}
    ses.client.send_bulk_email(**bulk(*[entry(number) for number in range(9)]))
    handles = [
        message["ReceiptHandle"]
        for _ in range(2)
        for message in sqs.receive_message(MaxNumberOfMessages=5, **queue)["Messages"]
    ]
    entries = [
        {"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles[:4])
    ]
    hidden = [one | {"VisibilityTimeout": 60} for one in entries]
    wrong = {"Id": "wrong", "ReceiptHandle": "none", "VisibilityTimeout": 1}
    return [
        ("GetQueueUrl", {"QueueName": "devoured-events"}),
        ("GetQueueUrl", {"QueueName": "other"}),
        ("ReceiveMessage", queue | {"AttributeNames": ["All"]}),
        ("ReceiveMessage", queue | {"MessageSystemAttributeNames": ["SentTimestamp"]}),
        ("ReceiveMessage", queue | {"MaxNumberOfMessages": 11}),
        ("ReceiveMessage", queue | {"WaitTimeSeconds": 21}),
        ("ReceiveMessage", queue | {"VisibilityTimeout": -1}),
        ("ReceiveMessage", {"QueueUrl": f"{ses.url}/000000000000/other"}),
        ("GetQueueAttributes", queue | {"AttributeNames": ["All"]}),
        ("GetQueueAttributes", queue | {"AttributeNames": ["ApproximateNumberOfMessages"]}),
        ("GetQueueAttributes", queue | {"AttributeNames": ["Nothing"]}),
        ("GetQueueAttributes", queue),
        ("ChangeMessageVisibility", queue | hidden[0] | {"VisibilityTimeout": 43_201}),
        ("ChangeMessageVisibilityBatch", queue | {"Entries": [*hidden, wrong]}),
        ("DeleteMessageBatch", queue | {"Entries": entries[1:]}),
        ("DeleteMessageBatch", queue | {"Entries": []}),
        ("DeleteMessageBatch", queue | {"Entries": [entries[0], entries[0]]}),
        (
            "DeleteMessageBatch",
            queue | {"Entries": [entries[0] | {"Id": str(number)} for number in range(11)]},
        ),
        ("DeleteMessage", queue | {"ReceiptHandle": handles[0]}),
        ("DeleteMessage", queue | {"ReceiptHandle": "nonsense"}),
        ("PurgeQueue", queue),
        ("ListQueues", {}),
        ("SendMessage", queue | {"MessageBody": "x"}),
    ]


def without_ids(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a request as its operation wants it."""
    return {name: value for name, value in parameters.items() if name != "Id"}


def test_every_answer_fits_the_model_when_calls_succeed_and_fail(events: LocalSes) -> None:
    model = botocore.session.get_session().get_service_model("sqs")
    answers: list[httpx2.Response] = []

    def keep(http_response: AWSResponse, **_: object) -> None:
        status, headers = http_response.status_code, dict(http_response.headers)
        answers.append(httpx2.Response(status, headers=headers, content=http_response.content))

    given = calls(events)
    events.sqs.meta.events.register("after-call.sqs.*", keep)
    for name, request in given:
        with suppress(ClientError):
            getattr(events.sqs, xform_name(name))(**without_ids(request))
    events.sqs.meta.events.unregister("after-call.sqs.*", keep)
    codes = set()
    for (name, _), answer in zip(given, answers, strict=True):
        operation = model.operation_model(name)
        assert answer.headers["content-type"] == "application/x-amz-json-1.0"
        if answer.status_code == 200:
            if operation.output_shape is not None:
                check_shape(operation.output_shape, answer.json(), name)
            continue
        code = answer.json()["__type"].removeprefix("com.amazonaws.sqs#")
        assert code in {shape.name for shape in operation.error_shapes} | COMMON
        assert answer.headers["x-amzn-query-error"].endswith(";Sender")
        codes.add(code)
    assert codes >= COMMON - {"MissingParameter"}
    assert {"QueueDoesNotExist", "ReceiptHandleIsInvalid", "InvalidAttributeName"} <= codes


@pytest.mark.parametrize(
    ("act", "exception"),
    [
        (lambda sqs, _: sqs.get_queue_url(QueueName="other"), "QueueDoesNotExist"),
        (
            lambda sqs, url: sqs.delete_message(QueueUrl=url, ReceiptHandle="x"),
            "ReceiptHandleIsInvalid",
        ),
        (
            lambda sqs, url: sqs.delete_message_batch(QueueUrl=url, Entries=[]),
            "EmptyBatchRequest",
        ),
    ],
)
def test_client_raises_the_modelled_exception_when_it_is_refused(
    events: LocalSes, act: Callable[[Any, str], object], exception: str
) -> None:
    with pytest.raises(getattr(events.sqs.exceptions, exception)):
        act(events.sqs, events.queue_url)


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"QueueUrl": 5}'])
@pytest.mark.parametrize("scope", ["ses", "sqs"])
def test_queue_refuses_when_a_request_is_none(events: LocalSes, body: bytes, scope: str) -> None:
    authorization = (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260428/eu-west-1/{scope}/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=" + "0a" * 32
    )
    headers = {"x-amz-target": "AmazonSQS.DeleteMessage", "authorization": authorization}
    answer = events.web.post("/", content=body, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["__type"].endswith("#IncompleteSignature")


def test_batch_tells_of_each_entry_when_one_is_wrong(events: LocalSes) -> None:
    events.client.send_bulk_email(**bulk(entry(1)))
    (message,) = events.sqs.receive_message(QueueUrl=events.queue_url)["Messages"]
    answer = events.sqs.delete_message_batch(
        QueueUrl=events.queue_url,
        Entries=[
            {"Id": "good", "ReceiptHandle": message["ReceiptHandle"]},
            {"Id": "bad", "ReceiptHandle": "nonsense"},
        ],
    )
    assert [one["Id"] for one in answer["Successful"]] == ["good"]
    assert [(one["Id"], one["Code"]) for one in answer["Failed"]] == [
        ("bad", "ReceiptHandleIsInvalid")
    ]
