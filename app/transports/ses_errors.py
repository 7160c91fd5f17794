"""What every error of SES means for the recipients of a call: one table, read by `ses.py`.

SES has no idempotency token, so the question is always whether it may have taken the mail. It
has not where it says so or where no byte left; everything else is in doubt.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from app.transports.base import (
    Accepted,
    InDoubt,
    Outcome,
    Refused,
    RefusedKind,
    TransportError,
)
from app.transports.replies import tidy

DAILY_QUOTA: Final = "ACCOUNT_DAILY_QUOTA_EXCEEDED"
"""The code of every refusal for the daily quota, whatever SES called it."""

Meaning = RefusedKind | Literal["once"]
"""`once`: worth one more try, then `never`."""

ERRORS: Final[Mapping[str, Meaning]] = {
    # Too fast, or too many of something: nothing was sent, and later it will be.
    "TooManyRequestsException": "throttled",
    "Throttling": "throttled",
    "ThrottlingException": "throttled",
    "LimitExceededException": "throttled",
    # This machine's clock is at fault.
    "RequestExpired": "clock",
    "RequestTimeTooSkewed": "clock",
    # The account or its keys are at fault.
    "AccountSuspendedException": "halt",
    "SendingPausedException": "halt",
    "AccessDenied": "halt",
    "AccessDeniedException": "halt",
    "ExpiredTokenException": "halt",
    "IncompleteSignature": "halt",
    "InvalidClientTokenId": "halt",
    "InvalidSignatureException": "halt",
    "MissingAuthenticationToken": "halt",
    "NotAuthorized": "halt",
    "OptInRequired": "halt",
    "SignatureDoesNotMatch": "halt",
    "UnrecognizedClientException": "halt",
    # What the mail is set up with is at fault.
    "MailFromDomainNotVerifiedException": "stop",
    "NotFoundException": "stop",
    # This mail to these people will not do.
    "BadRequestException": "never",
    "MessageRejected": "never",
    "SerializationException": "never",
    "ValidationError": "never",
    "ValidationException": "never",
}
"""Error codes of a whole call. Source: SESv2 model and "Common Errors" of its API reference."""

STATUSES: Final[Mapping[str, Meaning]] = {
    "MESSAGE_REJECTED": "never",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": "stop",
    "CONFIGURATION_SET_NOT_FOUND": "stop",
    "CONFIGURATION_SET_DOES_NOT_EXIST": "stop",
    "TEMPLATE_NOT_FOUND": "stop",
    "TEMPLATE_DOES_NOT_EXIST": "stop",
    "ACCOUNT_SUSPENDED": "halt",
    "ACCOUNT_THROTTLED": "throttled",
    DAILY_QUOTA: "quota",
    "INVALID_SENDING_POOL_NAME": "stop",
    "ACCOUNT_SENDING_PAUSED": "halt",
    "CONFIGURATION_SET_SENDING_PAUSED": "stop",
    "INVALID_PARAMETER": "never",
    "INVALID_PARAMETER_VALUE": "never",
    "TRANSIENT_FAILURE": "later",
    "FAILED": "once",
}
"""Statuses of one entry, beside SUCCESS. The model and its prose differ in three: both are here."""

HTTP: Final[Mapping[int, RefusedKind]] = {413: "never", 429: "throttled"}
"""What an error code that nobody knows means by its HTTP status, when that is below 500.

Anything else stops: nothing was sent, nobody is given up, and a person looks at it.
"""

NOT_SENT: Final[Mapping[str, RefusedKind]] = {
    "ConnectTimeoutError": "unreached",
    "EndpointConnectionError": "unreached",
    "ProxyConnectionError": "unreached",
    "CredentialRetrievalError": "unreached",
    "MetadataRetrievalError": "unreached",
    "NoCredentialsError": "halt",
    "PartialCredentialsError": "halt",
}
"""botocore's exceptions, by class name, that say that no byte of the request left."""

NOT_ALLOWED: Final = frozenset({"AccessDenied", "AccessDeniedException", "NotAuthorized"})
"""Codes that say that the credentials lack the permission for this one action."""

_NO_SUCH_ACTION: Final = frozenset({404, 405, 501})
_TIMEOUT: Final = 408
_SERVER_FAULT: Final = 500


def error_outcome(code: str, status: int, message: str, *, sender: str) -> Outcome:
    """Return the outcome of an error answer to a whole call, for all of its recipients.

    Args:
        code: SES's word for the error.
        status: of the HTTP answer; 0 when there was none.
        message: for people; `sender` in it as unverified makes it the account's fault.
        sender: the From address.
    """
    detail = tidy(message)
    if not status or status >= _SERVER_FAULT or status == _TIMEOUT:
        return InDoubt(code, detail)
    if "Daily message quota exceeded" in message:
        return Refused("quota", DAILY_QUOTA, detail)
    if _names_sender(message, sender):
        return Refused("stop", code, detail)
    if _is_of_clock(message):
        return Refused("clock", code, detail)
    meaning = ERRORS.get(code) or HTTP.get(status, "stop")
    return Refused("never" if meaning == "once" else meaning, code, detail)


def entry_outcome(result: Mapping[str, Any], *, attempt: int, sender: str) -> Outcome:
    """Return the outcome of one entry's result of a bulk call; `attempt` counts from 1."""
    status, message = str(result.get("Status") or ""), str(result.get("Error") or "")
    detail = tidy(message)
    if status == "SUCCESS":
        return accepted(result.get("MessageId"))
    if status not in STATUSES:
        return InDoubt(status or "no_status", detail)
    if _names_sender(message, sender):
        return Refused("stop", status, detail)
    meaning = STATUSES[status]
    if meaning == "once":
        return Refused("later" if attempt <= 1 else "never", status, detail)
    return Refused(meaning, status, detail)


def accepted(message_id: object) -> Outcome:
    """Return Accepted if there is a MessageId, else InDoubt.

    A truncated answer parses as success without a MessageId.
    """
    if isinstance(message_id, str) and message_id:
        return Accepted(message_id)
    return InDoubt("no_message_id")


def fault_outcome(fault: Exception, *, left: bool) -> Outcome:
    """Return the outcome of an exception other than an error answer.

    `left` says that the request may have left. The message is not kept, because botocore puts
    addresses of proxies and hosts into it.
    """
    code = type(fault).__name__
    if code in NOT_SENT:
        return Refused(NOT_SENT[code], code)
    if left and not _is_bad_certificate(fault):
        return InDoubt(code)
    return Refused("stop", code)


def quota_error(fault: Exception) -> TransportError:
    """Return why the account's quota is not known, in words that say what to do about it.

    Other servers that speak SESv2 may have no GetAccount.
    """
    answer: Mapping[str, Any] = getattr(fault, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code") or type(fault).__name__)
    if code in NOT_ALLOWED:
        return TransportError("The credentials lack the IAM action ses:GetAccount.", is_final=True)
    if answer.get("ResponseMetadata", {}).get("HTTPStatusCode") in _NO_SUCH_ACTION:
        return TransportError("The server has no GetAccount.", is_final=True)
    return TransportError(f"GetAccount was not answered: {code}.")


def _is_bad_certificate(fault: Exception) -> bool:
    """Return whether TLS ended before the request because of an invalid server certificate."""
    return type(fault).__name__ == "SSLError" and "CERTIFICATE_VERIFY_FAILED" in str(fault)


def _is_of_clock(message: str) -> bool:
    """Return whether SES finds the signature too old or too new, whatever it calls the error.

    Source: AWS General Reference, "Troubleshooting Signature Version 4 errors".
    """
    return message.startswith(("Signature expired", "Signature not yet current"))


def _names_sender(message: str, sender: str) -> bool:
    """Return whether SES says that it is our own address that is not verified."""
    _, found, where = message.lower().partition("not verified")
    named = {word.strip(".,:;") for word in where.split()}
    ours = {sender.lower(), sender.lower().rpartition("@")[2]}
    return bool(found) and not named.isdisjoint(ours)
