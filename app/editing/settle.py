"""Settling: what was written in a document becomes its issue's stories, by the usual commands.

The stories stay the truth. What somebody else changed of them since is brought into the document
first; then every story that was touched is compared with its row, and what can be stored is. A
field that cannot stays in the document and is told as a problem; the others do not wait for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pycrdt import Doc
from sqlalchemy.orm import Session

from app.actors import SYSTEM, Actor
from app.db.session import undone
from app.editing.bring_in import bring_in
from app.editing.shape import panics_as_errors
from app.editing.store import (
    COMPACT_AFTER,
    add_own,
    compact,
    document_at,
    lock_document,
    read_head,
    updates_between,
)
from app.editing.stored import slugs_by_number, stored_stories
from app.editing.touched import Touched, play
from app.editing.wording import Problem
from app.editing.writing import Writing, write_lead, write_order, write_story
from app.enums import IssueState
from app.issues.lifecycle import lock_issue
from app.models import Document, Issue


@panics_as_errors()
def settle(session: Session, issue_id: int, now: datetime) -> bool:
    """Bring the document and the stories of an Issue together; return whether anything was done.

    Where the Issue is no draft, nothing of the document is written. A story is changed once for
    each person who touched it, however many updates that took: one revision, one entry of the
    audit. Expects a transaction of its own.

    Raises:
        NotFound: there is no such Issue.
    """
    issue = lock_issue(session, issue_id)
    document = lock_document(session, issue_id)
    if document is None:
        return False
    is_behind = document.last_seq > document.settled_seq
    is_changed = issue.version != document.settled_version
    if (is_behind and issue.state != IssueState.DRAFT) or not (is_behind or is_changed):
        return False
    doc = document_at(session, document, document.settled_seq)
    pending = updates_between(session, issue_id, document.settled_seq, document.last_seq)
    touched = Touched()
    if is_changed:
        _take_in(session, document, doc, now)
    for one in pending:
        play(doc, one.body, Actor(one.who_kind, one.who, one.who_id), touched)
    if issue.state == IssueState.DRAFT:
        _write(session, issue, document, doc, touched, now)
    session.flush()
    document.settled_seq = document.last_seq
    document.settled_version = issue.version
    if document.last_seq - document.n_compacted >= COMPACT_AFTER:
        compact(session, document, doc)
    session.flush()
    return True


@contextmanager
def as_written(session: Session, issue_id: int, now: datetime) -> Iterator[bool]:
    """Let what is read inside see a draft's stories as people write them, settled or not.

    Yield whether that is more than is stored. It is settled in a savepoint that is rolled back: a
    preview follows every keystroke so, and no revision or entry of the audit is made of each.
    """
    head = read_head(session, issue_id)
    if head is None or not head.is_due or head.last_seq == head.settled_seq:
        yield False
        return
    with undone(session):
        settle(session, issue_id, now)
        yield True


def _take_in(session: Session, document: Document, doc: Doc[Any], now: datetime) -> None:
    numbers = dict(document.numbers)
    stories = stored_stories(session, document.issue_id)
    problems = [Problem(**one) for one in document.problems]
    update = bring_in(doc, stories, slugs_by_number(session), numbers, problems)
    document.numbers = numbers
    if update is not None:
        add_own(session, SYSTEM, document, update, now)


def _write(
    session: Session,
    issue: Issue,
    document: Document,
    doc: Doc[Any],
    touched: Touched,
    now: datetime,
) -> None:
    for one in document.problems:
        touched.note_again(one["story"])
    writing = Writing(
        session=session,
        issue_id=issue.id,
        doc=doc,
        numbers=dict(document.numbers),
        categories={slug: n for n, slug in slugs_by_number(session).items() if slug},
        now=now,
    )
    problems = [found for key in touched.stories() for found in write_story(writing, key, touched)]
    write_order(writing, touched)
    write_lead(writing, touched)
    document.numbers = writing.numbers
    document.problems = [one.kept() for one in problems]
