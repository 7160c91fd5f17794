"""What a route is handed: the container, one transaction, the instant, who asks, on which terms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, overload

import anyio
from anyio import CapacityLimiter
from fastapi import Depends, Header, Request, Response, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlalchemy.orm import Session

from app.access.keys import check_key, is_use_due, note_use
from app.actors import Actor, ActorKind
from app.api.errors import documents
from app.container import Container
from app.db.session import transaction
from app.enums import Scope
from app.errors import FieldError, Forbidden, InvalidInput, NoCondition, Stale, Unauthorised
from app.models import ApiKey
from app.publication.lanes import read_clock
from app.publication.publication import get_publication
from app.versions import Expected

ZONE_HEADER: Final = "Times-Read-In"
"""The header of an answer that names the zone in which a time without one was read."""

_IF_MATCH: Final = "if-match"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST: Final = re.compile(rf"[ \t,]*(?:{_TAG.pattern}[ \t]*(?:,[ \t,]*|$))+")
_OURS: Final = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_BEARER = HTTPBearer(
    scheme_name="api_key",
    bearerFormat="dv_…",
    description="An API key, as `Authorization: Bearer dv_…`. Each operation names the scope "
    "it needs, all of them where it names two: `read`, `people`, `edit`, `send`, or `admin`, which "
    "holds the others.",
    auto_error=False,  # ours are problems
)


# What waits for nothing is async: a thread would cost a request a third of a millisecond for each.
async def get_container(request: Request) -> Container:
    """Return the process's container, which `create_app` put on the application."""
    container: Container = request.app.state.container
    return container


ContainerDep = Annotated[Container, Depends(get_container)]


def get_session(container: ContainerDep) -> Iterator[Session]:
    """Yield a session of one transaction, committed before the response leaves (docs/adr/0005)."""
    with transaction(container.api_sessions, container.enqueue_now) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session, scope="function")]


async def get_now(container: ContainerDep) -> datetime:
    """Return the present instant, aware, in UTC."""
    return container.clock()


NowDep = Annotated[datetime, Depends(get_now)]


async def read_body(request: Request) -> bytes:
    """Return the body as it came; it is in memory already where the route takes JSON."""
    return await request.body()


RawBody = Annotated[bytes, Depends(read_body)]


@documents(Unauthorised, Forbidden)
def get_key(
    scopes: SecurityScopes,
    request: Request,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> ApiKey:
    """Return the key of the request, if it holds the scopes that the route names."""
    key = _checked(session, scopes, request, given, now)
    _note_use(container, key, now)
    _refuse_unheeded(request)
    return key


Key = Annotated[ApiKey, Security(get_key)]


@documents(Unauthorised, Forbidden)
async def check_key_alone(
    scopes: SecurityScopes,
    request: Request,
    container: ContainerDep,
    now: NowDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> ApiKey:
    """Check the request's key in a transaction of its own, over before the body is read.

    Such a request has no place among the others (`concurrency`): for this it takes one of the
    transfers'.
    """

    def check() -> ApiKey:
        with transaction(container.api_sessions) as session:
            key = _checked(session, scopes, request, given, now)
        _note_use(container, key, now)
        _refuse_unheeded(request)
        return key

    room: CapacityLimiter = request.app.state.transfers.room
    return await anyio.to_thread.run_sync(check, limiter=room)


def needs_alone(*scopes: Scope) -> Any:
    """Return the dependency as `needs` does, for a route whose client may take long.

    It holds no transaction meanwhile.
    """
    return Security(check_key_alone, scopes=[scope.value for scope in scopes])


def needs(*scopes: Scope) -> Any:
    """Return the dependency of a route that only keys with all of these scopes may use."""
    return Security(get_key, scopes=[scope.value for scope in scopes])


def get_actor(key: Key) -> Actor:
    """Return who asks, for the audit: the key, by its name and number."""
    return Actor(ActorKind.KEY, key.name, key.id)


def acts(*scopes: Scope) -> Any:
    """Return the dependency of a route that changes something: who does, with these scopes."""
    return Security(get_actor, scopes=[scope.value for scope in scopes])


@documents(Stale)
def read_if_match(
    request: Request,
    _: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The ETag that you read, or several: if it is another one by now, nothing "
            "is changed and the answer is a 412 that says who changed what. `*` takes any. A weak "
            "tag (`W/…`) never fits.",
            examples=['"12"'],
        ),
    ] = None,
) -> Expected:
    """Return the versions that the caller takes; None for any.

    Raises:
        InvalidInput: the header is no list of entity tags.
    """
    lines = request.headers.getlist(_IF_MATCH)
    if not lines or all(line.strip() == "*" for line in lines):
        return None
    return frozenset(int(tag) for tag in _strong_tags(",".join(lines)) if _OURS.fullmatch(tag))


IfMatch = Annotated[Expected, Depends(read_if_match)]


@dataclass(frozen=True)
class Clocks:
    """The publication's clocks, and the answer that says that a time was read on them."""

    session: Session
    response: Response

    @overload
    def read(self, field: str, given: datetime) -> datetime: ...
    @overload
    def read(self, field: str, given: None) -> None: ...
    @overload
    def read(self, field: str, given: datetime | None) -> datetime | None: ...
    def read(self, field: str, given: datetime | None) -> datetime | None:
        """Return the instant, in UTC, that the body's `field` means.

        Raises:
            InvalidInput: the clocks never show that time, or show it twice.
        """
        if given is None or given.tzinfo is not None:
            return given
        zone = get_publication(self.session).time_zone
        self.response.headers[ZONE_HEADER] = zone
        return read_clock(zone, given, f"/{field}")

    def read_in(self, changes: dict[str, Any], field: str) -> dict[str, Any]:
        """Return the changes with the instant that `field` means, where it is among them."""
        if field not in changes:
            return changes
        return {**changes, field: self.read(field, changes[field])}


async def get_clocks(session: SessionDep, response: Response) -> Clocks:
    """Return the publication's clocks for this request."""
    return Clocks(session, response)


OurClocks = Annotated[Clocks, Depends(get_clocks)]


def _refuse_unheeded(request: Request) -> None:
    """Raise NoCondition where a change is asked for under a condition that the route cannot hold.

    A condition is honoured or refused, never ignored: who sends it relies on it.
    """
    if _IF_MATCH not in request.headers or request.method in _SAFE:
        return
    route = request.scope.get("route")
    if isinstance(route, APIRoute) and not _heeds(route.dependant):
        raise NoCondition(
            "What this address changes has no version of its own. Send it without If-Match."
        )


def _heeds(dependant: Dependant) -> bool:
    return dependant.call is read_if_match or any(map(_heeds, dependant.dependencies))


def _strong_tags(text: str) -> list[str]:
    """Return the strong tags of a list; empty elements count for nothing (RFC 9110 5.6.1)."""
    if not _LIST.fullmatch(text):
        wrong = [FieldError("header If-Match", 'is no list of tags like "12"')]
        raise InvalidInput("Give the ETag just as it came, in its quotation marks.", wrong)
    return [tag for weak, tag in _TAG.findall(text) if not weak]


def _checked(
    session: Session,
    scopes: SecurityScopes,
    request: Request,
    given: HTTPAuthorizationCredentials | None,
    now: datetime,
) -> ApiKey:
    # Behind trusted proxies the server has put the right client here.
    client = request.client.host if request.client else None
    secret = given.credentials if given else None
    return check_key(session, secret, [Scope(one) for one in scopes.scopes], now, client)


def _note_use(container: Container, key: ApiKey, now: datetime) -> None:
    """Write the last use down, once a minute, whatever becomes of the request."""
    if is_use_due(key, now):
        with transaction(container.sessions) as session:
            note_use(session, key.id, now)
