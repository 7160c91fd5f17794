"""Our answers held against botocore's own model of SESv2: names, types, enumerations, errors."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

import botocore.session
import httpx2
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.model import OperationModel, ServiceModel

from tests.localdev.ses.models import check_shape
from tests.localdev.ses.running import LocalSes, bulk, entry, serving, simple

# Errors that every operation of AWS may give without naming them in its model.
COMMON = {
    "SerializationException": 400,
    "UnknownOperationException": 404,
    "MissingAuthenticationToken": 403,
    "IncompleteSignature": 403,
    "SignatureDoesNotMatch": 403,
    "InternalServiceErrorException": 500,
}
ADDRESS = "reader@readers.example"
SUPPRESS = {"EmailAddress": ADDRESS, "Reason": "BOUNCE"}

# Operation, request, and whether it is refused; in an order in which each can be answered.
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("SendEmail", simple()),
    ("SendEmail", simple(Destination={})),
    ("SendEmail", simple(TenantName="other")),
    ("SendEmail", simple(FromEmailAddress="x@unverified.example")),
    ("SendBulkEmail", bulk(entry(1), entry(2, to="no address"))),
    ("SendBulkEmail", bulk(BulkEmailEntries=[])),
    ("SendBulkEmail", bulk(FromEmailAddress="x@unverified.example")),
    ("GetAccount", {}),
    ("PutSuppressedDestination", SUPPRESS),
    ("PutSuppressedDestination", SUPPRESS | {"Reason": "OTHER"}),
    ("PutSuppressedDestination", SUPPRESS | {"EmailAddress": "x"}),
    ("GetSuppressedDestination", {"EmailAddress": ADDRESS}),
    ("GetSuppressedDestination", {"EmailAddress": "other@readers.example"}),
    ("ListSuppressedDestinations", {"PageSize": 1}),
    ("ListSuppressedDestinations", {"PageSize": 0}),
    ("ListSuppressedDestinations", {"NextToken": "nobody"}),
    ("DeleteSuppressedDestination", {"EmailAddress": ADDRESS}),
    ("DeleteSuppressedDestination", {"EmailAddress": ADDRESS}),
    ("PutAccountSendingAttributes", {"SendingEnabled": False}),
    ("SendEmail", simple()),
    ("SendBulkEmail", bulk()),
    ("PutAccountSendingAttributes", {"SendingEnabled": True}),
    ("SendEmail", simple(Destination={"ToAddresses": [f"r{n}@r.example" for n in range(50)]})),
    ("SendEmail", simple()),
    ("SendBulkEmail", bulk()),
]


def model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sesv2")


def check_error(operation: OperationModel, answer: httpx2.Response) -> None:
    code = answer.headers["x-amzn-ErrorType"]
    modelled = {
        shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation.error_shapes
    }
    assert (modelled | COMMON)[code] == answer.status_code
    assert isinstance(answer.json()["message"], str)


def raw_answers(ses: LocalSes) -> list[httpx2.Response]:
    """Make every call of CALLS and return the answers as they went over the wire."""
    answers: list[httpx2.Response] = []

    def keep(http_response: AWSResponse, **_: object) -> None:
        status, headers = http_response.status_code, dict(http_response.headers)
        answers.append(httpx2.Response(status, headers=headers, content=http_response.content))

    ses.client.meta.events.register("after-call.sesv2.*", keep)
    for operation, request in CALLS:
        with suppress(ClientError):
            getattr(ses.client, xform_name(operation))(**request)
    return answers


def test_every_answer_fits_the_model_when_calls_succeed_and_fail() -> None:
    now = datetime.now(UTC)
    with serving(verified_domains=["devoured.example"], rate=50, clock=lambda: now) as ses:
        answers = raw_answers(ses)
    assert len(answers) == len(CALLS)
    for (name, _), answer in zip(CALLS, answers, strict=True):
        operation = model().operation_model(name)
        assert answer.headers["content-type"] == "application/json"
        if answer.status_code == 200:
            check_shape(operation.output_shape, answer.json(), name)
        else:
            check_error(operation, answer)
    said = [cast("str", answer.headers.get("x-amzn-ErrorType", "")) for answer in answers]
    assert {
        "BadRequestException",
        "NotFoundException",
        "MessageRejected",
        "InvalidNextTokenException",
        "SendingPausedException",
        "TooManyRequestsException",
    } <= set(said)


@pytest.mark.parametrize(
    ("operation", "request_", "exception"),
    [
        ("send_email", simple(Destination={}), "BadRequestException"),
        ("send_email", simple(TenantName="x"), "NotFoundException"),
        ("get_suppressed_destination", {"EmailAddress": "x@y.example"}, "NotFoundException"),
        ("send_bulk_email", bulk(BulkEmailEntries=[]), "BadRequestException"),
        ("list_suppressed_destinations", {"NextToken": "x"}, "InvalidNextTokenException"),
    ],
)
def test_client_raises_the_modelled_exception_when_it_is_refused(
    ses: LocalSes, operation: str, request_: dict[str, Any], exception: str
) -> None:
    with pytest.raises(getattr(ses.client.exceptions, exception)):
        getattr(ses.client, operation)(**request_)


def test_unknown_operation_is_said_when_this_ses_has_no_such(ses: LocalSes) -> None:
    with pytest.raises(ses.client.exceptions.ClientError) as raised:
        ses.client.list_contact_lists()
    assert raised.value.response["Error"]["Code"] == "UnknownOperationException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
