"""How Alembic runs a migration; `app/db/migrate.py` hands over the address."""

import time
from typing import Final

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, event, text

from app import models
from app.models.delivery import PARTITION

_LOCK = 0x0D1_6E57  # any number, as long as every process that migrates takes the same
_ASK_SECONDS: Final = 0.5


def _is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether Alembic should compare this.

    It should not for the ledger's partitions, which come and go by themselves.
    """
    return not (kind == "table" and name is not None and name.startswith(PARTITION))


def _limit_statements(connection: Connection) -> None:
    """Limit the statements of a transaction; where each is one of its own, there is none."""
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    seconds = context.config.attributes["statement_seconds"]
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{int(seconds)}s'")


def _take_turn(lock: Connection) -> None:
    """Return once no other process migrates.

    It asks again and again: a statement that waited would keep its snapshot as long, for which an
    index that the other one builds CONCURRENTLY waits in turn, and both for good.
    """
    while not lock.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": _LOCK}):
        time.sleep(_ASK_SECONDS)


def run() -> None:
    """Run what Alembic was asked for: one process at a time, one transaction a migration.

    A statement that waits 5 s for its lock fails, for all that comes after it waits behind it. So
    does one of a transaction that runs too long, since its locks are held as long; what stands in
    an `autocommit_block` is made so that others go on meanwhile, and takes the time it takes.
    """
    engine = create_engine(
        context.config.attributes["database_url"],
        poolclass=NullPool,
        # Whatever the role or the server says of statements.
        connect_args={"options": "-c timezone=UTC -c statement_timeout=0"},
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as lock:
        _take_turn(lock)
        with engine.connect() as connection:
            connection.execute(text("SET lock_timeout = 5000"))
            connection.commit()
            event.listen(connection, "begin", _limit_statements)
            context.configure(
                connection=connection,
                target_metadata=models.Publication.metadata,
                include_name=_is_modelled,
                compare_type=True,
                compare_server_default=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()


run()
