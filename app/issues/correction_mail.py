"""The mail about a Correction: an Issue of its own, for the readers who got the wrong text.

It goes the way of every Issue: previewed, checked, approved, scheduled, and written to each reader
exactly once. Its audience is frozen at launch.
"""

from datetime import datetime

import structlog
from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from app.actors import Actor, Verb
from app.audit import record
from app.content.limits import MAX_PREHEADER, MAX_SUBJECT
from app.delivery.corrected import audience_of
from app.enums import DeliveryState, IssueState
from app.errors import Conflict
from app.issues.corrections import get_correction
from app.issues.revisions import keep_begun
from app.models import Correction, Delivery, DeliveryCount, Edition, Issue, Story
from app.publication.lanes import local_day
from app.publication.publication import get_publication
from app.rendering.lines import shortened
from app.sentences import Sentence
from app.story_fields import CORRECTABLE

_KEPT = CORRECTABLE | {"minutes", "category_id", "reads_markdown"}
_log = structlog.get_logger(__name__)


def draft_mail(
    session: Session, actor: Actor, issue_id: int, correction_id: int, now: datetime
) -> Issue:
    """Make a draft Issue that tells of the Correction: its note, and the Story as it is now.

    Raises:
        NotFound: there is no such Correction.
        Conflict: there is such an Issue already, or nobody got the wrong text.
    """
    correction = get_correction(session, issue_id, correction_id)
    session.refresh(correction, with_for_update=True)
    _refuse_second(session, correction)
    if audience_of(session, correction, now).n_to_tell == 0:
        _refuse_untold(session, issue_id)
    story = session.get_one(Story, correction.story_id)
    mail = Issue(
        issued_on=local_day(get_publication(session).time_zone, now),
        category_id=None,
        subject=shortened(f"Correction: {story.title}", MAX_SUBJECT),
        preheader=shortened(correction.note, MAX_PREHEADER),
        state=IssueState.DRAFT,
        revision=1,
        created_at=now,
        corrects_id=issue_id,
        at_local_hours=False,  # who was told something wrong hears of it at once
    )
    session.add(mail)
    session.flush()  # its story refers to it
    fields = {name: getattr(story, name) for name in _KEPT}
    session.add(Story(issue_id=mail.id, position=1, **fields))
    correction.mail_issue_id = mail.id
    record(session, actor, Verb.DRAFT_MAIL, mail, now)
    keep_begun(session, actor, Verb.DRAFT_MAIL, mail, now)
    _log.info("correction_mail_drafted", issue_id=mail.id, corrects=issue_id)
    return mail


def _refuse_second(session: Session, correction: Correction) -> None:
    """Raise Conflict for a Correction that is told of; a mail that was cancelled unsent is none."""
    if correction.mail_issue_id is None:
        return
    mail = session.get_one(Issue, correction.mail_issue_id)
    if mail.state != IssueState.CANCELLED or mail.launched_at is not None:
        raise Conflict(Sentence("Issue %(issue)s tells of this correction already.", issue=mail.id))


def _refuse_untold(session: Session, issue_id: int) -> None:
    """Raise Conflict for a Correction that nobody can be told of, and say why."""
    if session.scalar(select(exists().where(DeliveryCount.issue_id == issue_id))):
        raise Conflict(
            Sentence(
                "Issue %(issue)s is so old that its ledger was dropped: there are counts"
                " of who got the text as it was before, and no names.",
                issue=issue_id,
            )
        )
    raise Conflict("Nobody who can be written to got the text as it was before.")


def revisions_of(session: Session, issue_id: int) -> dict[int, dict[DeliveryState, int]]:
    """Count the readers who were sent each revision, by what became of them.

    Once an old Issue's ledger is dropped, the stored counts are used.
    """
    ledger = select(Edition.revision, Delivery.state, func.count()).join(
        Delivery, and_(Delivery.edition_id == Edition.id, Delivery.issue_id == issue_id)
    )
    kept = select(Edition.revision, DeliveryCount.state, func.sum(DeliveryCount.n)).join(
        DeliveryCount, DeliveryCount.edition_id == Edition.id
    )
    of_issue = Edition.issue_id == issue_id
    rows = (
        session.execute(ledger.where(of_issue).group_by(Edition.revision, Delivery.state)).all()
        or session.execute(
            kept.where(of_issue).group_by(Edition.revision, DeliveryCount.state)
        ).all()
    )
    found: dict[int, dict[DeliveryState, int]] = {}
    for revision, state, n in sorted(rows):
        found.setdefault(revision, {})[state] = int(n)
    return found
