"""Left out: say why somebody is not among the readers of an Issue.

A launch keeps whom an Issue goes to, not who was left out and why: that is told from the reader's
record of consent, which is only ever added to, and from their row as it is.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.corrected import correction_of_mail
from app.delivery.eligibility import pauses, why_not
from app.delivery.receptions import Reason, WhyNot
from app.enums import ConsentStep, DeliveryState, SubscriberState
from app.models import Consent, Delivery, Edition, Issue, Subscriber, Suppression
from app.publication.categories import issue_mask
from app.rendering.depths import depths_showing

_GOT: Final = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
_THEN: Final = {
    ConsentStep.SIGNED_UP: WhyNot.PENDING_THEN,
    ConsentStep.LEFT: WhyNot.LEFT_THEN,
    ConsentStep.ERASED: WhyNot.LEFT_THEN,
}


def why_not_due(
    session: Session, reader: Subscriber, issue: Issue | None, now: datetime
) -> Reason | None:
    """Return why a reader would get nothing now, of this Issue or of any; None for who would."""
    why = session.scalar(select(why_not(now)).where(Subscriber.id == reader.id))
    if why is not None:
        return _in_full(session, reader, WhyNot(why))
    if issue is None:
        return None
    if issue.corrects_id is not None:
        return _not_wrong(session, issue, reader)
    if not reader.follows & issue_mask(session, issue.id):
        return Reason(WhyNot.NOTHING_TO_READ)
    return None


def why_left_out(
    session: Session, issue: Issue, reader: Subscriber, launched_at: datetime
) -> Reason:
    """Return why a reader is not among those of an Issue that was launched."""
    reasons = _candidates(session, issue, reader, launched_at)
    return next((one for one in reasons if one is not None), Reason(WhyNot.NOT_DUE_THEN))


def _candidates(
    session: Session, issue: Issue, reader: Subscriber, launched_at: datetime
) -> Iterator[Reason | None]:
    """Yield what may have kept the reader out, the surest first."""
    if reader.state is SubscriberState.ERASED:
        yield Reason(WhyNot.ERASED)
    if reader.created_at > launched_at:
        yield Reason(WhyNot.JOINED_LATER, at=reader.created_at)
    last = session.scalar(
        select(Consent)
        .where(Consent.subscriber_id == reader.id, Consent.at <= launched_at)
        .order_by(Consent.id.desc())
        .limit(1)
    )
    if last is not None and last.step in _THEN:
        yield Reason(_THEN[last.step])
    if reader.left_at is not None and reader.left_at <= launched_at:
        yield Reason(WhyNot.LEFT_THEN)
    if reader.confirmed_at is None or reader.confirmed_at > launched_at:
        yield Reason(WhyNot.PENDING_THEN)
    mark = session.get(Suppression, reader.address_hmac)
    if mark is not None and mark.created_at <= launched_at:
        yield _in_full(session, reader, WhyNot.SUPPRESSED)
    if pauses(reader, launched_at):
        yield _in_full(session, reader, WhyNot.PAUSED)
    follows = reader.follows if last is None else last.follows
    if issue.corrects_id is not None:
        yield _not_wrong(session, issue, reader)
    elif not follows & issue_mask(session, issue.id):
        yield Reason(WhyNot.NOTHING_TO_READ_THEN)


def _in_full(session: Session, reader: Subscriber, why: WhyNot) -> Reason:
    """Return the reason with its instants, and a suppression's cause."""
    match why:
        case WhyNot.LEFT:
            return Reason(why, at=reader.left_at)
        case WhyNot.PAUSED:
            return Reason(why, until=reader.paused_until)
        case WhyNot.SUPPRESSED:
            mark = session.get_one(Suppression, reader.address_hmac)
            return Reason(why, at=mark.created_at, because=mark.reason.replace("_", " "))
    return Reason(why)


def _not_wrong(session: Session, mail: Issue, reader: Subscriber) -> Reason | None:
    """Return why the mail about a correction is not for this reader; None where it may be."""
    correction = correction_of_mail(session, mail)
    got = session.execute(
        select(Delivery.state, Edition.depth, Edition.revision)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(Delivery.issue_id == mail.corrects_id, Delivery.subscriber_id == reader.id)
    ).one_or_none()
    if correction is None or got is None or got.state not in _GOT:
        return Reason(WhyNot.NOT_WRONG)
    if got.depth not in depths_showing(correction.before):
        return Reason(WhyNot.NOT_AT_DEPTH)
    return Reason(WhyNot.NOT_WRONG) if got.revision >= correction.revision else None
