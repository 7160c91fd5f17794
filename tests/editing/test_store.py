"""A document: what it takes and when, how it stays small, and when it goes."""

from datetime import datetime
from random import Random

import pytest
from pycrdt import XmlFragment, write_var_uint
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.editing.store import (
    MAX_WRITERS,
    forget_documents,
    open_document,
    store_update,
    unsettled_issues,
)
from app.enums import IssueState
from app.errors import Conflict, InvalidInput, TooLarge, WrongState
from app.issues.approval import approve_checked
from app.issues.stories import change_story
from app.issues.written import StillWritten
from app.models import Document, DocumentUpdate, Issue
from tests.editing.writers import ADA, BO, Writer, rows_of, settled
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
    with pytest.raises(Conflict, match="Link must be an http or https address"):
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


def _of_copies(first: int, n: int) -> bytes:
    """Return an update as `n` copies make it that delete all they wrote."""
    structs = (
        b"\x01" + write_var_uint(number << 32) + b"\x00\x00\x01"
        for number in range(first, first + n)
    )
    return write_var_uint(n) + b"".join(structs) + b"\x00"


def test_copies_whose_numbers_collide_are_few_in_an_update_and_in_a_document(
    session: Session, issue: Issue, ada: Writer
) -> None:
    with pytest.raises(TooLarge, match="so many copies"):
        ada.send_bytes(_of_copies(1, MAX_WRITERS + 1))
    session.rollback()
    ada.send_bytes(_of_copies(1, MAX_WRITERS - 1))
    with pytest.raises(TooLarge, match="document is full"):
        ada.send_bytes(_of_copies(MAX_WRITERS, 2))


def test_update_that_makes_the_library_panic_is_refused_like_others(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.send_bytes(bytes.fromhex("01010100040101740568656c6c6f00"))
    with pytest.raises(InvalidInput, match="no update"):
        ada.send_bytes(bytes.fromhex("01000100010101740568656c6c7f00"))
    session.rollback()
    ada.type("s1", "title", "On ", at=0)
    ada.send()
    settled(session, issue, now)
    assert rows_of(session, issue.id)[0]["title"] == "On Story number 1"


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


def test_what_is_sent_again_is_stored_once(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.cut("s1", "title", 0, 5)
    whole = ada.doc.get_update()
    assert store_update(session, ADA, issue.id, whole, now, is_whole=True) == 1
    assert store_update(session, ADA, issue.id, whole, now, is_whole=True) is None


def test_damaged_updates_keep_nobody_from_the_document(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    random = Random(5)
    bo = Writer(session, issue.id, BO, now).joined()
    bo.type("s1", "title", "xy", at=2)
    bo.add_entry("s1", "deep_dive", "q", 1.5, "zz")
    n_taken = 0
    for _ in range(300):
        damaged = bytearray(random.choice(bo.unsent))
        for _ in range(random.randint(1, 3)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        try:
            store_update(session, ADA, issue.id, bytes(damaged), now)
            n_taken += 1
        except InvalidInput:
            session.rollback()
        session.commit()
    assert 0 < n_taken < 300
    settled(session, issue, now)
    ada.type("s2", "title", "Still ", at=0)
    ada.send()
    settled(session, issue, now)
    assert rows_of(session, issue.id)[1]["title"] == "Still Story number 2"


def test_elements_that_python_has_no_kind_for_are_read_as_empty(
    session: Session, issue: Issue, ada: Writer, now: datetime
) -> None:
    ada.stories["s1"]["what"] = XmlFragment()
    ada.stories["s1"]["place"] = XmlFragment()
    ada.stories["other"] = XmlFragment()
    ada.type("s2", "title", "Still ", at=0)
    ada.send()
    settled(session, issue, now)
    rows = {row["title"]: row for row in rows_of(session, issue.id)}
    assert rows["Story number 1"]["what"] == ""
    assert "Still Story number 2" in rows
