"""Shares: a link to an issue's preview for people without an account, for a week.

Asked for again on the day it was made, for the same cut, it is the same link. It ends by itself,
when somebody revokes it, and when the issue is deleted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import fields_of, record
from app.enums import Depth
from app.errors import Gone, NotFound
from app.issues.lifecycle import get_issue, lock_issue
from app.issues.preview import cut_of
from app.issues.taking_down import is_anything_down
from app.models import Issue, Share
from app.publication.categories import slugs_of
from app.sentences import Sentence
from app.tokens import Purpose, Signer

GOOD_FOR: Final = timedelta(days=7)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Shared:
    """Hand out a link that is good, with the row that says of what and until when."""

    row: Share
    url: str


def share(
    session: Session,
    actor: Actor,
    issue_id: int,
    signer: Signer,
    base_url: str,
    *,
    follows: int,
    depth: Depth,
    now: datetime,
    by: str = "",
) -> Shared:
    """Return a link to this cut of the Issue; `by` is who asks for it, else the actor.

    Raises:
        NotFound: there is no such Issue.
        InvalidInput: the cut is empty.
    """
    issue = lock_issue(session, issue_id)  # so that two who ask at once get the same link
    cut = cut_of(session, issue, follows)
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    row = session.scalar(
        select(Share)
        .where(
            Share.issue_id == issue_id,
            Share.follows == cut,
            Share.depth == depth,
            Share.shared_at >= today,
            Share.revoked_at.is_(None),
        )
        .limit(1)
    )
    if row is None:
        row = Share(
            issue_id=issue_id,
            follows=cut,
            depth=depth,
            shared_by=by or actor.name,
            shared_at=now,
            expires_at=today + GOOD_FOR,
        )
        session.add(row)
        record(session, actor, Verb.SHARE, row, now)
        _log.info("preview_shared", issue_id=issue_id, share_id=row.id)
    return _shared(session, row, signer, base_url)


def shares_of(
    session: Session, issue_id: int, signer: Signer, base_url: str, now: datetime
) -> list[Shared]:
    """Return the valid links to this Issue, newest first; raise NotFound if there is no Issue."""
    get_issue(session, issue_id)
    rows = session.scalars(
        select(Share)
        .where(Share.issue_id == issue_id, Share.revoked_at.is_(None), Share.expires_at > now)
        .order_by(Share.id.desc())
    ).all()
    return [_shared(session, row, signer, base_url) for row in rows]


def revoke(session: Session, actor: Actor, issue_id: int, share_id: int, now: datetime) -> Share:
    """Revoke the Share and return it: its link opens nothing from now on; an ended one stays so.

    Raises:
        NotFound: this Issue has no such Share.
    """
    row = session.get(Share, share_id, with_for_update=True, populate_existing=True)
    if row is None or row.issue_id != issue_id:
        raise NotFound(
            Sentence("Issue %(issue)s has no shared link %(link)s.", issue=issue_id, link=share_id)
        )
    if row.revoked_at is None:
        before = fields_of(row)
        row.revoked_at = now
        record(session, actor, Verb.REVOKE_SHARE, row, now, before=before)
        _log.info("share_revoked", issue_id=issue_id, share_id=share_id)
    return row


def shared_issue(session: Session, token: str, signer: Signer, now: datetime) -> Issue:
    """Return the Issue of a link.

    Raises:
        NotFound: it is none of ours, or the Issue was deleted.
        Gone: it is older than a week, was revoked, or something of the Issue was taken down; to
            whoever holds it that is the same.
    """
    named = signer.read(Purpose.SHARE, token, now=now)
    row = session.scalar(select(Share).where(Share.public_id == named.subject))
    if row is None or not named.may_be(row.shared_at):
        raise NotFound("This link is not one of ours; was it cut off?")
    issue = get_issue(session, row.issue_id)
    is_over = row.revoked_at is not None or now >= row.expires_at
    if is_over or is_anything_down(session, issue):
        raise Gone("This link has expired. Please ask for a new one.")
    return issue


def _shared(session: Session, row: Share, signer: Signer, base_url: str) -> Shared:
    token = signer.sign(Purpose.SHARE, row.public_id, now=row.shared_at)
    slugs = ",".join(slugs_of(session, row.follows))
    what = urlencode({"categories": slugs, "depth": row.depth.value})
    return Shared(row, f"{base_url}/shared/{token}?{what}")
