from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from app.db.session import make_engine


@pytest.fixture
def hasty_url(engine: Engine, database_url: str) -> Iterator[str]:
    """Yield this test's database, whose server would answer before a commit is on the disk."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.scalar(text("SELECT quote_ident(current_database())"))
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        yield database_url
        connection.execute(text(f"ALTER DATABASE {name} RESET synchronous_commit"))


def test_commit_waits_for_the_disk_when_the_server_would_not(hasty_url: str) -> None:
    show = text("SHOW synchronous_commit")
    plain, ours = create_engine(hasty_url, poolclass=NullPool), make_engine(hasty_url)
    with plain.connect() as connection:
        assert connection.scalar(show) == "off"
    with ours.connect() as connection:
        assert connection.scalar(show) == "on"
    ours.dispose()
