"""Signature Version 4: the part that a caller gets wrong, checked alike at every endpoint."""

import re
from datetime import datetime, timedelta

from starlette.requests import Request

from localdev.ses.faults import Fault

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[A-Za-z0-9]+/\d{8}/[a-z0-9-]+/(ses|sqs|sns)/aws4_request, ?"
    r"SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}"
)
_AMZ_DATE = re.compile(r"\d{8}T\d{6}Z")
_VALID_FOR = timedelta(minutes=5)


def check_signature(request: Request, service: str, now: datetime) -> None:
    """Refuse a call that AWS would not even look at; the signature itself is not computed.

    Raises:
        Fault: no or a garbled Authorization header, one for another service, or a date over five
            minutes off.

    Source: AWS General Reference, "Signature Version 4".
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise Fault("MissingAuthenticationToken", "Missing Authentication Token")
    match = _AUTHORIZATION.fullmatch(authorization)
    if match is None or match[1] != service:
        raise Fault("IncompleteSignature", "Authorization header is not a complete signature.")
    stamp = request.headers.get("x-amz-date", "")
    if not _AMZ_DATE.fullmatch(stamp):
        raise Fault("IncompleteSignature", "Date must be in ISO-8601 'basic format'.")
    try:
        signed_at = datetime.fromisoformat(stamp)
    except ValueError:
        raise Fault("IncompleteSignature", "Date must be in ISO-8601 'basic format'.") from None
    here = f"{now:%Y%m%dT%H%M%SZ}"
    if signed_at < now - _VALID_FOR:
        limit = f"{now - _VALID_FOR:%Y%m%dT%H%M%SZ} ({here} - 5 min.)"
        raise Fault(
            "SignatureDoesNotMatch", f"Signature expired: {stamp} is now earlier than {limit}"
        )
    if signed_at > now + _VALID_FOR:
        limit = f"{now + _VALID_FOR:%Y%m%dT%H%M%SZ} ({here} + 5 min.)"
        raise Fault(
            "SignatureDoesNotMatch",
            f"Signature not yet current: {stamp} is still later than {limit}",
        )
