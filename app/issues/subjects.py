"""Subject and preheader of every cut of an Issue, as its readers' inboxes will show them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.delivery.compose import edition_facts, read_url
from app.delivery.cuts import is_due, issue_mask
from app.issues.lifecycle import get_issue
from app.models import Subscriber
from app.rendering.lines import one_line
from app.rendering.templates import Templates
from app.rendering.views import edition_view
from app.words import Depth

MOST_CUTS: Final = 50


@dataclass(frozen=True)
class CutLines:
    """The two lines of one cut; `follows` is its categories as bits."""

    follows: int
    depth: Depth
    n_readers: int
    subject: str
    preheader: str


def lines_of_cuts(
    session: Session, issue_id: int, templates: Templates, base_url: str, now: datetime
) -> list[CutLines]:
    """Every cut that somebody reads, most readers first, 50 at most; without readers the whole.

    Raises:
        NotFound: there is no such Issue.
        RenderError: a category's colour or template is not usable.
    """
    issue = get_issue(session, issue_id)
    mask = issue_mask(session, issue_id)
    if not mask:
        return []
    cuts = _cuts(session, mask, now) or [(mask, depth, 0) for depth in Depth]
    names = templates.section_names()
    facts = {
        follows: edition_facts(
            session,
            issue,
            follows=follows,
            depth=Depth.DEEP,
            base_url=base_url,
            browser_url=read_url(base_url, issue_id),
        )
        for follows in dict.fromkeys(follows for follows, _, _ in cuts)
    }
    lines = []
    for follows, depth, n_readers in cuts:
        view = edition_view(replace(facts[follows], depth=depth), names)
        subject, preheader = one_line(view.subject), one_line(view.preheader)
        lines.append(CutLines(follows, depth, n_readers, subject, preheader))
    return lines


def _cuts(session: Session, mask: int, now: datetime) -> Sequence[tuple[int, Depth, int]]:
    """(categories as bits, depth, readers) of the cuts that launch would freeze now."""
    cut = Subscriber.follows.bitwise_and(mask).label("cut")
    n_readers = func.count().label("n_readers")
    rows = session.execute(
        select(cut, Subscriber.depth, n_readers)
        .where(is_due(mask, now))
        .group_by(cut, Subscriber.depth)
        .order_by(n_readers.desc(), cut, Subscriber.depth)
        .limit(MOST_CUTS)
    )
    return [(int(follows), depth, int(n)) for follows, depth, n in rows]
