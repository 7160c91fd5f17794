"""Shares: a link to an issue's preview for people without an account, for a week.

The link names the issue and the day it was made on: asked for again on that day it is the same.
It ends by itself, and when the issue is deleted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.issues.categories import slugs_of
from app.issues.lifecycle import get_issue
from app.issues.preview import cut_of
from app.models import Issue
from app.tokens import Purpose, Signer
from app.words import Depth

GOOD_FOR: Final = timedelta(days=7)


@dataclass(frozen=True)
class Share:
    """A link and when it ends."""

    url: str
    expires_at: datetime


def share(
    session: Session,
    issue_id: int,
    signer: Signer,
    base_url: str,
    *,
    follows: int,
    depth: Depth,
    now: datetime,
) -> Share:
    """A link to this cut of the Issue; InvalidInput when the cut is empty."""
    issue = get_issue(session, issue_id)
    cut = cut_of(session, issue, follows)
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    token = signer.sign(Purpose.SHARE, issue.id, now=day)
    what = urlencode({"categories": ",".join(slugs_of(session, cut)), "depth": depth.value})
    return Share(f"{base_url}/shared/{token}?{what}", day + GOOD_FOR)


def shared_issue(session: Session, token: str, signer: Signer, now: datetime) -> Issue:
    """The Issue of a link.

    Raises:
        NotFound: it is none of ours, or the Issue was deleted.
        Gone: it is older than a week.
    """
    return get_issue(session, signer.read(Purpose.SHARE, token, now=now, good_for=GOOD_FOR))
