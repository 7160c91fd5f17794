"""SESv2 over HTTP: who may ask, what the body says, and how AWS words an answer or an error.

Source: AWS REST-JSON protocol as botocore parses it; Signature Version 4 for the headers.
"""

import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.local.ses.account import (
    delete_suppressed,
    get_account,
    get_suppressed,
    list_suppressed,
    put_sending,
    put_suppressed,
)
from app.local.ses.context import Context
from app.local.ses.faults import Fault
from app.local.ses.limits import MAX_MESSAGE
from app.local.ses.sending import send_bulk_email, send_email

Operation = Callable[[Context, Request, bytes, datetime], Any]
_Endpoint = Callable[[Request], Awaitable[Response]]

# Room for the other members beside a message of the greatest size.
_MAX_BODY = MAX_MESSAGE + (1 << 20)
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[A-Za-z0-9]+/\d{8}/[a-z0-9-]+/ses/aws4_request, ?"
    r"SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}"
)
_AMZ_DATE = re.compile(r"\d{8}T\d{6}Z")
_VALID_FOR = timedelta(minutes=5)
_ADDRESSES = "/v2/email/suppression/addresses"


def operation_routes(context: Context) -> list[BaseRoute]:
    """The operations this SES knows; all else below /v2 is an unknown operation."""
    known: list[tuple[str, str, Operation]] = [
        ("POST", "/v2/email/outbound-emails", _send_email),
        ("POST", "/v2/email/outbound-bulk-emails", _send_bulk_email),
        ("GET", "/v2/email/account", lambda ses, _request, _body, now: get_account(ses, now)),
        ("PUT", "/v2/email/account/sending", _put_sending),
        ("PUT", _ADDRESSES, _put_suppressed),
        ("GET", _ADDRESSES, _list_suppressed),
        ("GET", _ADDRESSES + "/{address:path}", _get_suppressed),
        ("DELETE", _ADDRESSES + "/{address:path}", _delete_suppressed),
        ("*", "/v2/{path:path}", _unknown),
    ]
    every = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    return [
        Route(path, _endpoint(context, operation), methods=every if method == "*" else [method])
        for method, path, operation in known
    ]


def _endpoint(context: Context, operation: Operation) -> _Endpoint:
    """The operation behind the checks that every call goes through."""

    async def endpoint(request: Request) -> Response:
        try:
            now = context.clock()
            body = await _body(request)
            check_signature(request, now)
            return _answer(200, operation(context, request, body, now))
        except Fault as fault:
            return _answer(fault.status, {"message": fault.message}, fault.code)
        except OSError:
            # The log could not be written: nothing was accepted, and the sender cannot know.
            return _answer(500, {"message": "Not kept."}, "InternalServiceErrorException")

    return endpoint


def check_signature(request: Request, now: datetime) -> None:
    """Refuse a call that AWS would not even look at; the signature itself is not computed.

    Raises:
        Fault: no or a garbled Authorization header, or a date over five minutes off.

    Source: AWS General Reference, "Signature Version 4".
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        raise Fault("MissingAuthenticationToken", "Missing Authentication Token")
    if not _AUTHORIZATION.fullmatch(authorization):
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


async def _body(request: Request) -> bytes:
    """The whole body; Fault once it is longer than any message may be."""
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > _MAX_BODY:
            raise Fault("BadRequestException", f"Message length is more than {MAX_MESSAGE} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; Fault when it is none."""
    try:
        value = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise Fault("SerializationException", "The body is not a JSON object.")
    return value


def _answer(status: int, value: object, code: str = "") -> Response:
    """JSON with the headers that botocore reads."""
    headers = {"x-amzn-RequestId": secrets.token_hex(16)}
    if code:
        headers["x-amzn-ErrorType"] = code
    return Response(orjson.dumps(value), status, headers, "application/json")


def _send_email(context: Context, _: Request, body: bytes, now: datetime) -> Any:
    return send_email(context, _object(body), len(body), now)


def _send_bulk_email(context: Context, _: Request, body: bytes, now: datetime) -> Any:
    return send_bulk_email(context, _object(body), len(body), now)


def _put_sending(context: Context, _: Request, body: bytes, _now: datetime) -> Any:
    return put_sending(context, _object(body))


def _put_suppressed(context: Context, _: Request, body: bytes, now: datetime) -> Any:
    return put_suppressed(context, _object(body), now)


def _get_suppressed(context: Context, request: Request, _body: bytes, _now: datetime) -> Any:
    return get_suppressed(context, request.path_params["address"])


def _delete_suppressed(context: Context, request: Request, _body: bytes, _now: datetime) -> Any:
    return delete_suppressed(context, request.path_params["address"])


def _list_suppressed(context: Context, request: Request, _body: bytes, _now: datetime) -> Any:
    query = request.query_params
    reasons = query.getlist("Reason")
    return list_suppressed(
        context, reasons, query.get("PageSize", "1000"), query.get("NextToken", "")
    )


def _unknown(_context: Context, _request: Request, _body: bytes, _now: datetime) -> Any:
    raise Fault("UnknownOperationException", "The requested operation is not known.")
