"""Clients of AWS for who examines or makes what the service uses there; each call is short.

Whatever sends, listens or keeps has a client of its own (`transports`, `events`, `outside`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from app.aws_sessions import aws_session

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

AWS_ERRORS: Final = (BotoCoreError, ClientError, ResponseParserError)
"""What a call raises: AWS refused it, was not reached, or something else answered, as a proxy."""

_DENIED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
    }
)
_NO_CREDENTIALS: Final = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "ExpiredTokenException",
        "MissingAuthenticationToken",
    }
)
_ABSENT: Final = frozenset(
    {
        "NotFoundException",
        "NotFound",
        "NoSuchEntity",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
    }
)


@dataclass(frozen=True)
class Clients:
    """A client of each service that is examined; boto3 reads credentials and endpoints itself."""

    region: str
    ses: "SESV2Client"
    sqs: "SQSClient"
    sns: "SNSClient"
    iam: "IAMClient"
    sts: "STSClient"


def make_clients(region: str) -> Clients:
    """Make clients that give up within seconds and repeat a call once: none of them sends mail."""
    config = Config(
        connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 2}
    )
    session = aws_session(region)
    return Clients(
        region=region,
        ses=session.client("sesv2", config=config),
        sqs=session.client("sqs", config=config),
        sns=session.client("sns", config=config),
        iam=session.client("iam", config=config),
        sts=session.client("sts", config=config),
    )


def code_of(error: BaseException) -> str:
    """Return AWS's code for an error, or the kind of botocore's own; never the message.

    A message may name the account or an address.
    """
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code") or "ClientError")
    return type(error).__name__


def is_denied(error: BaseException) -> bool:
    """Return whether the credentials are good and lack the right."""
    return code_of(error) in _DENIED


def is_unknown_caller(error: BaseException) -> bool:
    """Return whether there are no credentials, or AWS does not take them."""
    return code_of(error) in _NO_CREDENTIALS


def is_absent(error: BaseException) -> bool:
    """Return whether AWS says that there is no such thing."""
    return code_of(error) in _ABSENT


def date_of(answer: object) -> str:
    """Return the `Date` of an answer or of an error; empty where nothing answered."""
    given = answer.response if isinstance(answer, ClientError) else answer
    if not isinstance(given, dict):
        return ""
    headers = given.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("date", ""))
