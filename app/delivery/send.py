"""Send: what a worker does with a Batch, alternating short transactions and single calls.

Lease → open a Call (commit) → hand it to the Transport → close the Call (commit) → the next.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.session import Sessions, transaction
from app.delivery.account import pause_for_quota
from app.delivery.claim import (
    Lease,
    OpenCall,
    Reader,
    drop_lease,
    keep_lease,
    lease_batch,
    open_call,
)
from app.delivery.pace import Pace
from app.delivery.record import close_call
from app.delivery.timing import USUAL, Timing
from app.models import Edition, Issue, Publication
from app.rendering.merge import fields_for
from app.tokens import Purpose, Signer
from app.transports.base import Mail, Outcome, Recipient, Refused, Transport

LONGEST_WAIT: Final = 5.0
"""Seconds after which a worker that waits for its pace looks again whether it may go on."""


@dataclass(frozen=True)
class Sender:
    """What sending needs beside the database: made once per worker process.

    `is_stopping` is asked between two Calls, so that a worker that is told to stop leaves nothing
    in doubt. `sleep` takes seconds; a test hands in one that does not wait.
    """

    sessions: Sessions
    transport: Transport
    pace: Pace
    signer: Signer
    clock: Clock
    base_url: str
    worker: str
    send_mode: Literal["auto", "bulk", "single"] = "auto"
    timing: Timing = USUAL
    is_stopping: Callable[[], bool] = bool
    sleep: Callable[[float], None] = time.sleep


def send_batch(sender: Sender) -> bool:
    """Work on one Batch until it is done, its Issue stops or its lease is lost.

    False when there was no Batch to work on. Safe to call at any time, any number of times, by
    any number of workers; killed at any instant it leaves at most one Call in doubt.
    """
    with transaction(sender.sessions) as session:
        lease = lease_batch(session, sender.worker, sender.clock(), sender.timing)
        mail = None if lease is None else issue_mail(session, lease, sender.base_url)
    if lease is None or mail is None:
        return False
    while _go_on(sender, lease, mail):
        pass
    return True


def _go_on(sender: Sender, lease: Lease, mail: Mail) -> bool:
    """Whether there may be more to do: one Call was made, or the pace was waited for."""
    if sender.is_stopping():
        with transaction(sender.sessions) as session:
            drop_lease(session, lease)
        return False
    grant = sender.pace.take(sender.transport.max_recipients)
    if grant.n:
        return _send_call(sender, lease, mail, grant.n)
    if grant.why == "quota":
        with transaction(sender.sessions) as session:
            pause_for_quota(session, sender.clock())
    else:
        sender.sleep(min(grant.wait_seconds, LONGEST_WAIT))
    with transaction(sender.sessions) as session:
        return keep_lease(session, lease, sender.clock(), sender.timing)


def issue_mail(session: Session, lease: Lease, base_url: str) -> Mail:
    """What all readers of a leased Batch get alike."""
    edition = session.get_one(Edition, lease.edition_id)
    issue = session.get_one(Issue, lease.issue_id)
    publication = session.get_one(Publication, 1)
    return Mail(
        from_address=publication.from_address,
        reply_to=publication.reply_to,
        subject=edition.subject or "",
        html=edition.html or "",
        text=edition.text or "",
        headers={
            "List-Id": list_id(publication.name, base_url),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Precedence": "bulk",
        },
        tags={
            "issue_id": str(issue.id),
            "edition_id": str(edition.id),
            "ses:feedback-id-a": f"issue-{issue.id}",
            "ses:feedback-id-b": edition.depth.value,
        },
    )


def list_id(name: str, base_url: str) -> str:
    """A List-Id that stays the same for the publication's life. Source: RFC 2919 section 3."""
    host = base_url.split("://", 1)[1].split("/", 1)[0].split(":", 1)[0]
    phrase = "".join(char for char in name if char.isascii() and (char.isalnum() or char == " "))
    return f"{phrase.strip() or 'Digest'} <digest.{host}>"


def _send_call(sender: Sender, lease: Lease, mail: Mail, size: int) -> bool:
    """Whether a Call was made: its intent committed, then one attempt, then its outcome."""
    with transaction(sender.sessions) as session:
        call = open_call(session, lease, size, sender.clock(), sender.timing)
    n_readers = 0 if call is None else len(call.readers)
    if n_readers < size:
        sender.pace.give_back(size - n_readers)
    if call is None:
        return False
    recipients = [_recipient(sender, call, reader) for reader in call.readers]
    one_by_one = _is_single(sender)
    outcomes = sender.transport.send(
        mail,
        recipients,
        attempt=call.attempt,
        opened_at=call.opened_at,
        one_by_one=one_by_one,
    )
    with transaction(sender.sessions) as session:
        close_call(session, call.call_id, outcomes, sender.clock())
    _learn(sender, outcomes, one_by_one=one_by_one)
    return True


def _is_single(sender: Sender) -> bool:
    """Whether the next Call's recipients each get a request of their own."""
    if sender.send_mode == "auto":
        return not sender.pace.may_be_bulk()
    return sender.send_mode == "single"


def _learn(sender: Sender, outcomes: Sequence[Outcome], *, one_by_one: bool) -> None:
    """Slow down where we were too fast; a bulk call refused whole may only have been bulk."""
    throttled = [isinstance(one, Refused) and one.kind == "throttled" for one in outcomes]
    may_be_bulk_itself = all(throttled) and len(throttled) > 1 and not one_by_one
    if may_be_bulk_itself and sender.send_mode == "auto" and sender.pace.limit_bulk():
        return
    sender.pace.learn(was_throttled=any(throttled))


def _recipient(sender: Sender, call: OpenCall, reader: Reader) -> Recipient:
    sign, reader_id, now = sender.signer.sign, reader.subscriber_id, call.opened_at
    leave_url = f"{sender.base_url}/leave/{sign(Purpose.LEAVE, reader_id, now=now)}"
    preferences = sign(Purpose.PREFERENCES, reader_id, now=now)
    return Recipient(
        delivery_id=f"{call.issue_id}-{reader_id}",
        address=reader.address,
        fields=fields_for(
            address=reader.address,
            leave_url=leave_url,
            preferences_url=f"{sender.base_url}/preferences/{preferences}",
        ),
        # One https address, alone, and beside it List-Unsubscribe-Post: RFC 8058 section 3.1.
        headers={"List-Unsubscribe": f"<{leave_url}>"},
    )
