"""A database of a test's own, for what migrations do."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """Create a database without any table, for this test alone, and yield its URL."""
    name = f"empty_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} (FORCE)")
