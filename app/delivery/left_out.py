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
from app.delivery.eligibility import pauses
from app.delivery.one_reader import OneReader
from app.delivery.receptions import Reason, WhyNot
from app.enums import ConsentStep, DeliveryState, SubscriberState
from app.models import Delivery, Edition, Issue, Subscriber
from app.rendering.depths import depths_showing

_GOT: Final = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
_THEN: Final = {
    ConsentStep.SIGNED_UP: WhyNot.PENDING_THEN,
    ConsentStep.LEFT: WhyNot.LEFT_THEN,
    ConsentStep.ERASED: WhyNot.LEFT_THEN,
}


def why_not_due(one: OneReader) -> Reason | None:
    """Return why a reader would get nothing now, whatever the Issue; None for who may."""
    return None if one.why_not is None else _in_full(one, one.why_not)


def why_nothing(one: OneReader, issue: Issue, mask: int) -> Reason | None:
    """Return why a reader would get nothing of an Issue with these categories, were it sent now."""
    if (never := why_not_due(one)) is not None:
        return never
    if issue.corrects_id is not None:
        return _not_wrong(one.session, issue, one.reader)
    if not one.reader.follows & mask:
        return Reason(WhyNot.NOTHING_TO_READ)
    return None


def why_left_out(one: OneReader, issue: Issue, mask: int, launched_at: datetime) -> Reason:
    """Return why a reader is not among those of an Issue of these categories that was launched."""
    reasons = _candidates(one, issue, mask, launched_at)
    last = WhyNot.WARM_UP_THEN if issue.n_beyond_warm_up else WhyNot.NOT_DUE_THEN
    return next((why for why in reasons if why is not None), Reason(last))


def _candidates(
    one: OneReader, issue: Issue, mask: int, launched_at: datetime
) -> Iterator[Reason | None]:
    """Yield what may have kept the reader out, the surest first."""
    reader = one.reader
    if reader.state is SubscriberState.ERASED:
        yield Reason(WhyNot.ERASED)
    if reader.created_at > launched_at:
        yield Reason(WhyNot.JOINED_LATER, at=reader.created_at)
    last = next((step for step in one.consents if step.at <= launched_at), None)
    if last is not None and last.step in _THEN:
        yield Reason(_THEN[last.step])
    if reader.left_at is not None and reader.left_at <= launched_at:
        yield Reason(WhyNot.LEFT_THEN)
    if reader.confirmed_at is None or reader.confirmed_at > launched_at:
        yield Reason(WhyNot.PENDING_THEN)
    if one.mark is not None and one.mark.created_at <= launched_at:
        yield _in_full(one, WhyNot.SUPPRESSED)
    yield _paused_then(one, launched_at)
    follows = reader.follows if last is None else last.follows
    if issue.corrects_id is not None:
        yield _not_wrong(one.session, issue, reader)
    elif not follows & mask:
        yield Reason(WhyNot.NOTHING_TO_READ_THEN)


def _paused_then(one: OneReader, launched_at: datetime) -> Reason | None:
    if one.reader.silent_at is not None and one.reader.silent_at <= launched_at:
        return Reason(WhyNot.SILENT)
    return _in_full(one, WhyNot.PAUSED) if pauses(one.reader, launched_at) else None


def _in_full(one: OneReader, why: WhyNot) -> Reason:
    """Return the reason with its instants, and a suppression's cause."""
    if why is WhyNot.LEFT:
        return Reason(why, at=one.reader.left_at)
    if why is WhyNot.PAUSED:
        return Reason(why, until=one.reader.paused_until)
    if why is WhyNot.SUPPRESSED and one.mark is not None:
        return Reason(why, at=one.mark.created_at, because=one.mark.reason.replace("_", " "))
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
