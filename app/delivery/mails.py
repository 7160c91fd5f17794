"""Mails: make the mail that the readers of a leased Batch share, with its list headers."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.delivery.claim import Lease, drop_lease
from app.delivery.frozen import pause_if_sender_changed
from app.delivery.installation import INSTALLATION_TAG, installation_tag
from app.delivery.pausing import pause_issue
from app.delivery.tracking import html_to_send
from app.enums import EditionState
from app.models import Edition, Issue, Publication
from app.publication.publication import get_publication
from app.transports.base import Mail
from app.transports.headers import phrase_and


def mail_or_pause(session: Session, lease: Lease, base_url: str, now: datetime) -> Mail | None:
    """Return what the readers of a leased Batch get; None where a person has to look at it first.

    Its Issue is paused then: the mail is missing, or its sender is not the one that was approved.
    """
    edition = session.get_one(Edition, lease.edition_id)
    is_there = edition.subject and edition.html and edition.text
    is_changed = pause_if_sender_changed(session, lease.issue_id, now)
    if edition.state is EditionState.RENDERED and is_there and not is_changed:
        return issue_mail(session, lease, base_url)
    if not is_changed:
        missing = f"edition {edition.id} is missing: it is {edition.state}"
        pause_issue(session, lease.issue_id, missing, now)
    drop_lease(session, lease)
    return None


def issue_mail(session: Session, lease: Lease, base_url: str) -> Mail:
    """Return what all readers of a leased Batch get alike."""
    edition = session.get_one(Edition, lease.edition_id)
    issue = session.get_one(Issue, lease.issue_id)
    publication = get_publication(session)
    return Mail(
        from_address=publication.from_address,
        reply_to=publication.reply_to,
        subject=edition.subject or "",
        html=html_to_send(edition, publication),
        text=edition.text or "",
        headers=list_headers(publication, base_url),
        tags={
            INSTALLATION_TAG: installation_tag(session),
            "issue_id": str(issue.public_id),
            "edition_id": str(edition.public_id),
            "ses:feedback-id-a": f"issue-{issue.public_id}",
            "ses:feedback-id-b": edition.depth.value,
        },
    )


def list_headers(publication: Publication, base_url: str) -> dict[str, str]:
    """Return the headers of every mail that can be left by, beside a reader's List-Unsubscribe.

    Only an archive that is open is named. Source: RFC 2369 sections 3.1 and 3.6; RFC 8058.
    """
    archive = {"List-Archive": f"<{base_url}/read>"} if publication.archive_is_open else {}
    return {
        "List-Id": list_id(publication.name, base_url),
        "List-Help": f"<{base_url}/leave>",
        **archive,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    }


def list_id(name: str, base_url: str) -> str:
    """Write the List-Id: the publication's name, and an id that stays the same for its life.

    Source: RFC 2919 section 3; its phrase is encoded as RFC 2047 has it.
    """
    host = base_url.split("://", 1)[1].split("/", 1)[0].split(":", 1)[0]
    return phrase_and(" ".join(name.split()) or "Digest", f"digest.{host}")
