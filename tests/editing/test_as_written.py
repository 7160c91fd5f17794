"""Reading stories as they are being written, before they are settled."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.editing.settle import as_written
from app.issues.lifecycle import get_issue
from app.models import AuditEntry, Issue
from tests.editing.writers import Writer, rows_of, settled


def test_stories_are_read_as_they_are_being_written_and_nothing_of_it_is_kept(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    before = rows_of(session, issue.id)
    session.rollback()
    with as_written(session, issue.id, now) as is_ahead:
        assert not is_ahead
    ada.type("s1", "title", "Look: ", at=0)
    ada.send()
    with as_written(session, issue.id, now) as is_ahead:
        assert is_ahead
        assert rows_of(session, issue.id)[0]["title"] == "Look: Story number 1"
    session.commit()
    assert rows_of(session, issue.id) == before
    assert get_issue(session, issue.id).revision == 1
    assert session.scalars(select(AuditEntry)).all() == []
    settled(session, issue, now)
    assert rows_of(session, issue.id)[0]["title"] == "Look: Story number 1"
    assert session.scalars(select(AuditEntry.who)).all() == ["Ada"]
