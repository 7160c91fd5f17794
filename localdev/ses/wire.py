"""SESv2 over HTTP: who may ask, what the body says, and how AWS words an answer or an error.

Source: AWS REST-JSON protocol as botocore parses it.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from localdev.ses.account import (
    delete_suppressed,
    get_account,
    get_suppressed,
    list_suppressed,
    put_sending,
    put_suppressed,
)
from localdev.ses.connections import Dropped, Noted
from localdev.ses.context import Context
from localdev.ses.faults import Fault
from localdev.ses.identities import (
    create_destination,
    create_set,
    get_destinations,
    get_identity,
    get_set,
    update_destination,
)
from localdev.ses.limits import MAX_MESSAGE
from localdev.ses.mishaps import WHOLE, deal, goes_wrong, run, spoil
from localdev.ses.sending import send_bulk_email, send_email
from localdev.ses.signature import check_signature

Operation = Callable[[Context, Request, bytes, datetime], Any]
_Endpoint = Callable[[Request], Awaitable[Response]]

# Room for the other members beside a message of the greatest size.
_MAX_BODY = MAX_MESSAGE + (1 << 20)
_ADDRESSES = "/v2/email/suppression/addresses"
_SETS = "/v2/email/configuration-sets"
_TOLD = _SETS + "/{name}/event-destinations"


def operation_routes(context: Context) -> list[BaseRoute]:
    """Return the operations this SES knows; all else below /v2 is an unknown operation."""
    known: list[tuple[str, str, str, Operation]] = [
        ("SendEmail", "POST", "/v2/email/outbound-emails", _send_email),
        ("SendBulkEmail", "POST", "/v2/email/outbound-bulk-emails", _send_bulk_email),
        ("GetAccount", "GET", "/v2/email/account", _get_account),
        ("PutAccountSendingAttributes", "PUT", "/v2/email/account/sending", _put_sending),
        ("PutSuppressedDestination", "PUT", _ADDRESSES, _put_suppressed),
        ("ListSuppressedDestinations", "GET", _ADDRESSES, _list_suppressed),
        ("GetSuppressedDestination", "GET", _ADDRESSES + "/{address:path}", _get_suppressed),
        (
            "DeleteSuppressedDestination",
            "DELETE",
            _ADDRESSES + "/{address:path}",
            _delete_suppressed,
        ),
        ("GetEmailIdentity", "GET", "/v2/email/identities/{name}", _get_identity),
        ("CreateConfigurationSet", "POST", _SETS, _create_set),
        ("GetConfigurationSet", "GET", _SETS + "/{name}", _get_set),
        ("GetConfigurationSetEventDestinations", "GET", _TOLD, _get_destinations),
        ("CreateConfigurationSetEventDestination", "POST", _TOLD, _create_destination),
        ("UpdateConfigurationSetEventDestination", "PUT", _TOLD + "/{one}", _update_destination),
        ("", "*", "/v2/{path:path}", _unknown),
    ]
    every = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    return [
        Route(
            path,
            _endpoint(context, name, operation),
            methods=every if method == "*" else [method],
        )
        for name, method, path, operation in known
    ]


def _endpoint(context: Context, name: str, operation: Operation) -> _Endpoint:
    """Return an endpoint that checks a call, runs the operation and applies its mishap."""

    async def endpoint(request: Request) -> Response:
        mishap = deal(context.dealer, name)
        if mishap is not None and mishap.kind == "drop_before":
            return Dropped()
        try:
            body = await _body(request)
            now = context.clock()
            check_signature(request, "ses", now)
            if mishap is None:
                value = operation(context, request, body, now)
                return _noted(context, value)
            value = run(mishap, body, lambda given: operation(context, request, given, now))
            is_whole = mishap.kind in WHOLE
            return spoil(mishap, _noted(context, value) if is_whole else _answer(200, value))
        except Fault as fault:
            return _answer(fault.status, {"message": fault.message}, fault.code)
        except OSError:
            # The log could not be written: nothing was accepted, and the sender cannot know.
            return _answer(500, {"message": "Not kept."}, "InternalServiceErrorException")

    return endpoint


def _noted(context: Context, value: Any) -> Response:
    """Build the answer; while calls fail on purpose, note that it was sent for its messages."""
    answer = _answer(200, value)
    if not goes_wrong(context.dealer):
        return answer
    results = value.get("BulkEmailEntryResults", [value])
    ids = [one["MessageId"] for one in results if "MessageId" in one]
    return Noted(answer, lambda: context.told.update(ids))


async def _body(request: Request) -> bytes:
    """Read the whole body; raise Fault once it is longer than any message may be."""
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > _MAX_BODY:
            raise Fault("BadRequestException", f"Message length is more than {MAX_MESSAGE} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _object(body: bytes) -> dict[str, Any]:
    """Return the body as a JSON object; raise Fault when it is none."""
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
    answer = send_email(context, _object(body), len(body), now)
    _tell_feeds(context)
    return answer


def _send_bulk_email(context: Context, _: Request, body: bytes, now: datetime) -> Any:
    answer = send_bulk_email(context, _object(body), len(body), now)
    _tell_feeds(context)
    return answer


def _tell_feeds(context: Context) -> None:
    """Wake whoever waits for events; they are made when they are asked for."""
    for feed in context.feeds:
        feed.arrived.set()


def _get_account(context: Context, _: Request, _body: bytes, now: datetime) -> Any:
    return get_account(context, now)


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


def _get_identity(context: Context, request: Request, _body: bytes, _now: datetime) -> Any:
    return get_identity(context, request.path_params["name"])


def _create_set(context: Context, _: Request, body: bytes, _now: datetime) -> Any:
    return create_set(context, _object(body))


def _get_set(context: Context, request: Request, _body: bytes, _now: datetime) -> Any:
    return get_set(context, request.path_params["name"])


def _get_destinations(context: Context, request: Request, _body: bytes, _now: datetime) -> Any:
    return get_destinations(context, request.path_params["name"])


def _create_destination(context: Context, request: Request, body: bytes, _now: datetime) -> Any:
    return create_destination(context, request.path_params["name"], _object(body))


def _update_destination(context: Context, request: Request, body: bytes, _now: datetime) -> Any:
    names = request.path_params
    return update_destination(context, names["name"], names["one"], _object(body))


def _unknown(_context: Context, _request: Request, _body: bytes, _now: datetime) -> Any:
    raise Fault("UnknownOperationException", "The requested operation is not known.")
