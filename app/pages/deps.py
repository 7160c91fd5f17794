"""What a page's function is handed: the container, one transaction, and the present instant."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.container import Container
from app.db.session import transaction


def get_container(request: Request) -> Container:
    """The process's container, which `create_app` put on the application."""
    container: Container = request.app.state.container
    return container


ContainerDep = Annotated[Container, Depends(get_container)]


def get_session(container: ContainerDep) -> Iterator[Session]:
    """A session of one transaction, committed before the answer leaves."""
    with transaction(container.sessions, container.ring_now) as session:
        yield session


def get_now(container: ContainerDep) -> datetime:
    """The present instant, aware, in UTC."""
    return container.clock()


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
NowDep = Annotated[datetime, Depends(get_now)]
