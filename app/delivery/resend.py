"""Resend: give one reader an Issue once more, because a person says so.

It goes the way of every other mail: a Batch, a Call, one row in the ledger. Who has the Issue, or
may have it, gets it again only where the person says `again`; what was known until then is kept
beside the ledger, with who asked (docs/adr/0028).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record
from app.db.session import enqueue_after_commit
from app.delivery.deliveries import ListedDelivery, refuse_forgotten
from app.delivery.finish import open_again
from app.delivery.left_out import why_not_due
from app.delivery.one_reader import OneReader
from app.delivery.reader_issue import ReaderIssue, reader_issue
from app.delivery.receptions import ListedState, Reception
from app.delivery.room import take_place
from app.enums import BatchOrigin, BatchState, DeliveryState, EditionState, IssueState
from app.errors import Conflict, NotFound, WrongState
from app.models import Batch, Delivery, Edition, Issue, Resend, Subscriber
from app.publication.issue_masks import issue_mask
from app.sentences import Sentence

_POSSIBLE_IN: Final = (IssueState.SENDING, IssueState.PAUSED, IssueState.SENT)
_MAY_HAVE_IT: Final = (Reception.HAS, Reception.UNKNOWN)

_log = structlog.get_logger(__name__)


def resend(
    session: Session,
    actor: Actor,
    issue_id: int,
    subscriber_id: int,
    now: datetime,
    *,
    again: bool = False,
) -> None:
    """Queue an Issue for one reader, by themselves; a sent one is open again until they have it.

    Who got nothing of it, for whatever reason that has ended, gets the Edition that was meant for
    them, or that of their own choice where there was none.

    Raises:
        NotFound: there is no such Issue or Subscriber.
        WrongState: the Issue was not launched, or was cancelled.
        Gone: its ledger was dropped.
        Conflict: the reader has it or may have it and `again` was not said, waits for it, or may
            not be written to; or another Issue of its day is on its way, or the warm-up of the
            domain leaves no room today.
    """
    issue = session.get(Issue, issue_id, with_for_update=True, populate_existing=True)
    reader = session.get(Subscriber, subscriber_id)
    if issue is None:
        raise NotFound(Sentence("There is no issue %(issue)s.", issue=issue_id))
    if reader is None:
        raise NotFound(Sentence("There is no subscriber %(reader)s.", reader=subscriber_id))
    if issue.state not in _POSSIBLE_IN or issue.launched_at is None:
        raise WrongState(
            Sentence(
                "Issue %(issue)s is %(state)s: only what was launched is resent.",
                issue=issue_id,
                state=issue.state,
            )
        )
    refuse_forgotten(session, issue)
    known = reader_issue(session, issue, reader, now)
    _refuse(session, reader, known, now, again=again)
    had_it = known.reception in _MAY_HAVE_IT
    day = _place_today(session, now)
    if known.row is None:
        add_to_issue(session, issue, reader, warm_up_day=day)
    else:
        # Of one in doubt it may still turn out that they have it: then they get no second one.
        origin = BatchOrigin.AGAIN if known.reception is Reception.HAS else BatchOrigin.RESENT
        _take_back(session, issue, known.row)
        batch = _batch(issue, known.row.edition_id, known.row.attempt, reader, origin)
        batch.warm_up_day = day
        session.add(batch)
    asked = _asked(issue, reader, known.row, actor, now, had_it=had_it)
    session.add(asked)
    record(session, actor, Verb.RESEND, asked, now)
    open_again(session, issue)
    enqueue_after_commit(session, "send_batches")
    _log.info("resend_asked", issue_id=issue.id, subscriber_id=reader.id, again=had_it)


def add_to_issue(
    session: Session,
    issue: Issue,
    reader: Subscriber,
    *,
    not_before: datetime | None = None,
    warm_up_day: date | None = None,
) -> None:
    """Make somebody a reader of a launched Issue, locked by the caller, who is none of it yet.

    They get it once `not_before` has come; None is at once. `warm_up_day` is that in whose ceiling
    the caller took a place for them (`delivery.room`).

    Raises:
        Conflict: it is a mail about a correction, or has nothing for them.
    """
    edition = _edition_for(session, issue, reader)
    edition.n_readers += 1
    issue.n_due = (issue.n_due or 0) + 1
    session.flush()
    batch = _batch(issue, edition.id, 0, reader, BatchOrigin.ADDED)
    batch.not_before, batch.warm_up_day = not_before, warm_up_day
    session.add(batch)


def _place_today(session: Session, now: datetime) -> date | None:
    """Take a place in today's ceiling for a reader; return the day, None outside of a warm-up."""
    has_place, day = take_place(session, now, now)
    if not has_place:
        raise Conflict(
            "The domain is being warmed up, and today's ceiling is used up: resend it tomorrow."
        )
    return day


def list_resends(session: Session, issue_id: int, subscriber_id: int) -> Sequence[Resend]:
    """Return how often somebody wanted a reader to get an Issue once more, the first one first."""
    return session.scalars(
        select(Resend)
        .where(Resend.issue_id == issue_id, Resend.subscriber_id == subscriber_id)
        .order_by(Resend.id)
    ).all()


def _refuse(
    session: Session, reader: Subscriber, known: ReaderIssue, now: datetime, *, again: bool
) -> None:
    """Raise Conflict, which says what is known, where this reader is not to be written to."""
    if (never := why_not_due(OneReader(session, reader, now))) is not None:
        raise Conflict(Sentence("This reader cannot be written to. %(why)s", why=never.words))
    if known.row is not None and known.row.state in {ListedState.QUEUED, ListedState.SENDING}:
        raise Conflict(
            Sentence("This reader gets it without being asked for. %(why)s", why=known.words)
        )
    if known.reception in _MAY_HAVE_IT and not again:
        say = Sentence("To send it to them a second time, say so: --again, or `again` by the API.")
        raise Conflict(Sentence("%(why)s %(mend)s", why=known.words, mend=say))


def _take_back(session: Session, issue: Issue, row: ListedDelivery) -> None:
    """Queue a reader's row of the ledger, unless an Event has moved it since it was read."""
    moved = session.execute(
        update(Delivery)
        .where(
            Delivery.issue_id == issue.id,
            Delivery.subscriber_id == row.subscriber_id,
            Delivery.state == row.state.value,
            Delivery.attempt == row.attempt,
        )
        .values(
            state=DeliveryState.QUEUED,
            provider_id=None,
            reason=None,
            event_at=None,
            cause=None,
            accepted_by=None,
        )
        .returning(Delivery.subscriber_id)
    )
    if moved.scalar() is None:
        raise Conflict("Something was heard of this reader just now. Please look again.")


def _edition_for(session: Session, issue: Issue, reader: Subscriber) -> Edition:
    """Return the newest Edition of what a reader chose of an Issue, made where nobody had it."""
    cut = reader.follows & issue_mask(session, issue.id)
    if issue.corrects_id is not None:
        raise Conflict("A mail about a correction goes only to whom it was launched for.")
    if not cut:
        raise Conflict("This reader follows none of the issue's categories.")
    found = session.scalar(
        select(Edition)
        .where(Edition.issue_id == issue.id, Edition.follows == cut, Edition.depth == reader.depth)
        .order_by(Edition.revision.desc())
        .limit(1)
        .with_for_update()
    )
    if found is not None:
        return found
    made = Edition(
        issue_id=issue.id,
        follows=cut,
        depth=reader.depth,
        n_readers=0,
        revision=issue.revision,
        state=EditionState.PENDING,
    )
    session.add(made)
    session.flush()
    enqueue_after_commit(session, "render_edition", made.id)
    return made


def _batch(
    issue: Issue, edition_id: int, attempt: int, reader: Subscriber, origin: BatchOrigin
) -> Batch:
    return Batch(
        issue_id=issue.id,
        edition_id=edition_id,
        subscriber_ids=[reader.id],
        n_readers=1,
        state=BatchState.QUEUED,
        origin=origin,
        n_taken=0,
        tries=attempt,
        lease_number=0,
    )


def _asked(
    issue: Issue,
    reader: Subscriber,
    row: ListedDelivery | None,
    actor: Actor,
    now: datetime,
    *,
    had_it: bool,
) -> Resend:
    """Return what is kept of a resend: who asked, and what the ledger said until then."""
    return Resend(
        issue_id=issue.id,
        subscriber_id=reader.id,
        asked_by=actor.name,
        asked_at=now,
        again=had_it,
        state=None if row is None else row.state.value,
        reason=row and row.reason,
        attempt=row and row.attempt,
        provider_id=row and row.provider_id,
        at=row and (row.event_at or row.at),
    )
