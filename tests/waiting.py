"""Who waits for a lock: tests that do two things at once must know that the second has begun."""

from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

EMPTYING: Final = "emptying"
"""The application's name of the connection by which the tests' database is emptied."""

# pg_locks alone would count the waits of every database on the server, so of tests beside this one.
_WAITING = text(
    "SELECT count(DISTINCT pid) FROM pg_locks"
    " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
)


def n_waiting_for(holding: Session | Connection) -> int:
    """Return how many sessions wait for a lock that `holding`'s transaction has."""
    return holding.scalar(_WAITING) or 0
