"""The table of what SES's answers mean, held against botocore's model of SES."""

import ssl

import botocore.exceptions
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from botocore.loaders import Loader

from app.transports.base import InDoubt, Outcome, Refused
from app.transports.ses_errors import (
    DAILY_QUOTA,
    NOT_SENT,
    accepted,
    entry_outcome,
    error_outcome,
    fault_outcome,
)

_MODEL = Loader().load_service_model("sesv2", "service-2")
_ERROR_SHAPES = sorted(
    {
        error["shape"]
        for operation in ("SendEmail", "SendBulkEmail")
        for error in _MODEL["operations"][operation]["errors"]
    }
)
_STATUS_ENUM = _MODEL["shapes"]["BulkEmailStatus"]["enum"]
_SENDER = "digest@devoured.example"
_URL = "https://ses.example"


_CALLS = {
    "AccountSuspendedException": "halt",
    "BadRequestException": "never",
    "LimitExceededException": "throttled",
    "MailFromDomainNotVerifiedException": "stop",
    "MessageRejected": "never",
    "NotFoundException": "stop",
    "SendingPausedException": "halt",
    "TooManyRequestsException": "throttled",
}
_ENTRIES = {
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": "quota",
    "ACCOUNT_SENDING_PAUSED": "halt",
    "ACCOUNT_SUSPENDED": "halt",
    "ACCOUNT_THROTTLED": "throttled",
    "CONFIGURATION_SET_NOT_FOUND": "stop",
    "CONFIGURATION_SET_SENDING_PAUSED": "stop",
    "FAILED": "later",
    "INVALID_PARAMETER": "never",
    "INVALID_SENDING_POOL_NAME": "stop",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": "stop",
    "MESSAGE_REJECTED": "never",
    "TEMPLATE_NOT_FOUND": "stop",
    "TRANSIENT_FAILURE": "later",
}


def test_tables_here_are_of_everything_that_the_model_names() -> None:
    assert set(_CALLS) == set(_ERROR_SHAPES)
    assert {*_ENTRIES, "SUCCESS"} == set(_STATUS_ENUM)


@pytest.mark.parametrize(("code", "kind"), _CALLS.items())
def test_whole_call_means_what_it_should_when_the_model_names_its_error(
    code: str, kind: str
) -> None:
    outcome = error_outcome(code, 400, "", sender=_SENDER)
    assert isinstance(outcome, Refused)
    assert outcome.kind == kind


@pytest.mark.parametrize(("status", "kind"), _ENTRIES.items())
def test_entry_means_what_it_should_when_the_model_names_its_status(status: str, kind: str) -> None:
    outcome = entry_outcome({"Status": status, "MessageId": "m"}, attempt=1, sender=_SENDER)
    assert isinstance(outcome, Refused)
    assert outcome.kind == kind


@pytest.mark.parametrize("name", sorted(NOT_SENT))
def test_exception_exists_when_the_table_names_it(name: str) -> None:
    assert issubclass(getattr(botocore.exceptions, name), Exception)


@pytest.mark.parametrize(
    ("code", "status", "message", "outcome"),
    [
        ("InternalServiceErrorException", 500, "x", InDoubt("InternalServiceErrorException", "x")),
        ("TooManyRequestsException", 503, "", InDoubt("TooManyRequestsException")),
        ("RequestTimeout", 408, "", InDoubt("RequestTimeout")),
        ("no_code", 0, "", InDoubt("no_code")),
        ("429", 429, "", Refused("throttled", "429")),
        ("413", 413, "", Refused("never", "413")),
        ("SomethingNew", 400, "", Refused("stop", "SomethingNew")),
        ("301", 301, "", Refused("stop", "301")),
        (
            "TooManyRequestsException",
            429,
            "Daily message quota exceeded.",
            Refused("quota", DAILY_QUOTA, "Daily message quota exceeded."),
        ),
    ],
)
def test_error_outcome_is_right_when_the_status_matters(
    code: str, status: int, message: str, outcome: Outcome
) -> None:
    assert error_outcome(code, status, message, sender=_SENDER) == outcome


@pytest.mark.parametrize(
    ("who", "kind"),
    [("digest@Devoured.example", "stop"), ("devoured.example", "stop"), ("r@x.example", "never")],
)
def test_rejection_stops_only_when_it_is_the_sender_who_is_not_verified(
    who: str, kind: str
) -> None:
    message = (
        "Email address is not verified. The following identities failed the check in region"
        f" EU-WEST-1: {who}"
    )
    by_call = error_outcome("MessageRejected", 400, message, sender=_SENDER)
    by_entry = entry_outcome(
        {"Status": "MESSAGE_REJECTED", "Error": message}, attempt=1, sender=_SENDER
    )
    assert isinstance(by_call, Refused)
    assert isinstance(by_entry, Refused)
    assert by_call.kind == by_entry.kind == kind
    assert "@" not in by_call.detail


@pytest.mark.parametrize(("attempt", "kind"), [(1, "later"), (2, "never"), (9, "never")])
def test_failed_entry_gets_one_more_try(attempt: int, kind: str) -> None:
    outcome = entry_outcome({"Status": "FAILED"}, attempt=attempt, sender=_SENDER)
    assert isinstance(outcome, Refused)
    assert outcome.kind == kind


@pytest.mark.parametrize("result", [{}, {"Status": "SOMETHING_NEW"}, {"Status": None}])
def test_entry_is_in_doubt_when_its_status_is_unknown(result: dict[str, str]) -> None:
    assert isinstance(entry_outcome(result, attempt=1, sender=_SENDER), InDoubt)


@pytest.mark.parametrize("message_id", [None, "", 7])
def test_success_is_in_doubt_when_it_has_no_message_id(message_id: object) -> None:
    assert accepted(message_id) == InDoubt("no_message_id")


@pytest.mark.parametrize(
    ("fault", "left", "outcome"),
    [
        (ConnectTimeoutError(endpoint_url=_URL), True, Refused("unreached", "ConnectTimeoutError")),
        (
            EndpointConnectionError(endpoint_url=_URL),
            True,
            Refused("unreached", "EndpointConnectionError"),
        ),
        (NoCredentialsError(), False, Refused("halt", "NoCredentialsError")),
        (ReadTimeoutError(endpoint_url=_URL), True, InDoubt("ReadTimeoutError")),
        (ConnectionClosedError(endpoint_url=_URL), True, InDoubt("ConnectionClosedError")),
        (SSLError(endpoint_url=_URL, error=ssl.SSLError("record mac")), True, InDoubt("SSLError")),
        (
            SSLError(endpoint_url=_URL, error=ssl.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]")),
            True,
            Refused("stop", "SSLError"),
        ),
        (KeyError("x"), True, InDoubt("KeyError")),
        (KeyError("x"), False, Refused("stop", "KeyError")),
    ],
)
def test_exception_is_in_doubt_only_when_bytes_may_have_left(
    fault: Exception, *, left: bool, outcome: Outcome
) -> None:
    assert fault_outcome(fault, left=left) == outcome
