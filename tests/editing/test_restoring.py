"""A restored story in an open document: it is shown there, and what others type stays."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.issues.restoring import restore_revision
from app.issues.revisions import list_revisions
from app.models import Issue
from tests.editing.writers import BO, Writer, rows_of, settled

LATER = timedelta(minutes=10)


def _first(session: Session, issue_id: int) -> int:
    return list_revisions(session, issue_id, 1, before=None, limit=100)[-1].revision.id


def test_restored_story_is_shown_in_open_editors_beside_what_they_type(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    was = rows_of(session, issue.id)[0]["what"]
    ada.type("s1", "what", "Wrong. ", at=0)
    ada.send()
    settled(session, issue, now)
    ada.hear()
    ada.type("s1", "summary", "Typed meanwhile. ", at=0)
    ada.send()
    restore_revision(session, BO, issue.id, 1, _first(session, issue.id), now + LATER)
    session.commit()
    settled(session, issue, now + LATER)
    ada.hear()
    row = rows_of(session, issue.id)[0]
    assert ada.told() == rows_of(session, issue.id)
    assert row["what"] == was
    assert row["summary"].startswith("Typed meanwhile. ")


def test_who_types_in_a_document_for_a_while_makes_one_revision(
    session: Session, issue: Issue, ada: Writer, bo: Writer, now: datetime
) -> None:
    for n in range(20):
        writer = (ada, bo)[n % 2]
        writer.hear()
        writer.type("s1", ("what", "summary")[n % 2], "x", at=0)
        writer.send()
        settled(session, issue, now + timedelta(seconds=n))
    found = list_revisions(session, issue.id, 1, before=None, limit=100)
    assert [[one["name"] for one in past.revision.who] for past in found] == [
        ["Ada", "Bo"],
        ["devoured"],
    ]
    assert found[0].after["what"] == "x" * 10 + found[1].after["what"]
