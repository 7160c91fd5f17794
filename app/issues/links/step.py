"""Check the links of stories and sponsors that are due, and store what was seen."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    delete,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.session import Sessions, transaction
from app.delivery.alone import Alone, each_alone
from app.enums import IssueState, LinkOutcome
from app.issues.links.look import Reach, Sight, look_at
from app.models import Issue, LinkSight, Publication, Story

AT_ONCE: Final = 8
LOOKS_FOR: Final = timedelta(seconds=60)
"""How long one task looks; what it did not get to, the next one does."""

GOOD_FOR: Final = timedelta(hours=12)
"""After so long a link is looked at again by itself, while its Issue is not on its way."""

ASKED_AGAIN: Final = timedelta(minutes=1)
"""A person who asks for a new look gets one, but not of a link that was just looked at."""

KEPT_FOR: Final = timedelta(days=30)
_MOST: Final = 400
_LOOKED_AT: Final = (IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED)

_log = structlog.get_logger(__name__)


def check_links(
    sessions: Sessions, reach: Reach, base_url: str, clock: Clock, issue_id: int | None = None
) -> int:
    """Check the links of one Issue, or of all that are not on their way; return how many.

    Links to our own pages are not looked at. It takes two short transactions; the network is asked
    between them. It is harmless when repeated or run twice at once.
    """
    with transaction(sessions) as session:
        urls = waiting_links(session, base_url, clock(), issue_id)
    sights = look_at_all(urls, reach)
    if sights:
        with transaction(sessions) as session:
            remember(session, sights, clock())
        _log.info("links_checked", n_links=len(sights), n_waiting=len(urls) - len(sights))
    return len(sights)


def waiting_links(
    session: Session, base_url: str, now: datetime, issue_id: int | None = None
) -> list[str]:
    """Addresses that nobody looked at yet, or not lately; at most 400, each once."""
    old = now - (GOOD_FOR if issue_id is None else ASKED_AGAIN)
    links = _links(_of(issue_id, now)).subquery()
    query = (
        select(links.c.url)
        .outerjoin(LinkSight, LinkSight.url == links.c.url)
        .where(or_(LinkSight.seen_at.is_(None), LinkSight.seen_at < old))
        .order_by(links.c.url)
        .limit(_MOST)
    )
    return [url for url in session.scalars(query) if not is_ours(url, base_url)]


def _links(which: ColumnElement[bool]) -> CompoundSelect[tuple[str]]:
    """Return each address these Issues' mails lead to, once: of their stories and sponsor."""
    sponsor = func.coalesce(Issue.sponsor, Publication.sponsor)
    of_stories = select(Story.url.label("url")).join(Issue, Issue.id == Story.issue_id)
    of_sponsors = select(sponsor["url"].astext).select_from(Issue).join(Publication, true())
    return union(
        of_stories.where(Story.url != "", which),
        of_sponsors.where(sponsor["text"].astext != "", sponsor["url"].astext != "", which),
    )


def is_ours(url: str, base_url: str) -> bool:
    """Return whether a link leads to our own pages, which need no look."""
    return url == base_url or url.startswith(f"{base_url}/")


def look_at_all(urls: Sequence[str], reach: Reach) -> list[Sight]:
    """Return what is at these addresses, eight at a time, as far as the time allows."""
    if not urls:
        return []
    pool = ThreadPoolExecutor(min(AT_ONCE, len(urls)), thread_name_prefix="links")
    try:
        futures = [pool.submit(look_at, url, reach) for url in urls]
        done, _ = wait(futures, timeout=LOOKS_FOR.total_seconds())
        sights: list[Sight] = []
        for url, future in zip(urls, futures, strict=True):
            if future in done:
                failed = partial(_not_looked_at, sights, url)
                with Alone("check_links", failed):
                    sights.append(future.result())
        return sights
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _not_looked_at(sights: list[Sight], url: str, reason: str) -> None:
    """Say of a link that looking at it failed; it is looked at again in time, as any other."""
    sights.append(Sight(url, LinkOutcome.NOT_CHECKED, f"could not be looked at: {reason}"))


def remember(session: Session, sights: Iterable[Sight], now: datetime) -> None:
    """Keep what was seen; a later look takes the place of an earlier one."""

    def set_aside(sight: Sight, reason: str) -> None:
        sights: list[Sight] = []
        _not_looked_at(sights, sight.url, reason)
        _remember(session, sights[0], now)

    each_alone(
        session, "check_links", sights, lambda sight: _remember(session, sight, now), set_aside
    )


def _remember(session: Session, sight: Sight, now: datetime) -> None:
    statement = insert(LinkSight).values(
        url_hash=url_hash(sight.url),
        url=sight.url,
        outcome=sight.outcome,
        detail=sight.detail,
        status=sight.status,
        seen_at=now,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["url_hash"],
            set_={
                name: statement.excluded[name]
                for name in ("outcome", "detail", "status", "seen_at")
            },
        )
    )


def sights_of(session: Session, urls: Iterable[str]) -> Mapping[str, LinkSight]:
    """Return what was last seen at these addresses; those that nobody looked at are left out."""
    hashes = [url_hash(url) for url in urls if url]
    rows = session.scalars(select(LinkSight).where(LinkSight.url_hash.in_(hashes)))
    return {row.url: row for row in rows}


def forget_old_sights(session: Session, now: datetime) -> None:
    """Drop what was seen a month ago."""
    session.execute(delete(LinkSight).where(LinkSight.seen_at < now - KEPT_FOR))


def url_hash(url: str) -> bytes:
    """Return what an address is found by; the whole address may be too long for an index."""
    return hashlib.sha256(url.encode(errors="replace")).digest()


def _of(issue_id: int | None, now: datetime) -> ColumnElement[bool]:
    """Which Issues' links are meant: this one's, or those of all that are still to be sent."""
    if issue_id is not None:
        return Issue.id == issue_id
    recent = (now - timedelta(days=2)).date()
    return and_(Issue.state.in_(_LOOKED_AT), Issue.issued_on >= recent)
