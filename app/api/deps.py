"""What a route is handed: the container, one transaction, the present instant, who is asking."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import anyio
from anyio import CapacityLimiter
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from sqlalchemy.orm import Session

from app.access.keys import check_key, is_use_due, note_use
from app.actors import Actor, ActorKind
from app.api.conditions import refuse_unheeded
from app.container import Container
from app.db.session import transaction
from app.enums import Scope
from app.models import ApiKey

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
    refuse_unheeded(request)
    return key


Key = Annotated[ApiKey, Security(get_key)]


async def check_key_alone(
    scopes: SecurityScopes,
    request: Request,
    container: ContainerDep,
    now: NowDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> ApiKey:
    """Check the request's key in a transaction of its own, over before the body is read.

    Such a request has no place among the others (`rooms`): it takes one of the transfers' for this.
    """

    def check() -> ApiKey:
        with transaction(container.api_sessions) as session:
            key = _checked(session, scopes, request, given, now)
        _note_use(container, key, now)
        refuse_unheeded(request)
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
