"""What the local SES answers when it says no, by the names AWS gives these errors."""

from typing import ClassVar

_STATUS = {
    "TooManyRequestsException": 429,
    "NotFoundException": 404,
    "NotFound": 404,
    "UnknownOperationException": 404,
    "AccessDeniedException": 403,
    "MissingAuthenticationToken": 403,
    "IncompleteSignature": 403,
    "SignatureDoesNotMatch": 403,
    "InternalServiceErrorException": 500,
    "ServiceUnavailable": 503,
}


class Fault(Exception):
    """An answer that refuses a whole call: a code that boto3 knows, and a sentence.

    Source: errors of each operation in botocore's SESv2 model, and SES's common errors.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """Return the HTTP status that goes with the code; 400 for most."""
        return _STATUS.get(self.code, 400)


class Invalid(Fault):
    """A fault of one message: refuses SendEmail's call, but only its own entry in a bulk call."""

    entry_status: ClassVar[str] = "INVALID_PARAMETER"

    def __init__(self, message: str) -> None:
        super().__init__("BadRequestException", message)


def constraint(place: str, rule: str) -> Fault:
    """Build the Fault for a breach of a limit in the service model; it refuses the whole call."""
    text = f"1 validation error detected: Value at '{place}' failed to satisfy constraint: {rule}"
    return Fault("BadRequestException", text)


def wrong_type(place: str) -> Fault:
    """Build the Fault for a value of another JSON type than the model's."""
    return Fault("SerializationException", f"Unexpected type of value at '{place}'")
