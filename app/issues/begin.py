"""Begin: an empty draft of a day, or one in the frame of another Issue."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record
from app.enums import IssueState
from app.issues.lifecycle import get_issue
from app.issues.revisions import keep_begun
from app.models import Issue
from app.publication.lanes import check_day

_FRAME = ("category_id", "sponsor", "at_local_hours", "in_doubt_policy", "canary_percent")


def begin_issue(
    session: Session, actor: Actor, issued_on: date, now: datetime, like: int | None = None
) -> Issue:
    """Begin a draft without stories.

    In the frame of the Issue `like` it is of the same category, or of all, has its sponsor, and
    goes out as that one does: at local hours, behind a canary, and the same in doubt.

    Raises:
        InvalidInput: the day is not of our time.
        NotFound: there is no Issue of the number `like`.
    """
    check_day(issued_on)
    issue = Issue(
        issued_on=issued_on,
        subject="",
        preheader="",
        state=IssueState.DRAFT,
        revision=1,
        created_at=now,
    )
    if like is not None:
        other = get_issue(session, like)
        for name in _FRAME:
            setattr(issue, name, getattr(other, name))
    session.add(issue)
    session.flush()
    record(session, actor, Verb.BEGIN, issue, now)
    keep_begun(session, actor, Verb.BEGIN, issue, now)
    return issue
