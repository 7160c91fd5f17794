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
from app.delivery.one_reader import OneReader
from app.delivery.reader_issue import ReaderIssue, reader_issues
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
    one: OneReader,
    *,
    before: datetime | None,
    limit: int,
    is_audit_shown: bool,
) -> tuple[Sequence[Moment], bool]:
    """Return the reader's newest `limit` moments before an instant, and whether there are older.

    Those of one instant stay together, so that a page may be a few longer. It only reads.
    """
    ids = all_ids_of(one.session, one.reader.id)
    found = _marks(one, ids)
    if is_audit_shown:
        found += _changes(one.session, one.reader)
    found += _issues(one, ids, before, limit + 1)
    if before is not None:
        found = [moment for moment in found if moment.at < before]
    found.sort(key=lambda moment: moment.at, reverse=True)
    end = min(limit, len(found))
    while end < len(found) and found[end].at == found[end - 1].at:
        end += 1
    return _told(one, found[:end]), end < len(found)


def _told(one: OneReader, moments: Sequence[Moment]) -> list[Moment]:
    """Return the moments, each issue without a row with why there is none."""
    of_issues = [moment.what for moment in moments if isinstance(moment.what, OfIssue)]
    issues = [what.issue for what in of_issues if what.row is None]
    told = {
        issue.id: found for issue, found in zip(issues, reader_issues(one, issues), strict=True)
    }
    return [
        replace(moment, what=replace(what, found=told.get(what.issue.id)))
        if isinstance(what := moment.what, OfIssue)
        else moment
        for moment in moments
    ]


def _marks(one: OneReader, ids: Sequence[int]) -> list[Moment]:
    """Return all but the issues and what the audit has; the first of `ids` is the reader's."""
    hmac = one.reader.address_hmac
    letters = one.session.scalars(select(Letter).where(Letter.subscriber_id.in_(ids)))
    lifts = one.session.scalars(select(Lift).where(Lift.address_hmac == hmac))
    taken_over = consents_of(one.session, *ids[1:]) if ids[1:] else ()
    return [
        *(Moment(step.at, step) for step in [*one.consents, *taken_over]),
        *(Moment(letter.created_at, letter) for letter in letters),
        *([] if one.mark is None else [Moment(one.mark.created_at, one.mark)]),
        *(Moment(lift.lifted_at, lift) for lift in lifts),
    ]


def _changes(session: Session, reader: Subscriber) -> list[Moment]:
    """Return what the audit has of them."""
    entries = list_entries(session, limit=_MOST_CHANGES, reader_id=reader.public_id)
    return [Moment(one.at, one) for one in entries]


def _issues(
    one: OneReader, ids: Sequence[int], before: datetime | None, limit: int
) -> list[Moment]:
    """Return the issues launched since they joined, and whatever else they have a row of.

    A mail about a correction is there only for who got it.
    """
    theirs = Issue.id.in_(select(Delivery.issue_id).where(Delivery.subscriber_id.in_(ids)))
    meant = and_(Issue.launched_at >= one.reader.created_at, Issue.corrects_id.is_(None))
    newest = select(Issue.id).where(Issue.launched_at.is_not(None), or_(meant, theirs))
    if before is not None:
        newest = newest.where(Issue.launched_at < before)
    newest = newest.order_by(Issue.launched_at.desc()).limit(limit)
    mine = and_(Delivery.issue_id == Issue.id, Delivery.subscriber_id.in_(ids))
    rows: Sequence[Any] = one.session.execute(
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
