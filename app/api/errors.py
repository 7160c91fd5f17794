"""Every error as `application/problem+json`: what a route may answer, and what answers it.

Source: RFC 9457, Problem Details for HTTP APIs; `code`, `errors` and `possible_steps` are ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from app import errors
from app.api.findings import FINDING_EXAMPLE, FindingOut
from app.api.problems import ChangeOut, ErrorLocation, Problem
from app.errors import AppError, ChecksFailed, FieldError, RenderError, Stale
from app.readers.proof import ProofNeeded

MEDIA_TYPE: Final = "application/problem+json"


class Unreadable(AppError):
    """The body is no UTF-8, or nested too deeply."""

    status = 400
    code = "unreadable"
    title = "The request cannot be read"


class NotGenuine(AppError):
    """The message is not what it says it is, or of nobody we listen to."""

    status = 403
    code = "not_genuine"
    title = "The message is not genuine"


class NotAllowed(AppError):
    """The address is right, the method is not."""

    status = 405
    code = "method_not_allowed"
    title = "This address does not take that method"


class TooSlow(AppError):
    """The body did not come in time."""

    status = 408
    code = "too_slow"
    title = "The body did not come in time"


class Unsupported(AppError):
    """The body is of a type that this address does not take."""

    status = 415
    code = "unsupported_media_type"
    title = "Bodies of this type are not taken"


class BadTemplate(AppError):
    """A template, or what it made, is wrong; `errors` names file and line."""

    status = 422
    code = "bad_template"
    title = "A template is wrong"


KINDS: Final[tuple[type[AppError], ...]] = (
    Unreadable,
    errors.Unauthorised,
    errors.Forbidden,
    NotGenuine,
    errors.NotFound,
    NotAllowed,
    TooSlow,
    errors.Conflict,
    errors.AlreadyExists,
    errors.WrongState,
    errors.Gone,
    errors.Stale,
    errors.NoCondition,
    errors.TooLarge,
    Unsupported,
    errors.InvalidInput,
    errors.ChecksFailed,
    BadTemplate,
    ProofNeeded,
    errors.TooMany,
    AppError,
    errors.NotInstalled,
    errors.Unavailable,
)
"""Every problem that the API tells, by status."""

_EXAMPLES: Final[Mapping[type[AppError], dict[str, Any]]] = {
    errors.InvalidInput: {"errors": [{"pointer": "/address", "detail": "is needed"}]},
    errors.WrongState: {"possible_steps": ["cancel", "reopen", "schedule"]},
    errors.Stale: {
        "version": 5,
        "changes": [
            {
                "at": "2026-04-28T05:20:00Z",
                "who": "desk",
                "verb": "change_story",
                "target": "story 41",
                "fields": ["title"],
            }
        ],
        "possible_steps": ["approve", "cancel"],
    },
    errors.ChecksFailed: {
        "errors": [{"pointer": "/stories/41/what", "detail": "“A title” has no “What”."}],
        "findings": [FINDING_EXAMPLE],
    },
    BadTemplate: {
        "errors": [{"pointer": "emails/sections/ai.mjml.j2:12", "detail": "takeaways is undefined"}]
    },
}


def problems(*kinds: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that may answer these.

    408, 500 and 503 are always among them: any request may come too slowly (`bodies`).
    """
    described: dict[int | str, dict[str, Any]] = {}
    told: tuple[type[AppError], ...] = (*kinds, TooSlow, AppError, errors.Unavailable)
    for kind in told:
        answer = described.setdefault(
            kind.status,
            {
                "description": f"{kind.title}.",
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        shown = {"$ref": f"#/components/examples/{kind.code}"}
        answer["content"][MEDIA_TYPE]["examples"][kind.code] = shown
    return described


def problem_examples() -> dict[str, Any]:
    """Return one example of each problem, for the document's components."""
    return {kind.code: {"summary": kind.title, "value": _example(kind)} for kind in KINDS}


def problem(request: Request, error: AppError, headers: Mapping[str, str]) -> Response:
    """Return the response that reports this error."""
    body = Problem(
        type=f"{request.app.state.container.settings.base_url}/docs#{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        instance=str(getattr(request.state, "request_id", "")),
        code=error.code,
        errors=[
            ErrorLocation(pointer=_printable(e.pointer), detail=_printable(e.detail))
            for e in error.errors
        ],
        possible_steps=list(getattr(error, "possible_steps", ())),
        **_of_stale(error),
        findings=_findings(error),
    )
    return Response(
        body.model_dump_json(exclude_defaults=True),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def invalid(details: Iterable[Mapping[str, Any]], *, prefix: str = "body") -> errors.InvalidInput:
    """Pydantic's complaints as one InvalidInput; `prefix` goes before paths without a place."""
    places = [_place(detail, prefix) for detail in details]
    return errors.InvalidInput("Please change what `errors` names.", places)


def answer_problem(request: Request, error: Exception) -> Response:
    """Return any error as a problem; an unforeseen one reveals nothing of the inside."""
    headers: dict[str, str] = {}
    told = app_error(request, error)
    if isinstance(error, HTTPException):
        headers.update(error.headers or {})
    if isinstance(told, errors.Unauthorised):
        headers["WWW-Authenticate"] = 'Bearer realm="devoured"'  # RFC 9110 section 11.6.1 asks
    headers |= told.headers
    return problem(request, told, headers)


def app_error(request: Request, error: Exception) -> AppError:
    """Return what an error of ours, FastAPI, Starlette or the database means to the client."""
    match error:
        case AppError():
            return error
        case RenderError():
            place = f"emails/{error.file}" + (f":{error.line}" if error.line else "")
            return BadTemplate(str(error), [FieldError(place, error.detail)])
        case RequestValidationError():
            return invalid(error.errors())
        case HTTPException():
            return _of_status(request, error)
        case OperationalError():
            return errors.Unavailable("The database does not answer in time. Please try again.")
    return AppError("Something went wrong here. Please try again, or tell us the request id.")


def _of_status(request: Request, error: HTTPException) -> AppError:
    """Return the error for an exception that Starlette or FastAPI raises itself."""
    said = {
        400: "The body is not JSON in UTF-8, or it is nested too deeply.",
        404: "There is nothing at this address.",
        405: f"This address does not take {request.method}.",
        408: "The body did not come in time. Please send it faster, or less.",
        413: "The body is larger than 2 MiB.",
    }
    kind = next((kind for kind in KINDS if kind.status == error.status_code), AppError)
    return kind(said.get(error.status_code, str(error.detail)))


def _place(detail: Mapping[str, Any], prefix: str) -> FieldError:
    """`/readers/0/address` for a body, `query limit` for the rest."""
    where, *path = detail["loc"] or (prefix,)
    said = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "json_invalid":
        return FieldError("", f"is not JSON: {detail.get('ctx', {}).get('error', said)}")
    if where != "body":
        return FieldError(f"{where} {'/'.join(map(str, path))}", said)
    return FieldError(pointer_of(path), said)


def pointer_of(path: Sequence[str | int]) -> str:
    """Return a JSON pointer; `~` and `/` in keys are escaped. Source: RFC 6901 section 3."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _of_stale(error: AppError) -> dict[str, Any]:
    if not isinstance(error, Stale):
        return {}
    changes = [ChangeOut(**{**asdict(one), "fields": list(one.fields)}) for one in error.changes]
    return {"version": error.version, "changes": changes}


def _findings(error: AppError) -> list[FindingOut]:
    told = error.findings if isinstance(error, ChecksFailed) else ()
    return [FindingOut.model_validate(finding) for finding in told]


def _printable(text: str) -> str:
    """Text that UTF-8 can hold, whatever half characters the input had."""
    return text.encode(errors="replace").decode()


def _example(kind: type[AppError]) -> dict[str, Any]:
    return {
        "type": f"https://digest.example/docs#{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        "instance": "8f1c2e0a4b7d4c0f9a56c1d2e3f40718",
        "code": kind.code,
        **_EXAMPLES.get(kind, {}),
    }
