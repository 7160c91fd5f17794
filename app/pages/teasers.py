"""Teasers: headlines of the latest issue, each a link, for who comes in and who has just come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.delivery.best import best_of, latest_issue_for
from app.delivery.compose import read_url
from app.models import Subscriber
from app.pages.archive import latest_issues
from app.pages.render import Site


@dataclass(frozen=True)
class LinkedHeadline:
    """A title, where its story is read, and its category, empty where that is not said."""

    title: str
    url: str
    category: str = ""


@dataclass(frozen=True)
class Teaser:
    """Headlines of an Issue of a day, and where all of it is read; `line` is what it holds."""

    day: date
    line: str
    url: str
    headlines: Sequence[LinkedHeadline]


def teaser_of_latest(session: Session, site: Site) -> Teaser | None:
    """Return the first headlines of the latest issue; None for a closed archive or an empty one."""
    if not site.archive_is_open:
        return None
    for issue in latest_issues(session, 1):
        return Teaser(
            day=issue.issued_on,
            line=" · ".join(filter(None, (issue.category, issue.count))),
            url=read_url(site.root, issue.id),
            headlines=[
                LinkedHeadline(one.title, read_url(site.root, issue.id, one.id))
                for one in issue.headlines
            ],
        )
    return None


def teaser_for(session: Session, site: Site, reader: Subscriber) -> Teaser | None:
    """Return the best of the latest issue with something for this reader, also of a closed archive.

    That is for a page which nobody but they can see. None where nothing of theirs came out.
    """
    issue = latest_issue_for(session, reader)
    if issue is None:
        return None
    key: UUID | None = None if site.archive_is_open else issue.key
    return Teaser(
        day=issue.issued_on,
        line="",
        url=read_url(site.root, issue.id, key=key),
        headlines=[
            LinkedHeadline(one.title, read_url(site.root, issue.id, one.id, key), one.category)
            for one in best_of(session, issue, reader)
        ],
    )
