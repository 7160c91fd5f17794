"""The cuts of an Issue: who reads which, how large its mail is, and what inboxes show of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.delivery.compose import NO_EDITION, browser_url, read_url, whole_issue
from app.delivery.corrected import correction_of_mail, depths_of
from app.delivery.eligibility import is_due
from app.enums import Depth
from app.errors import RenderError
from app.issues.lifecycle import get_issue
from app.issues.preview import rendering_of
from app.models import Edition, Issue, Subscriber
from app.publication.issue_masks import issue_mask
from app.rendering.inputs import Trimmed
from app.rendering.lines import one_line
from app.rendering.templates import Templates
from app.rendering.views import edition_view

_DEPTHS = tuple(Depth)
MOST_CUTS: Final = 50


@dataclass(frozen=True)
class Cut:
    """Count those who get the very same mail; `follows` are its categories as bits.

    `edition_id` is its newest Edition, None before launch.
    """

    follows: int
    depth: Depth
    n_readers: int
    edition_id: int | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        """Return where it stands among the others: those with most readers first."""
        return (-self.n_readers, self.follows, _DEPTHS.index(self.depth))


@dataclass(frozen=True)
class Measured(Cut):
    """Say how large a Cut's mail is, `n_bytes` of HTML at most, and what it gave up.

    Where a template is wrong `error` says so, and there are no bytes.
    """

    n_bytes: int | None = None
    trimmed: tuple[Trimmed, ...] = ()
    error: str | None = None


def cuts_of(session: Session, issue: Issue, now: datetime) -> list[Cut]:
    """Return every cut that somebody gets, those with most readers first; only read.

    Before launch it is who would get one now, and all readers are counted for it: about half a
    second for a million. After launch it is who was frozen then.
    """
    if issue.launched_at is not None:
        cuts = _frozen(session, issue)
    elif (correction := correction_of_mail(session, issue)) is not None:
        mask = issue_mask(session, issue.id)
        depths = depths_of(session, correction, now)
        cuts = [Cut(mask, depth, n) for depth, n in depths.items()]
    else:
        cuts = _expected(session, issue, now)
    return sorted(cuts, key=lambda cut: cut.place)


def measure(
    session: Session, issue: Issue, cuts: Sequence[Cut], templates: Templates, base_url: str
) -> list[Measured]:
    """Return these cuts of the Issue with the size of their mails; only read.

    What is rendered for sending is not rendered again. Each other one takes 5 ms, or several times
    as long where it has to be shortened, so ask for a page of them at a time.
    """
    whole = whole_issue(session, issue, base_url, browser_url(base_url, NO_EDITION))
    wanted = select(Edition).where(Edition.id.in_(cut.edition_id for cut in cuts))
    editions = {edition.id: edition for edition in session.scalars(wanted)}
    found = []
    for cut in cuts:
        edition = editions.get(cut.edition_id or 0)
        facts = whole.cut(cut.follows, cut.depth)
        if edition is not None:
            facts = replace(facts, browser_url=browser_url(base_url, edition.public_id))
        try:
            mail = rendering_of(edition, facts, templates)
        except RenderError as error:
            found.append(Measured(**vars(cut), error=str(error)))
        else:
            found.append(Measured(**vars(cut), n_bytes=mail.n_bytes, trimmed=mail.trimmed))
    return found


def _expected(session: Session, issue: Issue, now: datetime) -> list[Cut]:
    """Return who would get something if the Issue were launched now."""
    mask = issue_mask(session, issue.id)
    cut = Subscriber.follows.bitwise_and(mask)
    rows = session.execute(
        select(cut, Subscriber.depth, func.count())
        .where(is_due(mask, now))
        .group_by(cut, Subscriber.depth)
    )
    return [Cut(*row) for row in rows]


def _frozen(session: Session, issue: Issue) -> list[Cut]:
    """Return who was frozen at launch, whichever revision of the cut they get."""
    newest_first = func.array_agg(aggregate_order_by(Edition.id, Edition.revision.desc()))
    rows = session.execute(
        select(Edition.follows, Edition.depth, func.sum(Edition.n_readers), newest_first[1])
        .where(Edition.issue_id == issue.id)
        .group_by(Edition.public_id, Edition.follows, Edition.depth)
    )
    return [Cut(*row) for row in rows]


@dataclass(frozen=True)
class CutLines:
    """Show what one cut has in an inbox's list; `follows` is its categories as bits."""

    follows: int
    depth: Depth
    n_readers: int
    subject: str
    preheader: str


def lines_of_cuts(
    session: Session, issue_id: int, templates: Templates, base_url: str, now: datetime
) -> list[CutLines]:
    """Return every cut somebody reads, most readers first, 50 at most; without any, the whole.

    Raises:
        NotFound: there is no such Issue.
        RenderError: a category's colour or template is not usable.
    """
    issue = get_issue(session, issue_id)
    mask = issue_mask(session, issue_id)
    if not mask:
        return []
    whole = whole_issue(session, issue, base_url, read_url(base_url, issue_id))
    cuts = cuts_of(session, issue, now)[:MOST_CUTS] or [Cut(mask, depth, 0) for depth in Depth]
    names = templates.section_names()
    lines = []
    for cut in cuts:
        view = edition_view(whole.cut(cut.follows, cut.depth), names)
        subject, preheader = one_line(view.subject), one_line(view.preheader)
        lines.append(CutLines(cut.follows, cut.depth, cut.n_readers, subject, preheader))
    return lines
