"""The API behind a client, with a clock that stands still and jobs that are only kept."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.container import Container
from app.db.session import Job
from app.enums import Scope
from app.main import create_app
from app.settings import Settings
from tests.api.clients import bearer, secret_of
from tests.at_hand import build_at_hand


@pytest.fixture
def jobs() -> list[Job]:
    """Collect the jobs that were enqueued, after their commit."""
    return []


@pytest.fixture
def container(settings: Settings, now: datetime, jobs: list[Job]) -> Iterator[Container]:
    container = build_at_hand(settings, clock=lambda: now, jobs=jobs)
    yield container
    container.engine.dispose()


@pytest.fixture
def application(container: Container) -> FastAPI:
    return create_app(container)


@pytest.fixture
def public(application: FastAPI) -> Iterator[TestClient]:
    """Yield a client without a key."""
    with TestClient(application) as client:
        yield client


@pytest.fixture
def api(application: FastAPI, container: Container, now: datetime) -> Iterator[TestClient]:
    """Yield a client whose key may do everything."""
    with TestClient(application) as client:
        client.headers.update(bearer(secret_of(container, [Scope.ADMIN], now)))
        yield client
