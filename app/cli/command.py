"""What the commands share: the container opened for one, and arguments that several take."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated

import structlog
import typer
from sqlalchemy.orm import Session

from app.cli.failures import BadInput
from app.cli.output import instant, note
from app.container import Container, build
from app.db.session import BY_HAND, transaction
from app.enums import Depth
from app.logs import configure_logs
from app.publication.lanes import FIRST_DAY, LAST_DAY, read_clock
from app.publication.publication import get_publication
from app.readers.pepper import check_pepper
from app.settings import load_settings
from app.versions import Expected

IssueArgument = Annotated[
    int, typer.Argument(metavar="ISSUE", help="The issue's number.", show_default=False)
]
VersionOption = Annotated[
    int | None,
    typer.Option(
        "--if-version",
        metavar="N",
        min=1,
        help="Only if it is still at this version, as devoured issues shows it.",
        show_default=False,
    ),
]
DepthOption = Annotated[Depth, typer.Option(help="How much of each story.")]


@contextmanager
def open_container() -> Iterator[Container]:
    """Yield the objects of the service, and release them at the end; only warnings are logged.

    Raises:
        ConfigError: naming each setting at fault.
    """
    settings = load_settings()
    if settings.log_level == "INFO":
        settings = settings.model_copy(update={"log_level": "WARNING"})
    if not structlog.is_configured():  # whoever calls us from Python may have seen to that
        configure_logs(settings)
    container = build(settings, pool=BY_HAND)
    try:
        yield container
    finally:
        container.engine.dispose()


@contextmanager
def one_transaction() -> Iterator[tuple[Session, datetime, Container]]:
    """Yield one transaction, committed at the end, the instant of its begin, and the container.

    Raises:
        ConfigError: naming each setting at fault, or the pepper is not this database's.
    """
    with (
        open_container() as container,
        transaction(container.sessions, container.enqueue_now) as session,
    ):
        check_pepper(session, container.pepper)
        yield session, container.clock(), container


def expect(if_version: int | None) -> Expected:
    """Return the versions that a command takes; None for any."""
    return None if if_version is None else (if_version,)


def read_instant(session: Session, text: str | None, now: datetime) -> datetime | None:
    """Return the instant that a person typed, in UTC; `now` for the word.

    One without an offset is on the publication's clocks, which is said on standard error.

    Raises:
        BadInput: it is no instant, or a day alone.
        InvalidInput: the publication's clocks skip that time, or show it twice.
    """
    if text is None or text == "now":
        return now if text else None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"“{text}” is no instant; write it as 2026-11-23T07:00+01:00.") from None
    if _is_day(text):
        raise BadInput(f"“{text}” is a day; say an hour too, as {text}T07:00.")
    if not FIRST_DAY.year <= found.year <= LAST_DAY.year:
        raise BadInput(f"“{text}” is not of the years {FIRST_DAY.year} to {LAST_DAY.year}.")
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    zone = get_publication(session).time_zone
    at = read_clock(zone, found)
    note(f"“{text}” is taken in {zone}, the publication's time zone: {instant(at)}.")
    return at


def _is_day(text: str) -> bool:
    """Return whether a text is a day alone: its midnight, often gone by, would send at once."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
