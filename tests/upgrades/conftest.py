"""A database of the first release that was brought to today's schema, copied for each test."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from app.clock import system_clock
from app.db import migrate
from app.settings import Settings
from tests.upgrades.first import PEPPER, SIGNING_KEY, restore_first_release


@pytest.fixture(scope="module")
def upgraded_name(server_url: str) -> Iterator[str]:
    with _database(server_url, "") as name:
        url = _url(server_url, name)
        restore_first_release(url, system_clock())
        migrate.upgrade(url)
        yield name


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    with _database(server_url, "") as name:
        yield _url(server_url, name)


@pytest.fixture
def upgraded_url(server_url: str, upgraded_name: str) -> Iterator[str]:
    with _database(server_url, f"TEMPLATE {upgraded_name} STRATEGY file_copy") as name:
        yield _url(server_url, name)


@pytest.fixture
def upgraded(settings: Settings, upgraded_url: str) -> Settings:
    """Return the settings of who ran the first release, at today's version."""
    own = {
        "database_url": upgraded_url,
        "secret_keys": [SecretStr(SIGNING_KEY)],
        "address_pepper": SecretStr(PEPPER),
    }
    return settings.model_copy(update=own)


@contextmanager
def _database(server_url: str, made_from: str) -> Iterator[str]:
    """Create a database, return its name, and drop it in the end."""
    name = f"upgrades_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {made_from}")
        yield name
        connection.execute(f"DROP DATABASE {name} (FORCE)")


def _url(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)
