"""What mailbox providers say of us."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.delivery.reputation import NEWEST_WITHIN, reputations
from app.metrics.families import REQUIREMENTS_UNMET, SPAM_RATE, Sample, Samples


def reputation(session: Session, now: datetime) -> Samples:
    """Yield which share readers called spam, by provider and domain, and what is not done."""
    for one in reputations(session, now, NEWEST_WITHIN.days):
        labels = (one.provider, one.domain)
        if one.newest is not None and one.newest.spam_rate is not None:
            yield Sample(SPAM_RATE, one.newest.spam_rate, labels)
        yield Sample(REQUIREMENTS_UNMET, len(one.unmet), labels)
