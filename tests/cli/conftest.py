from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import BigInteger, Text, cast, func, literal_column, select
from sqlalchemy.orm import Session

from app.audit import KEPT
from app.cli import main
from app.db.base import Base
from app.db.session import Sessions, transaction
from app.delivery.partitions import ensure_partition
from app.enums import DeliveryState, Depth, EditionState, IssueState
from app.models import (
    Account,
    AuditEntry,
    Delivery,
    Edition,
    Issue,
    Lift,
    Subscriber,
    Suppression,
)
from app.settings import Settings
from tests.factories import make_issue, open_categories


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


Devoured = Callable[..., Ran]

_SERVICES: Final = {"worker", "beat", "listen", "serve", "progress"}
"""Commands during which the service does its own work, which nobody asks for."""

_AUDITED: Final[tuple[type[Base], ...]] = (*KEPT, Account, Delivery, Lift, Subscriber, Suppression)
"""What a person who types a command may change."""


def _audited(sessions: Sessions) -> tuple[dict[str, tuple[int, ...]], int]:
    """Return how many rows there are of what is audited and who wrote last, and the entries."""
    with transaction(sessions) as session:
        written = func.max(cast(cast(literal_column("xmin"), Text), BigInteger))
        found = {
            model.__tablename__: tuple(
                session.execute(select(func.count(), written).select_from(model)).one()
            )
            for model in _AUDITED
        }
        return found, session.scalar(select(func.count()).select_from(AuditEntry)) or 0


@pytest.fixture
def devoured(capsys: pytest.CaptureFixture[str]) -> Iterator[Devoured]:
    """Yield a function that runs a command in this process; its logs are thrown away."""
    # No cache: a logger that remembered this would lose the logs of the tests after it.
    structlog.configure(
        logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False
    )

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    yield run
    structlog.reset_defaults()


@pytest.fixture
def bare_house(
    devoured: Devoured, settings: Settings, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> Devoured:
    """Run the program with settings that lead to this test's own database and Valkey.

    Whatever command a test runs, what it changes is in the audit.
    """
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Ran:
        before, n_before = _audited(sessions)
        ran = devoured(*arguments)
        after, n_after = _audited(sessions)
        changed = {table for table in before if before[table] != after[table]}
        if arguments and arguments[0] not in _SERVICES:
            assert n_after > n_before or not changed, f"{arguments} changed {changed} unseen"
        return ran

    return run


@pytest.fixture
def cli(bare_house: Devoured, sessions: Sessions) -> Devoured:
    """Run the program as an operator who opens what a digest proposes as soon as it is loaded."""

    def run(*arguments: str) -> Ran:
        ran = bare_house(*arguments)
        if arguments[:1] == ("load",):
            with transaction(sessions) as session:
                open_categories(session)
        return ran

    return run


@pytest.fixture
def sending_issue(session: Session, now: datetime) -> Issue:
    """Make a sending issue of four readers, of whom three are in doubt."""
    issue = make_issue(session, state=IssueState.SENDING, n_due=4, launched_at=now, rendered_at=now)
    ensure_partition(session, issue.id)
    edition = Edition(
        issue_id=issue.id,
        follows=1,
        depth=Depth.BRIEF,
        revision=1,
        state=EditionState.RENDERED,
        subject="Subject",
        html="<p>Text</p>",
        text="Text",
        n_readers=4,
    )
    session.add(edition)
    session.flush()
    for reader in range(1, 5):
        session.add(
            Delivery(
                issue_id=issue.id,
                subscriber_id=reader,
                edition_id=edition.id,
                call_id=1,
                state=DeliveryState.IN_DOUBT if reader < 4 else DeliveryState.ACCEPTED,
                attempt=1,
                reason="worker_lost",
                at=now,
            )
        )
    session.commit()
    return issue


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment variables that mean these settings."""
    values = settings.model_dump(exclude_none=True)
    return {f"DEVOURED_{name.upper()}": _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
