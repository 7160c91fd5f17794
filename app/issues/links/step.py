"""Check the links of stories and sponsors that are due, and store the results."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.session import Sessions, transaction
from app.delivery.alone import Alone, each_alone
from app.enums import IssueState, LinkOutcome
from app.issues.links.look import LinkNetwork, LinkResult, check_link
from app.issues.links.within import stored_links
from app.models import Issue, LinkCheck, Publication, Story
from app.sentences import Sentence
from app.story_fields import StoryTexts, fields_of

AT_ONCE: Final = 8
LOOKS_FOR: Final = timedelta(seconds=60)
"""How long one task takes; what it did not get to, the next one does."""

GOOD_FOR: Final = timedelta(hours=12)
"""After so long a link is checked again by itself, while its Issue is not on its way."""

ASKED_AGAIN: Final = timedelta(minutes=1)
"""A person who asks for a new check gets one, but not of a link that was just checked."""

KEPT_FOR: Final = timedelta(days=30)
_MOST: Final = 400
_LOOKED_AT: Final = (IssueState.DRAFT, IssueState.APPROVED, IssueState.SCHEDULED)

_log = structlog.get_logger(__name__)


def check_links(
    sessions: Sessions,
    network: LinkNetwork,
    base_url: str,
    clock: Clock,
    issue_id: int | None = None,
) -> int:
    """Check the links of one Issue, or of all that are not on their way; return how many.

    Links to our own pages are not checked. It takes two short transactions; the network is asked
    between them. It is harmless when repeated or run twice at once.
    """
    with transaction(sessions) as session:
        urls = waiting_links(session, base_url, clock(), issue_id)
    results = check_all(urls, network)
    if results:
        with transaction(sessions) as session:
            remember(session, results, clock())
        _log.info("links_checked", n_links=len(results), n_waiting=len(urls) - len(results))
    return len(results)


def waiting_links(
    session: Session, base_url: str, now: datetime, issue_id: int | None = None
) -> list[str]:
    """Return the addresses not checked yet, or not lately; at most 400, each once."""
    old = now - (GOOD_FOR if issue_id is None else ASKED_AGAIN)
    urls = sorted(url for url in _links(session, _of(issue_id, now)) if not is_ours(url, base_url))
    seen = link_checks_of(session, urls)
    return [url for url in urls if url not in seen or seen[url].seen_at < old][:_MOST]


def _links(session: Session, which: ColumnElement[bool]) -> set[str]:
    """Return each address these Issues' mails lead to: of their stories and sponsor."""
    columns = [getattr(Story, one.name) for one in fields_of(StoryTexts)]
    stories = session.execute(
        select(Story.url, Story.reads_markdown, *columns)
        .join(Issue, Issue.id == Story.issue_id)
        .where(which)
    )
    sponsor = func.coalesce(Issue.sponsor, Publication.sponsor)
    sponsors = session.scalars(
        select(sponsor["url"].astext)
        .select_from(Issue)
        .join(Publication, true())
        .where(sponsor["text"].astext != "", sponsor["url"].astext != "", which)
    )
    return set(sponsors).union(*map(stored_links, stories))


def is_ours(url: str, base_url: str) -> bool:
    """Return whether a link leads to our own pages, which need no look."""
    return url == base_url or url.startswith(f"{base_url}/")


def check_all(urls: Sequence[str], network: LinkNetwork) -> list[LinkResult]:
    """Check these addresses, eight at a time, as far as the time allows; return the results."""
    if not urls:
        return []
    pool = ThreadPoolExecutor(min(AT_ONCE, len(urls)), thread_name_prefix="links")
    try:
        futures = [pool.submit(check_link, url, network) for url in urls]
        done, _ = wait(futures, timeout=LOOKS_FOR.total_seconds())
        results: list[LinkResult] = []
        for url, future in zip(urls, futures, strict=True):
            if future in done:
                failed = partial(_unchecked, results, url)
                with Alone("check_links", failed):
                    results.append(future.result())
        return results
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _unchecked(results: list[LinkResult], url: str, reason: str) -> None:
    """Add the result of a link whose check failed; it is checked again in time, as any other."""
    detail = Sentence("could not be looked at: %(reason)s", reason=reason)
    results.append(LinkResult(url, LinkOutcome.NOT_CHECKED, detail))


def remember(session: Session, results: Iterable[LinkResult], now: datetime) -> None:
    """Store the results; a later one replaces an earlier one."""

    def set_aside(result: LinkResult, reason: str) -> None:
        results: list[LinkResult] = []
        _unchecked(results, result.url, reason)
        _remember(session, results[0], now)

    each_alone(
        session, "check_links", results, lambda result: _remember(session, result, now), set_aside
    )


def _remember(session: Session, result: LinkResult, now: datetime) -> None:
    statement = insert(LinkCheck).values(
        url_hash=url_hash(result.url),
        url=result.url,
        outcome=result.outcome,
        detail=result.detail.one,
        detail_values=result.detail.values,
        status=result.status,
        seen_at=now,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["url_hash"],
            set_={
                name: statement.excluded[name]
                for name in ("outcome", "detail", "detail_values", "status", "seen_at")
            },
        )
    )


def link_checks_of(session: Session, urls: Iterable[str]) -> Mapping[str, LinkCheck]:
    """Return the last check of each of these addresses; those not checked yet are left out."""
    hashes = [url_hash(url) for url in urls if url]
    rows = session.scalars(select(LinkCheck).where(LinkCheck.url_hash.in_(hashes)))
    return {row.url: row for row in rows}


def forget_old_link_checks(session: Session, now: datetime) -> None:
    """Delete the checks of a month ago."""
    session.execute(delete(LinkCheck).where(LinkCheck.seen_at < now - KEPT_FOR))


def url_hash(url: str) -> bytes:
    """Return what an address is found by; the whole address may be too long for an index."""
    return hashlib.sha256(url.encode(errors="replace")).digest()


def _of(issue_id: int | None, now: datetime) -> ColumnElement[bool]:
    """Return the condition of the Issues meant: this one, or all that are still to be sent."""
    if issue_id is not None:
        return Issue.id == issue_id
    recent = (now - timedelta(days=2)).date()
    return and_(Issue.state.in_(_LOOKED_AT), Issue.issued_on >= recent)
