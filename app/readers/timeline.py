"""One reader's time line: what they did, what was done for them, and every issue since they joined.

What is few for one reader is read as a whole; issues are read a page at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.audit import list_entries
from app.delivery.reader_issue import ReaderIssue, reader_issue
from app.enums import Depth
from app.models import (
    AuditEntry,
    Consent,
    Delivery,
    Edition,
    Issue,
    Letter,
    Lift,
    Subscriber,
    Suppression,
)
from app.readers.consent import consents_of
from app.readers.current import all_ids_of

_MOST_CHANGES: Final = 200
"""So many of the last changes by people here are looked through for one reader."""


@dataclass(frozen=True)
class Cut:
    """The edition that is somebody's, without its text."""

    public_id: UUID
    follows: int
    depth: Depth
    revision: int


@dataclass(frozen=True)
class OfIssue:
    """One launched issue: the ledger's row and its edition; where there is no row, `found`.

    Who waits has no row yet, and who was left out never gets one: `found` says which, and why.
    """

    issue: Issue
    row: Delivery | None
    cut: Cut | None
    found: ReaderIssue | None = None


What = Consent | Letter | AuditEntry | Suppression | Lift | OfIssue


@dataclass(frozen=True)
class Moment:
    """Something of a reader's time line, and when it was; an issue stands at its launch."""

    at: datetime
    what: What


def time_line(
    session: Session,
    reader: Subscriber,
    now: datetime,
    *,
    before: datetime | None,
    limit: int,
    is_audit_shown: bool,
) -> tuple[Sequence[Moment], bool]:
    """Return the reader's newest `limit` moments before an instant, and whether there are older.

    Those of one instant stay together, so that a page may be a few longer. It only reads.
    """
    found = _marks(session, reader)
    if is_audit_shown:
        found += _changes(session, reader)
    found += _issues(session, reader, before, limit + 1)
    if before is not None:
        found = [one for one in found if one.at < before]
    found.sort(key=lambda one: one.at, reverse=True)
    end = min(limit, len(found))
    while end < len(found) and found[end].at == found[end - 1].at:
        end += 1
    return [_told(session, reader, one, now) for one in found[:end]], end < len(found)


def _told(session: Session, reader: Subscriber, one: Moment, now: datetime) -> Moment:
    """Return the moment with why there is no row, where it is an issue without one."""
    if not isinstance(one.what, OfIssue) or one.what.row is not None:
        return one
    found = reader_issue(session, one.what.issue, reader, now)
    return replace(one, what=replace(one.what, found=found))


def _marks(session: Session, reader: Subscriber) -> list[Moment]:
    """Return all but the issues and what the audit has."""
    ids = all_ids_of(session, reader.id)
    letters = session.scalars(select(Letter).where(Letter.subscriber_id.in_(ids)))
    mark = session.get(Suppression, reader.address_hmac)
    lifts = session.scalars(select(Lift).where(Lift.address_hmac == reader.address_hmac))
    return [
        *(Moment(one.at, one) for one in consents_of(session, *ids)),
        *(Moment(one.created_at, one) for one in letters),
        *([] if mark is None else [Moment(mark.created_at, mark)]),
        *(Moment(one.lifted_at, one) for one in lifts),
    ]


def _changes(session: Session, reader: Subscriber) -> list[Moment]:
    """Return what the audit has of them."""
    entries = list_entries(session, limit=_MOST_CHANGES, reader_id=reader.public_id)
    return [Moment(one.at, one) for one in entries]


def _issues(
    session: Session, reader: Subscriber, before: datetime | None, limit: int
) -> list[Moment]:
    """Return the issues launched since they joined, and whatever else they have a row of.

    A mail about a correction is there only for who got it.
    """
    ids = all_ids_of(session, reader.id)
    theirs = Issue.id.in_(select(Delivery.issue_id).where(Delivery.subscriber_id.in_(ids)))
    meant = and_(Issue.launched_at >= reader.created_at, Issue.corrects_id.is_(None))
    newest = select(Issue.id).where(Issue.launched_at.is_not(None), or_(meant, theirs))
    if before is not None:
        newest = newest.where(Issue.launched_at < before)
    newest = newest.order_by(Issue.launched_at.desc()).limit(limit)
    mine = and_(Delivery.issue_id == Issue.id, Delivery.subscriber_id.in_(ids))
    rows: Sequence[Any] = session.execute(
        select(Issue, Delivery, Edition.public_id, Edition.follows, Edition.depth, Edition.revision)
        .outerjoin(Delivery, mine)
        .outerjoin(Edition, Edition.id == Delivery.edition_id)
        .where(Issue.id.in_(newest))
    ).all()
    found = []
    for issue, row, public_id, follows, depth, revision in rows:
        cut = None if public_id is None else Cut(public_id, follows, depth, revision)
        found.append(Moment(issue.launched_at, OfIssue(issue, row, cut)))
    return found
