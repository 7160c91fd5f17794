"""The mails that the checks look at: whether somebody reads the whole is known without a search."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.issues.checks.mails import depths_to_check
from app.models import Publication


def test_readers_of_the_whole_are_found_by_their_index_when_the_statement_is_prepared(
    session: Session, now: datetime
) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    connection = session.connection()
    publication = session.get_one(Publication, 1)
    event.listen(connection, "before_cursor_execute", note)
    depths_to_check(session, publication, 1, now)
    event.remove(connection, "before_cursor_execute", note)
    (statement,) = asked
    # A table of a few rows would be read whole; a prepared statement is planned for any values.
    session.execute(text("SET LOCAL enable_seqscan = off"))
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for n, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})s", f"${n}")
    told = connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN) {statement}").scalars().all()
    assert any("ix_subscribers_whole" in line for line in told), told
