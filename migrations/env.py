"""How Alembic runs a migration; `app/db/migrate.py` hands over the address."""

from alembic import context
from sqlalchemy import NullPool, create_engine, text

from app import models

_LOCK = 0x0D1_6E57  # any number, as long as every process that migrates takes the same


def run() -> None:
    """Run what Alembic was asked for: one process at a time, one transaction a migration.

    A statement that waits 5 s for its lock fails, for all that comes after it waits behind it.
    """
    engine = create_engine(
        context.config.attributes["database_url"],
        poolclass=NullPool,
        connect_args={"options": "-c timezone=UTC"},
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as lock:
        lock.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _LOCK})
        with engine.connect() as connection:
            connection.execute(text("SET lock_timeout = 5000"))
            connection.commit()
            context.configure(
                connection=connection,
                target_metadata=models.Publication.metadata,
                compare_type=True,
                compare_server_default=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations()


run()
