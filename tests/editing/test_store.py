"""A document: what it takes and when, how it stays small, and when it goes."""

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.editing.store import forget_documents, is_news, open_document, unsettled_issues
from app.enums import IssueState
from app.errors import Conflict, InvalidInput, TooLarge, WrongState
from app.issues.approval import approve_checked
from app.issues.stories import change_story
from app.issues.written import StillWritten
from app.models import Document, DocumentUpdate, Issue
from tests.editing.writers import BO, Writer, rows_of, settled
from tests.issues.conftest import LOOKS


def test_issue_is_approved_only_once_all_that_was_written_is_stored(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.type("s1", "url", "no link ", at=0)
    ada.send()
    with pytest.raises(StillWritten, match="Try again in a second"):
        approve_checked(session, CLI, issue.id, LOOKS, now)
    session.rollback()
    settled(session, issue, now)
    with pytest.raises(Conflict, match="url must be an http or https address"):
        approve_checked(session, CLI, issue.id, LOOKS, now)
    session.rollback()
    ada.cut("s1", "url", 0, 8)
    ada.send()
    settled(session, issue, now)
    approve_checked(session, CLI, issue.id, LOOKS, now)
    session.commit()
    ada.type("s1", "url", "no link ", at=0)
    with pytest.raises(WrongState):
        ada.send()


def test_documents_that_a_killed_process_left_are_found(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    assert unsettled_issues(session) == []
    ada.type("s1", "title", "Left ", at=0)
    ada.send()
    assert unsettled_issues(session) == [issue.id]
    settled(session, issue, now)
    assert unsettled_issues(session) == []


def test_document_goes_with_the_issue_that_is_over(
    session: Session, issue: Issue, ada: Writer
) -> None:
    ada.type("s1", "title", "Sent ", at=0)
    ada.send()
    forget_documents(session)
    assert session.get(Document, issue.id) is not None
    issue.state = IssueState.CANCELLED
    session.flush()
    forget_documents(session)
    session.expire_all()
    assert session.get(Document, issue.id) is None


def test_issue_that_is_no_draft_takes_nothing(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    issue.state = IssueState.APPROVED
    session.commit()
    ada.type("s1", "title", "Late ", at=0)
    with pytest.raises(WrongState, match="Reopen it first"):
        ada.send()
    session.rollback()
    issue.state = IssueState.DRAFT
    session.commit()
    ada.send()
    settled(session, issue, now)
    assert rows_of(session, issue.id)[0]["title"] == "Late Story number 1"


def test_update_is_refused_when_it_is_none_or_too_large(
    session: Session, issue: Issue, ada: Writer
) -> None:
    with pytest.raises(InvalidInput):
        ada.send_bytes(b"\xff" * 20)
    with pytest.raises(TooLarge):
        ada.send_bytes(b"\x00" * 1_100_000)


def test_document_stays_small_and_settles_on_after_it_was_compacted(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    late = Writer(session, issue.id, BO, now).joined()
    for n in range(210):
        ada.type("s1", "what", f"{n} ", at=None)
        ada.send()
    settled(session, issue, now)
    assert session.scalar(select(func.count()).select_from(DocumentUpdate)) == 0
    assert session.get_one(Document, issue.id).n_compacted == 210
    late.hear()
    assert late.told() == ada.told()
    change_story(session, CLI, issue.id, 1, {"what": "Short."}, now)
    late.type("s1", "title", "On ", at=0)
    late.send()
    settled(session, issue, now)
    ada.hear()
    assert ada.told() == rows_of(session, issue.id)
    assert open_document(session, issue.id).last_seq == 212


def test_what_is_sent_again_is_stored_once(session: Session, issue: Issue, ada: Writer) -> None:
    ada.cut("s1", "title", 0, 5)
    again = ada.doc.get_update()
    assert is_news(session, issue.id, again)
    ada.send()
    assert not is_news(session, issue.id, again)
    with pytest.raises(InvalidInput):
        is_news(session, issue.id, b"\xff")
