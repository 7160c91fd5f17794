"""The house, opened for one command: settings from the environment, logs kept out of the way."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.orm import Session

from app.container import Container, build
from app.db.session import BY_HAND, transaction
from app.logs import configure_logs
from app.readers.pepper import check_pepper
from app.settings import Settings, load_settings


def quiet_settings() -> Settings:
    """Return the settings from the environment; from now on only warnings are logged.

    Raises:
        ConfigError: naming each setting at fault.
    """
    settings = load_settings()
    if settings.log_level == "INFO":
        settings = settings.model_copy(update={"log_level": "WARNING"})
    if not structlog.is_configured():  # whoever calls us from Python may have seen to that
        configure_logs(settings)
    return settings


@contextmanager
def open_container() -> Iterator[Container]:
    """Yield the objects of the service, and release them at the end.

    Raises:
        ConfigError: naming each setting at fault.
    """
    container = build(quiet_settings(), pool=BY_HAND)
    try:
        yield container
    finally:
        container.engine.dispose()


@contextmanager
def one_transaction() -> Iterator[tuple[Container, Session]]:
    """Open the container and one transaction in it, committed at the end.

    Raises:
        ConfigError: naming each setting at fault, or the pepper is not this database's.
    """
    with (
        open_container() as container,
        transaction(container.sessions, container.enqueue_now) as session,
    ):
        check_pepper(session, container.pepper)
        yield container, session
