"""Every error as `application/problem+json`: what a route may answer, and what answers it.

An error says itself which problem it becomes (`app.errors`), and what raises it says so beside its
name (`documents`): a route documents the problems of its own, and of all that it depends on.

Source: RFC 9457, Problem Details for HTTP APIs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app import errors
from app.api import deprecation
from app.api.problems import problem_of
from app.errors import AppError, FieldError, RenderError

MEDIA_TYPE: Final = "application/problem+json"
_MARK: Final = "documented"
_RATE_HEADERS: Final = {
    name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit-Policy", "RateLimit")
}
_WAIT_HEADERS: Final = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
_F = TypeVar("_F", bound=Callable[..., Any])


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


class BadTemplate(errors.InvalidInput):
    """A template, or what it made, is wrong; `errors` names file and line."""

    status = 422
    code = "bad_template"
    title = "A template is wrong"


ALWAYS: Final[tuple[type[AppError], ...]] = (TooSlow, AppError, errors.Unavailable)
"""What any request may be answered: it may come too slowly (`bodies`)."""

UNDOCUMENTED: Final[tuple[type[AppError], ...]] = (NotAllowed, errors.NoCondition)
"""What is answered where a request fits no operation, so that none can name it."""

_STATUSES: Final[Mapping[int, tuple[type[AppError], str]]] = {
    400: (Unreadable, "The body is not JSON in UTF-8, or it is nested too deeply."),
    404: (errors.NotFound, "There is nothing at this address."),
    405: (NotAllowed, "This address does not take {method}."),
    408: (TooSlow, "The body did not come in time. Please send it faster, or less."),
    413: (errors.TooLarge, "The body is larger than 2 MiB."),
}
"""What the exceptions of Starlette and FastAPI mean to the client."""


def documents(
    *kinds: type[AppError], headers: Mapping[str, Any] | None = None
) -> Callable[[_F], _F]:
    """Say of a route or dependency which errors it raises and which headers its answer gets."""

    def mark(function: _F) -> _F:
        setattr(function, _MARK, (kinds, headers or {}))
        return function

    return mark


class ApiRoute(APIRoute):
    """A route that documents its problems: those that are named, and those that follow.

    One that is deprecated says so in the document and in every answer (`api.deprecation`).

    A path with numbers may lead to nothing, parameters may be invalid, and a body unreadable, too
    large or invalid as well.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        functions = list(_all_dependants(self.dependant))
        kinds: set[type[AppError]] = set(ALWAYS)
        headers: dict[str, Any] = {}
        for one in functions:
            named, its_headers = getattr(one.call, _MARK, ((), {}))
            kinds.update(named)
            headers.update(its_headers)
            if one.path_params:
                kinds.add(errors.NotFound)
            if one.path_params or one.query_params or one.header_params:
                kinds.add(errors.InvalidInput)
        if self.body_field is not None:
            kinds.update((Unreadable, errors.TooLarge, errors.InvalidInput))
        if errors.TooMany in kinds:
            headers |= _RATE_HEADERS
        answers = problems(kinds) | self.responses
        if headers:
            status = self.status_code or 200
            answers[status] = {**answers.get(status, {}), "headers": headers}
        self._deprecation = deprecation.deprecation_of(self.endpoint)
        if self._deprecation is not None:
            self.deprecated = True
            ends = {"x-sunset": self._deprecation.ends.isoformat()}
            self.openapi_extra = {**(self.openapi_extra or {}), **ends}
            self.description = f"{self.description}\n\n{self._deprecation.sentence}"
            answers.setdefault(self.status_code or 200, {})
            for answer in answers.values():
                answer["headers"] = {**answer.get("headers", {}), **deprecation.HEADERS}
        self.responses = answers

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as FastAPI does, and say where this is deprecated."""
        if self._deprecation is not None:
            send = deprecation.saying(self._deprecation, send)
        await super().handle(scope, receive, send)


ApiRouter = partial(APIRouter, route_class=ApiRoute)


def problems(kinds: Iterable[type[AppError]]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may answer these."""
    described: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(kinds, key=_place_in_route):
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
        if kind is errors.TooMany:
            answer["headers"] = _WAIT_HEADERS | _RATE_HEADERS
        elif kind.wait_seconds is not None:
            answer["headers"] = dict(_WAIT_HEADERS)
        example = {"$ref": f"#/components/examples/{kind.code}"}
        answer["content"][MEDIA_TYPE]["examples"][kind.code] = example
    return described


def all_kinds(kind: type[AppError] = AppError) -> Iterator[type[AppError]]:
    """Yield the kind and those below it that are a problem of their own."""
    if "code" in vars(kind):
        yield kind
    for below in kind.__subclasses__():
        yield from all_kinds(below)


def by_status(kind: type[AppError]) -> tuple[int, int, str]:
    """Return what puts kinds in order: by status, the more general ones first."""
    return kind.status, len(kind.__mro__), kind.code


def answer_problem(request: Request, error: Exception) -> Response:
    """Return any error as a problem; an unforeseen one reveals nothing of the inside."""
    known = app_error(request, error)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    base_url = request.app.state.container.settings.base_url
    body = problem_of(known, base_url, str(getattr(request.state, "request_id", "")))
    return Response(
        body.model_dump_json(exclude_defaults=True),
        status_code=known.status,
        media_type=MEDIA_TYPE,
        headers=headers | known.headers,
    )


def app_error(request: Request, error: Exception) -> AppError:
    """Return what an error of ours, FastAPI, Starlette or the database means to the client."""
    match error:
        case AppError():
            return error
        case RenderError():
            return BadTemplate(str(error), [FieldError(error.place, error.detail)])
        case RequestValidationError():
            return invalid(error.errors())
        case HTTPException():
            kind, sentence = _STATUSES.get(error.status_code, (AppError, str(error.detail)))
            return kind(sentence.replace("{method}", request.method))
        case OperationalError():
            return errors.Unavailable("The database does not answer in time. Please try again.")
    return AppError("Something went wrong here. Please try again, or tell us the request id.")


def invalid(details: Iterable[Mapping[str, Any]]) -> errors.InvalidInput:
    """Return Pydantic's complaints as one InvalidInput."""
    places = [_place(detail) for detail in details]
    return errors.InvalidInput("Please change what `errors` names.", places)


def pointer_of(path: Sequence[str | int]) -> str:
    """Return a JSON pointer; `~` and `/` in keys are escaped. Source: RFC 6901 section 3."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _place(detail: Mapping[str, Any]) -> FieldError:
    """Return where a fault is: `/readers/0/address` for a body, `query limit` for the rest."""
    where, *path = detail["loc"] or ("body",)
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "json_invalid":
        return FieldError("", f"is not JSON: {detail.get('ctx', {}).get('error', message)}")
    if where != "body":
        return FieldError(f"{where} {'/'.join(map(str, path))}", message)
    return FieldError(pointer_of(path), message)


def _all_dependants(one: Dependant) -> Iterator[Dependant]:
    yield one
    for below in one.dependencies:
        yield from _all_dependants(below)


def _place_in_route(kind: type[AppError]) -> tuple[bool, tuple[int, int, str]]:
    return kind in ALWAYS, by_status(kind)
