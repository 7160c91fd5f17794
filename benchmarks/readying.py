"""Readying: a database with its readers in place, as large as it is told to be."""

from sqlalchemy import text

from app.db.session import transaction
from benchmarks.audience import add_readers
from benchmarks.deployment import Deployment
from benchmarks.sending import Ready


def make_ready(deployment: Deployment, n_readers: int, purpose: str = "readers") -> Ready:
    """Make a database for this size and purpose, with its readers in place and vacuumed."""
    name = f"{purpose}_{n_readers}"
    deployment.make_database(name)
    container = deployment.container(name)
    with transaction(container.sessions) as session:
        add_readers(session, n_readers, container.pepper, container.clock())
    options = {"isolation_level": "AUTOCOMMIT"}
    with container.engine.connect().execution_options(**options) as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))
    return Ready(name, container, n_readers)
