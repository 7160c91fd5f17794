"""What a driver's error is told as: the line names its cause, and no other."""

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.cli.failures import FAILED, explain

_FULL = 'could not extend file "base/16384/17053": No space left on device'


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.DiskFull(_FULL), f"the disk of the database is full: {_FULL}"),
        (
            OperationalError("UPDATE", {}, errors.DiskFull(_FULL)),
            f"the disk of the database is full: {_FULL}",
        ),
        (
            OperationalError("UPDATE", {}, errors.LockNotAvailable("lock timeout")),
            "the database is busy, so try it again: lock timeout",
        ),
        (
            OperationalError("UPDATE", {}, psycopg.OperationalError("connection refused")),
            "the database does not answer: connection refused",
        ),
        (psycopg.OperationalError("server\nclosed"), "the database does not answer: server closed"),
        (
            ProgrammingError("SELECT", {}, errors.UndefinedColumn("no column x")),
            "run devoured migrate first: no column x",
        ),
        (
            ProgrammingError("SELECT", {}, errors.InsufficientPrivilege("permission denied")),
            "the database refuses that: permission denied",
        ),
        (
            ProgrammingError("ALTER", {}, errors.DuplicateColumn("it already exists")),
            "the database refuses that: it already exists",
        ),
    ],
)
def test_explain_names_the_cause_when_a_driver_fails(error: Exception, line: str) -> None:
    assert explain(error) == (FAILED, line)


def test_explain_knows_nothing_of_other_errors() -> None:
    assert explain(errors.UniqueViolation("twice")) is None
