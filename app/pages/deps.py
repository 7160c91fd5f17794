"""What a page's function is handed: the container, a transaction, the instant, and who asks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import transaction
from app.enums import ConsentSource
from app.readers.consent import Origin, network_of


# What waits for nothing is async: a thread would cost a request a third of a millisecond for each.
async def get_container(request: Request) -> Container:
    """Return the process's container, which `create_app` put on the application."""
    container: Container = request.app.state.container
    return container


ContainerDep = Annotated[Container, Depends(get_container)]


def get_session(container: ContainerDep) -> Iterator[Session]:
    """Yield a session of one transaction, committed before the response leaves."""
    with transaction(container.sessions, container.enqueue_now) as session:
        yield session


def get_search_session(container: ContainerDep) -> Iterator[Session]:
    """Yield a session as `get_session` does, whose statements may take no longer than a search."""
    with transaction(container.search_sessions) as session:
        yield session


async def get_now(container: ContainerDep) -> datetime:
    """Return the present instant, aware, in UTC."""
    return container.clock()


async def get_origin(request: Request) -> Origin:
    """Return where a step on a page comes from: its source, and the client's truncated network."""
    client = request.client.host if request.client else None
    return Origin(ConsentSource.PAGE, network_of(client))


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
SearchDep = Annotated[Session, Depends(get_search_session, scope="function")]
NowDep = Annotated[datetime, Depends(get_now)]
OriginDep = Annotated[Origin, Depends(get_origin)]
