"""Send a Batch, by turns of a short transaction and a single call.

Lease → open a Call (commit) → hand it to the Transport → close it and open the next (commit) → …
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db.session import statement_session, transaction
from app.delivery.account import pause_for_quota
from app.delivery.alone import Alone, SetAside, each_alone
from app.delivery.answers import commit_with_retries, write_down, write_waiting
from app.delivery.claim import (
    Lease,
    OpenCall,
    Reader,
    close_and_open,
    close_unsent,
    drop_lease,
    keep_lease,
    lease_batch,
)
from app.delivery.leaving import leave_headers, leave_url
from app.delivery.mails import mail_or_pause
from app.delivery.pace import Grant
from app.delivery.pausing import pause_issue
from app.delivery.public import publish
from app.delivery.record import plain_closing
from app.delivery.sender import Sender as Sender  # noqa: PLC0414  # who sends finds it here, too
from app.delivery.sender import learn_of_clock
from app.delivery.spool import Answer, SpooledAnswer
from app.delivery.tracking import BehindCode, behind_codes
from app.models import Issue
from app.public_ids import delivery_tag
from app.rendering.merge import READER, fields_for
from app.tokens import Purpose
from app.transports.base import Mail, Outcome, Recipient, Refused

LONGEST_WAIT: Final = 5.0
"""Seconds after which a worker that waits for its pace looks again whether it may go on."""


def send_batch(sender: Sender) -> bool:
    """Work on one Batch until it is done, its Issue stops or its lease is lost.

    False when there was no Batch to work on, or none may be: while an Answer waits that PostgreSQL
    does not take, while the provider is out of reach, or from a database that is older than what
    was sent from it, which pauses the account. A Batch whose Edition is not there pauses its Issue,
    and nobody is written to. Safe to call at any time, any number of times, by any number of
    workers; killed at any instant it leaves at most one Call in doubt.
    """
    if not write_waiting(sender) or sender.reach.seconds_to_wait():
        return False
    marks = sender.epoch.ask()
    with transaction(sender.sessions) as session:
        if not sender.epoch.allows(session, marks, sender.clock()):
            return False
        lease = lease_batch(session, sender.worker, sender.clock(), sender.timing)
        if lease is None:
            return False

        def compose(lease: Lease) -> tuple[Mail, bool, BehindCode | None] | None:
            mail = mail_or_pause(session, lease, sender.base_url, sender.clock())
            if mail is None:
                return None
            is_public = session.get_one(Issue, lease.issue_id).public_at is not None
            return mail, is_public, behind_codes(session, mail.html, lease, sender.signer)

        made = each_alone(
            session, "send_batches", [lease], compose, _set_aside_in(session, sender.clock())
        )
    if not made or made[0] is None:
        return True
    with (
        Alone("send_batches", lambda reason: _set_aside(sender, lease, reason)),
        statement_session(sender.sessions) as statements,
    ):
        _work(_BatchRun(sender, statements, lease, *made[0]))
    return True


def _set_aside_in(session: Session, now: datetime) -> SetAside[Lease]:
    """Return what pauses the Issue of a Batch that cannot be worked on, and gives the Batch back.

    What a Call of it left open is in doubt, as with any worker that was lost.
    """

    def set_aside(lease: Lease, reason: str) -> None:
        pause_issue(session, lease.issue_id, f"batch {lease.batch_id} failed: {reason}", now)
        drop_lease(session, lease)

    return set_aside


def _set_aside(sender: Sender, lease: Lease, reason: str) -> None:
    with transaction(sender.sessions) as session:
        _set_aside_in(session, sender.clock())(lease, reason)


@dataclass(frozen=True)
class _BatchRun:
    """The state of a worker while it sends one Batch.

    Each of the `statements` is a transaction of its own. `is_public` says whether the Issue was
    public when the Batch was leased: until it is, each Call makes it so. `behind` is what stands
    behind the codes of tracked links, where each reader's are apart.
    """

    sender: Sender
    statements: Session
    lease: Lease
    mail: Mail
    is_public: bool
    behind: BehindCode | None = None


def _work(run: _BatchRun) -> None:
    """Make Calls until there is nothing more to do with this lease.

    A Call is closed in the statement that opens the next; before a wait it is closed alone.
    """
    sender = run.sender
    last: SpooledAnswer | None = None
    while not sender.is_stopping():
        grant = _take(sender)
        if grant.n:
            call = _turn(run, last, grant.n)
            if call is None:
                return
            last = _hand_over(run, call, one_by_one=_is_one_by_one(sender, grant))
            continue
        if not _close(sender, last):
            return
        last = None
        if not _wait(run, grant):
            return
    if _close(sender, last):
        with transaction(sender.sessions) as session:
            drop_lease(session, run.lease)


def _take(sender: Sender) -> Grant:
    """Leave for the next Call, which takes about a second at most."""
    if wait := sender.reach.seconds_to_wait():
        return Grant(0, wait)
    size = sender.transport.call_size(one_by_one=sender.send_mode == "single")
    grant = sender.pace.take(size)
    if grant.n and _is_one_by_one(sender, grant):
        n = min(grant.n, sender.transport.call_size(one_by_one=True))
        if n < grant.n:
            sender.pace.give_back(grant.n - n)
        return replace(grant, n=n)
    return grant


def _is_one_by_one(sender: Sender, grant: Grant) -> bool:
    """Return whether every reader of a Call gets a request of their own."""
    return sender.send_mode == "single" or (sender.send_mode == "auto" and not grant.may_be_bulk)


def _turn(run: _BatchRun, last: SpooledAnswer | None, size: int) -> OpenCall | None:
    """Return the next Call, its intent committed together with the last one's outcome.

    Return None when nothing is left to do here. What the provider said is written even if the next
    Call cannot be opened.
    """
    sender, now = run.sender, run.sender.clock()
    closing = None if last is None else plain_closing(last.answer.call_id, last.answer.outcomes)
    if closing is None:
        if not _close(sender, last):
            return None
        last = None
    try:
        is_closed, call = close_and_open(
            run.statements, closing, run.lease, size, now, sender.timing
        )
    except SQLAlchemyError:
        sender.pace.give_back(size)
        if _close(sender, last):
            _give_up(run, now)
        raise
    if last is not None and is_closed:
        last.forget()
    elif not _close(sender, last):
        return None
    n_readers = 0 if call is None else len(call.readers)
    if n_readers < size:
        sender.pace.give_back(size - n_readers)
    return call


def _give_up(run: _BatchRun, opened_at: datetime) -> None:
    """Leave the Batch to others, after a Call that may have been opened and went to nobody.

    PostgreSQL may have committed what it could not answer.
    """

    def step(session: Session) -> None:
        close_unsent(session, run.lease, opened_at, run.sender.clock())
        drop_lease(session, run.lease)

    commit_with_retries(run.sender, step, opened_at)


def _wait(run: _BatchRun, grant: Grant) -> bool:
    """Wait for the pace and return whether to go on with the lease."""
    sender = run.sender
    if grant.why == "quota":
        with transaction(sender.sessions) as session:
            pause_for_quota(session, sender.clock())
    else:
        sender.sleep(min(grant.wait_seconds, LONGEST_WAIT))
    with transaction(sender.sessions) as session:
        return keep_lease(session, run.lease, sender.clock(), sender.timing)


def _close(sender: Sender, last: SpooledAnswer | None) -> bool:
    """Close a Call by itself, with whatever else its outcomes need; return whether it is closed."""
    return last is None or write_down(sender, last)


def _hand_over(run: _BatchRun, call: OpenCall, *, one_by_one: bool) -> SpooledAnswer:
    """Make one attempt for everybody of a Call, and let the pace learn from it."""
    sender = run.sender
    if _is_public_now(run):
        sender.epoch.sent(call.call_id)
        outcomes: Sequence[Outcome] = sender.transport.send(
            run.mail,
            [_recipient(run, call, reader) for reader in call.readers],
            attempt=call.attempt,
            opened_at=call.opened_at,
            one_by_one=one_by_one,
        )
    else:
        outcomes = [Refused("later", "database_gone")] * len(call.readers)
    kept = sender.spool.keep(Answer(call.call_id, call.opened_at, outcomes))
    _learn(sender, outcomes, one_by_one=one_by_one)
    return kept


def _is_public_now(run: _BatchRun) -> bool:
    """Make the Issue public; False when the database is gone, and then nobody is written to."""
    try:
        if not run.is_public:
            publish(run.statements, run.lease.issue_id, run.sender.clock())
    except SQLAlchemyError:
        return False
    return True


def _learn(sender: Sender, outcomes: Sequence[Outcome], *, one_by_one: bool) -> None:
    """Slow down where we were too fast; a bulk call refused whole may only have been bulk."""
    learn_of_clock(sender, outcomes)
    if n_unreached := sender.reach.learn(outcomes):
        sender.pace.give_back(n_unreached)
    throttled = [isinstance(one, Refused) and one.kind == "throttled" for one in outcomes]
    may_be_bulk_itself = all(throttled) and len(throttled) > 1 and not one_by_one
    if may_be_bulk_itself and sender.send_mode == "auto" and sender.pace.limit_bulk():
        return
    sender.pace.learn(was_throttled=any(throttled))


def _recipient(run: _BatchRun, call: OpenCall, reader: Reader) -> Recipient:
    sender = run.sender
    sign, reader_id, now = sender.signer.sign, reader.public_id, call.opened_at
    leave_token = sign(Purpose.LEAVE, reader_id, now=now)
    preferences = sign(Purpose.PREFERENCES, reader_id, now=now)
    fields = fields_for(
        address=reader.address,
        leave_url=leave_url(sender.base_url, leave_token),
        preferences_url=f"{sender.base_url}/preferences/{preferences}",
    )
    if run.behind is not None:
        fields[READER] = run.behind(reader)
    return Recipient(
        delivery_id=delivery_tag(run.lease.issue_public_id, reader.public_id),
        address=reader.address,
        fields=fields,
        headers=leave_headers(sender.base_url, sender.inbound_address, leave_token),
    )
