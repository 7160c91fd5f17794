"""The facts of an Issue, read from the database and from its renderings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.content.drafts import sponsor_of
from app.delivery.compose import NO_EDITION, browser_url, sign_off_of, whole_issue
from app.delivery.eligibility import is_due, reads_nothing_of
from app.enums import IssueState
from app.images.stored import stored_images
from app.issues.approval_rules import USUAL, ApprovalRules
from app.issues.checks.facts import (
    CheckedCategory,
    CheckedLine,
    CheckedSponsor,
    CheckedStory,
    EarlierStory,
    IssueFacts,
    LinkSeen,
    Neighbour,
)
from app.issues.checks.mails import checked_editions, depths_to_check, lines_of_categories
from app.issues.checks.repeats import REPEAT_DAYS, title_key
from app.issues.links.step import is_ours, link_checks_of
from app.models import Category, Issue, Publication, Story, Subscriber, UnplacedLine
from app.publication.categories import all_categories, mask_of
from app.publication.issue_masks import issue_mask
from app.publication.publication import get_publication, look_of
from app.rendering.templates import Templates
from app.story_fields import from_columns

_N_LINES: Final = 20
_NOT_SENT: Final = (IssueState.DRAFT, IssueState.CANCELLED)


@dataclass(frozen=True)
class CheckSettings:
    """What a check needs: the templates, the pages' base URL, whether links are checked.

    `approval` is what approving needs besides.
    """

    templates: Templates
    base_url: str
    checks_links: bool
    approval: ApprovalRules = USUAL


def gather(
    session: Session, issue: Issue, check_settings: CheckSettings, now: datetime
) -> IssueFacts:
    """Gather all that the checks look at; only read; render the Issue at each depth (30 ms)."""
    publication = get_publication(session)
    categories = all_categories(session)
    slugs = {category.id: category.slug for category in categories}
    mask = issue_mask(session, issue.id)
    templates, base_url = check_settings.templates, check_settings.base_url
    on_the_web = browser_url(base_url, NO_EDITION)
    whole = whole_issue(session, issue, base_url, on_the_web) if mask else None
    depths = depths_to_check(session, publication, mask, now)
    followed = _followed(session, mask_of(categories), now)
    stories = _stories(session, issue, slugs)
    sponsor = _sponsor(publication, issue)
    outward = _outward(stories, sponsor, check_settings)
    seen = link_checks_of(session, outward)
    return IssueFacts(
        issued_on=issue.issued_on,
        subject=issue.subject,
        preheader=issue.preheader,
        category=slugs[issue.category_id] if issue.category_id is not None else "",
        stories=stories,
        categories=tuple(_checked(category, followed) for category in categories),
        postal_address=publication.postal_address,
        from_address=publication.from_address,
        has_readers=bool(mask & followed),
        leaves_readers_out=bool(
            session.scalar(select(exists().where(reads_nothing_of(mask, now))))
        ),
        neighbours=_neighbours(session, issue),
        earlier=_earlier(session, issue),
        earlier_subjects=_earlier_subjects(session, issue),
        editions=checked_editions(whole, mask, depths, templates, base_url) if whole else (),
        lines_of_categories=lines_of_categories(whole, mask, templates) if whole else (),
        checks_links=check_settings.checks_links,
        links={url: LinkSeen(s.outcome, s.told, s.seen_at) for url, s in seen.items()},
        waiting_links=outward - seen.keys(),
        opening=issue.opening,
        sign_off=sign_off_of(issue, publication),
        sign_off_of_publication=not issue.sign_off,
        sponsor=sponsor,
        look=look_of(publication),
        images=frozenset(stored_images(session, {n for one in stories for n in one.images()})),
        unplaced=_unplaced(session, issue),
        n_unplaced=_n_unplaced(session, issue),
    )


def _checked(category: Category, followed: int) -> CheckedCategory:
    return CheckedCategory(
        category.slug,
        category.name,
        category.accent,
        category.accent_dark,
        has_readers=bool(category.mask & followed),
        state=category.state,
    )


def _followed(session: Session, categories: int, now: datetime) -> int:
    """Return which of these categories, as bits, somebody follows who may be written to.

    Each question is for any reader of one that is still missing: a million readers are looked
    through at most once, and not at all where every category is read.
    """
    found = 0
    while missing := categories & ~found:
        reader = select(Subscriber.follows).where(is_due(missing, now)).limit(1)
        follows = session.scalar(reader)
        if follows is None:
            break
        found |= follows
    return found & categories


def _stories(session: Session, issue: Issue, slugs: Mapping[int, str]) -> tuple[CheckedStory, ...]:
    rows = session.scalars(select(Story).where(Story.issue_id == issue.id).order_by(Story.position))
    return tuple(
        CheckedStory(
            id=row.id,
            position=row.position,
            category=slugs[row.category_id] if row.category_id is not None else "",
            reads_markdown=row.reads_markdown,
            **from_columns(row, CheckedStory),
        )
        for row in rows
    )


def _unplaced(session: Session, issue: Issue) -> tuple[CheckedLine, ...]:
    rows = session.scalars(
        select(UnplacedLine)
        .where(UnplacedLine.issue_id == issue.id)
        .order_by(UnplacedLine.id)
        .limit(_N_LINES)
    )
    return tuple(CheckedLine(row.id, row.line, row.text, row.reason, row.after) for row in rows)


def _n_unplaced(session: Session, issue: Issue) -> int:
    mine = UnplacedLine.issue_id == issue.id
    return session.scalar(select(func.count()).select_from(UnplacedLine).where(mine)) or 0


def _sponsor(publication: Publication, issue: Issue) -> CheckedSponsor | None:
    """Return the Issue's own sponsor, else the publication's; None when there is no text."""
    of_publication = issue.sponsor is None
    sponsor = sponsor_of(publication.sponsor if of_publication else issue.sponsor)
    return (
        CheckedSponsor(sponsor.label, sponsor.text, sponsor.url, of_publication)
        if sponsor
        else None
    )


def _outward(
    stories: Iterable[CheckedStory], sponsor: CheckedSponsor | None, check_settings: CheckSettings
) -> frozenset[str]:
    """Return the addresses to look at: not our own pages, and none when links do not count."""
    if not check_settings.checks_links:
        return frozenset()
    urls = [url for story in stories for _, url in story.links()]
    urls += [sponsor.url] if sponsor and sponsor.url else []
    return frozenset(url for url in urls if not is_ours(url, check_settings.base_url))


def _neighbours(session: Session, issue: Issue) -> tuple[Neighbour, ...]:
    """Return the other Issues of its day and lane; the mail about a correction takes no day."""
    if issue.corrects_id is not None:
        return ()
    rows = session.execute(
        select(Issue.id, Issue.state)
        .where(
            Issue.id != issue.id,
            Issue.issued_on == issue.issued_on,
            Issue.category_id.is_not_distinct_from(issue.category_id),
            Issue.state != IssueState.CANCELLED,
            Issue.corrects_id.is_(None),
        )
        .order_by(Issue.id)
    )
    return tuple(Neighbour(issue_id, state) for issue_id, state in rows)


def _earlier(session: Session, issue: Issue) -> tuple[EarlierStory, ...]:
    """Return the last days' stories; of two with the same link, the later one counts."""
    rows = session.execute(
        select(Issue.id, Issue.issued_on, Story.title, Story.url)
        .join(Story, Story.issue_id == Issue.id)
        .where(*_told_lately(issue))
        .order_by(Issue.issued_on, Issue.id, Story.position)
    )
    return tuple(EarlierStory(*row) for row in rows)


def _earlier_subjects(session: Session, issue: Issue) -> dict[str, date]:
    rows = session.execute(
        select(Issue.subject, Issue.issued_on)
        .where(Issue.subject != "", *_told_lately(issue))
        .order_by(Issue.issued_on, Issue.id)
    )
    return {title_key(subject): day for subject, day in rows}


def _told_lately(issue: Issue) -> Sequence[ColumnElement[bool]]:
    first = issue.issued_on - timedelta(days=REPEAT_DAYS)
    return (
        Issue.id != issue.id,
        Issue.issued_on.between(first, issue.issued_on),
        Issue.state.not_in(_NOT_SENT),
    )
