"""The tasks of a worker, called in this process, on rows of which one can be made to fail."""

from collections.abc import Callable, Iterator
from types import ModuleType
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.settings import Settings
from tests.localdev.ses.running import LocalSes, serving

Break = Callable[..., None]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSes]:
    """Run a local SES that takes two mails a day, at the address the tasks use."""
    with serving(daily=2) as ses:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        yield ses


@pytest.fixture
def tasks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Yield the tasks module of a worker process that was opened with these settings.

    The variables are set because Celery's application reads them when it is imported.
    """
    for name, value in settings.model_dump(exclude_defaults=True).items():
        monkeypatch.setenv(f"DEVOURED_{name.upper()}", _plain(value))
    from workers import context, tasks  # noqa: PLC0415  # reads the settings when imported

    context.open_context(settings, worker="test")
    yield tasks
    context.close_context()


@pytest.fixture
def break_row(engine: Engine, session: Session) -> Iterator[Break]:
    """Make PostgreSQL refuse each `what` (such as INSERT) of a table's rows of which `when` holds.

    Called without a table, it mends all that it broke.
    """
    broken: list[str] = []

    def mend() -> None:
        session.rollback()  # what it has read is locked until then
        with engine.begin() as connection:
            while broken:
                connection.execute(text(f"DROP FUNCTION {broken.pop()} CASCADE"))

    def break_it(table: str = "", what: str = "", when: str = "") -> None:
        if not table:
            mend()
            return
        session.rollback()
        name = f"broken_{uuid4().hex}"
        body = "BEGIN RAISE EXCEPTION 'this row is broken'; END"
        with engine.begin() as connection:
            connection.execute(
                text(
                    f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$;"
                    f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW"
                    f" WHEN ({when}) EXECUTE FUNCTION {name}()"
                )
            )
        broken.append(name)

    yield break_it
    mend()


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_plain(one) for one in value)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
