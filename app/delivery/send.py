"""Send: what a worker does with a Batch, alternating short transactions and single calls.

Lease → open a Call (commit) → hand it to the Transport → close the Call (commit) → the next.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.session import Sessions, transaction
from app.delivery.claim import Lease, OpenCall, Reader, lease_batch, open_call
from app.delivery.record import close_call
from app.models import Edition, Issue, Publication
from app.rendering.merge import fields_for
from app.tokens import Purpose, Signer
from app.transports.base import Mail, Recipient, Transport

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sender:
    """What sending needs beside the database: made once per worker process."""

    sessions: Sessions
    transport: Transport
    signer: Signer
    clock: Clock
    base_url: str
    worker: str


def send_batch(sender: Sender) -> bool:
    """Work on one Batch until it is done, its Issue stops or its lease is lost.

    False when there was no Batch to work on. Safe to call at any time, any number of times, by
    any number of workers; killed at any instant it leaves at most one Call in doubt.
    """
    with transaction(sender.sessions) as session:
        lease = lease_batch(session, sender.worker, sender.clock())
        mail = None if lease is None else issue_mail(session, lease, sender.base_url)
    if lease is None or mail is None:
        return False
    n_calls = 0
    while _send_call(sender, lease, mail):
        n_calls += 1
    _log.info("batch_left", issue_id=lease.issue_id, batch_id=lease.batch_id, n_calls=n_calls)
    return True


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


def _send_call(sender: Sender, lease: Lease, mail: Mail) -> bool:
    """Whether a Call was made: its intent committed, then one attempt, then its outcome."""
    with transaction(sender.sessions) as session:
        call = open_call(session, lease, sender.transport.max_recipients, sender.clock())
    if call is None:
        return False
    recipients = [_recipient(sender, call, reader) for reader in call.readers]
    outcomes = sender.transport.send(
        mail, recipients, attempt=call.attempt, opened_at=call.opened_at
    )
    with transaction(sender.sessions) as session:
        close_call(session, call.call_id, outcomes, sender.clock())
    return True


def _recipient(sender: Sender, call: OpenCall, reader: Reader) -> Recipient:
    token = sender.signer.sign(Purpose.LEAVE, reader.subscriber_id, now=call.opened_at)
    url = f"{sender.base_url}/leave/{token}"
    return Recipient(
        delivery_id=f"{call.issue_id}-{reader.subscriber_id}",
        address=reader.address,
        fields=fields_for(address=reader.address, leave_url=url),
        # One https address, alone, and beside it List-Unsubscribe-Post: RFC 8058 section 3.1.
        headers={"List-Unsubscribe": f"<{url}>"},
    )
