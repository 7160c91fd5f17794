"""Documents and their updates in the database: made, added to, read, made smaller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pycrdt import Doc, TransactionEvent
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.actors import Actor
from app.editing.encoded import count_writers
from app.editing.shape import DROPPED, LEAD, issue_map, new_story, stories_map, take
from app.editing.stored import StoredStory, key_of, slugs_by_number, stored_stories
from app.enums import IssueState
from app.errors import InvalidInput, NotFound, TooLarge
from app.issues.lifecycle import lock_issue
from app.issues.stories import lock_draft
from app.models import Document, DocumentUpdate, Issue
from app.sentences import Sentence

MAX_UPDATE: Final = 1024 * 1024
"""Bytes of one update; the longest article takes 800 KB where each character takes four."""

MAX_DOCUMENT: Final = 8 * 1024 * 1024
"""Bytes of a document and its updates; one of 22 stories takes 220 KB, an hour of work 35 more."""

MAX_WRITERS: Final = 2_000
"""Copies that wrote in a document, a page that was loaded each.

What is crafted so that their numbers collide costs the square of this; 2,000 take 20 ms.
"""

COMPACT_AFTER: Final = 200
"""Updates; to read so many takes a millisecond."""

_FULL: Final = "This issue's document is full. Put long articles elsewhere, and link them."
_OVER: Final = (IssueState.SENT, IssueState.CANCELLED)


@dataclass(frozen=True)
class Head:
    """Where a document stands; `is_due` says whether it has to be settled."""

    name: UUID
    state: IssueState
    revision: int
    last_seq: int
    settled_seq: int
    is_due: bool
    problems: Sequence[dict[str, Any]]
    numbers: dict[str, int]


def open_document(session: Session, issue_id: int) -> Document:
    """Return the document of an Issue, locked; it is made from the stories where there is none.

    Raises:
        NotFound: there is no such Issue.
        WrongState: there is no document, and the Issue is no draft.
    """
    lock_issue(session, issue_id)
    found = lock_document(session, issue_id)
    if found is not None:
        return found
    issue = lock_draft(session, issue_id)
    stories = stored_stories(session, issue_id)
    state = _written(session, stories).get_update()
    document = Document(
        issue_id=issue_id,
        state=state,
        settled_version=issue.version,
        n_bytes=len(state),
        numbers={key_of(story.id): story.id for story in stories},
        problems=[],
    )
    session.add(document)
    session.flush()
    return document


def lock_document(session: Session, issue_id: int) -> Document | None:
    """Return the document, locked and as it is now; expects its Issue to be locked."""
    return session.get(Document, issue_id, with_for_update=True, populate_existing=True)


def store_update(
    session: Session,
    actor: Actor,
    issue_id: int,
    body: bytes,
    now: datetime,
    *,
    is_whole: bool = False,
) -> int | None:
    """Add a change to the document of a draft and return its number; stored once committed.

    With `is_whole` it is all that a client has and the document lacks: None where that is nothing,
    though it names anew what was deleted. An update is tried on the document before it is stored,
    because one that fits into none would keep everybody from it.

    Raises:
        InvalidInput: it is no update as Yjs writes them, or none that this document can have.
        NotFound: there is no such Issue, or it has no document.
        TooLarge: the update, or the document with it, is larger than may be.
        WrongState: the Issue is no draft.
    """
    if len(body) > MAX_UPDATE:
        raise TooLarge(Sentence("A change may have %(n_bytes)s bytes at most.", n_bytes=MAX_UPDATE))
    if count_writers(body) > MAX_WRITERS:
        raise TooLarge("A change of so many copies is too much at once.")
    lock_draft(session, issue_id)
    document = lock_document(session, issue_id)
    if document is None:
        raise NotFound(Sentence("Issue %(issue)s has no document. Open it first.", issue=issue_id))
    doc = document_at(session, document, document.last_seq)
    changes: list[TransactionEvent] = []
    subscription = doc.observe(changes.append)
    if not take(doc, body):
        raise InvalidInput("That is no update of this document.")
    doc.unobserve(subscription)
    if is_whole and not changes:
        return None
    if count_writers(doc.get_state()) > MAX_WRITERS:
        raise TooLarge(_FULL)
    return _append(session, actor, issue_id, body, now)


def add_own(session: Session, actor: Actor, document: Document, body: bytes, now: datetime) -> None:
    """Add a change that the stories brought, to a document that the caller has locked."""
    session.flush()
    _append(session, actor, document.issue_id, body, now)
    session.refresh(document, ["last_seq", "n_bytes"])


def _append(session: Session, actor: Actor, issue_id: int, body: bytes, now: datetime) -> int:
    numbered = session.execute(
        update(Document)
        .where(Document.issue_id == issue_id)
        .values(last_seq=Document.last_seq + 1, n_bytes=Document.n_bytes + len(body))
        .returning(Document.last_seq, Document.n_bytes)
        .execution_options(synchronize_session=False)
    ).one()
    if numbered.n_bytes > MAX_DOCUMENT:
        raise TooLarge(_FULL)
    session.add(
        DocumentUpdate(
            issue_id=issue_id,
            seq=numbered.last_seq,
            body=body,
            at=now,
            who_kind=actor.kind,
            who=actor.name,
            who_id=actor.id,
        )
    )
    session.flush()
    return int(numbered.last_seq)


def read_head(session: Session, issue_id: int) -> Head | None:
    """Return where the document stands; None where there is none."""
    found = session.execute(
        select(
            Document.name,
            Document.last_seq,
            Document.settled_seq,
            Document.settled_version,
            Document.problems,
            Document.numbers,
            Issue.state,
            Issue.revision,
            Issue.version,
        )
        .join(Issue, Issue.id == Document.issue_id)
        .where(Document.issue_id == issue_id)
    ).one_or_none()
    if found is None:
        return None
    is_behind = found.last_seq > found.settled_seq
    return Head(
        name=found.name,
        state=found.state,
        revision=found.revision,
        last_seq=found.last_seq,
        settled_seq=found.settled_seq,
        is_due=(is_behind and found.state == IssueState.DRAFT)
        or (not is_behind and found.version != found.settled_version),
        problems=found.problems,
        numbers=found.numbers,
    )


def document_at(session: Session, document: Document, seq: int) -> Doc[Any]:
    """Return a document as it was with the updates up to this number; at least what is compact."""
    doc: Doc[Any] = Doc()
    take(doc, document.state)
    for one in updates_between(session, document.issue_id, document.n_compacted, seq):
        take(doc, one.body)
    return doc


def updates_between(
    session: Session, issue_id: int, after: int, up_to: int
) -> Sequence[DocumentUpdate]:
    """Return the stored updates with numbers above `after`, `up_to` the last, in their order."""
    return session.scalars(
        select(DocumentUpdate)
        .where(
            DocumentUpdate.issue_id == issue_id,
            DocumentUpdate.seq > after,
            DocumentUpdate.seq <= up_to,
        )
        .order_by(DocumentUpdate.seq)
    ).all()


def news_after(session: Session, issue_id: int, seq: int) -> list[tuple[int, bytes]]:
    """Return what came after an update, as numbers and bodies.

    Where those are compacted already it is the whole state, which does no harm to who knows it.
    """
    rows = session.execute(
        select(DocumentUpdate.seq, DocumentUpdate.body)
        .where(DocumentUpdate.issue_id == issue_id, DocumentUpdate.seq > seq)
        .order_by(DocumentUpdate.seq)
    )
    news = [(row.seq, row.body) for row in rows]
    if news and news[0][0] == seq + 1:
        return news
    compacted = session.execute(
        select(Document.n_compacted, Document.state).where(
            Document.issue_id == issue_id, Document.n_compacted > seq
        )
    ).one_or_none()
    return news if compacted is None else [(compacted.n_compacted, compacted.state), *news]


def compact(session: Session, document: Document, doc: Doc[Any]) -> None:
    """Keep a settled document, which is locked, as one state instead of many updates."""
    document.state = doc.get_update()
    document.n_compacted = document.last_seq
    document.n_bytes = len(document.state)
    session.execute(
        delete(DocumentUpdate).where(
            DocumentUpdate.issue_id == document.issue_id,
            DocumentUpdate.seq <= document.last_seq,
        )
    )


def unsettled_issues(session: Session) -> Sequence[int]:
    """Return the drafts in whose documents somebody wrote what is not settled yet."""
    return session.scalars(
        select(Document.issue_id)
        .join(Issue, Issue.id == Document.issue_id)
        .where(Document.last_seq > Document.settled_seq, Issue.state == IssueState.DRAFT)
        .order_by(Document.issue_id)
    ).all()


def live_issues(session: Session) -> Sequence[int]:
    """Return the Issues whose document is of use: those that are not over."""
    return session.scalars(select(Issue.id).where(Issue.state.not_in(_OVER))).all()


def forget_documents(session: Session) -> None:
    """Delete the documents of Issues that cannot be drafts again."""
    over = select(Issue.id).where(Issue.state.in_(_OVER))
    session.execute(delete(Document).where(Document.issue_id.in_(over)))


def _written(session: Session, stories: Sequence[StoredStory]) -> Doc[Any]:
    slugs = slugs_by_number(session)
    doc: Doc[Any] = Doc()
    into = stories_map(doc)
    with doc.transaction():
        for n, story in enumerate(stories, 1):
            key, slug = key_of(story.id), slugs.get(story.category_id)
            into[key] = new_story(float(n), slug, story.texts)
            into[key][DROPPED] = story.is_dropped
            if story.leads:
                issue_map(doc)[LEAD] = key
    return doc
