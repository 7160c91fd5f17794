"""Subject and preheader of every cut of an Issue, as its readers' inboxes will show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.delivery.compose import read_url, whole_issue
from app.enums import Depth
from app.issues.cuts import Cut, cuts_of
from app.issues.lifecycle import get_issue
from app.publication.categories import issue_mask
from app.rendering.lines import one_line
from app.rendering.templates import Templates
from app.rendering.views import edition_view

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
