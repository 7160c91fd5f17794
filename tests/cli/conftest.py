from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.cli import main
from app.db.session import Sessions, transaction
from app.delivery.partitions import ensure_partition
from app.enums import DeliveryState, Depth, EditionState, IssueState
from app.models import Delivery, Edition, Issue
from app.settings import Settings
from tests.factories import make_issue, open_categories


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


Devoured = Callable[..., Ran]


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
def bare_house(devoured: Devoured, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Devoured:
    """Run the program with settings that lead to this test's own database and Valkey."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    return devoured


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
