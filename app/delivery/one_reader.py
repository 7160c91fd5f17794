"""One reader: what is asked about them, each once, and only where it is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.eligibility import why_not
from app.delivery.receptions import WhyNot
from app.delivery.standstill import StandstillOf, standstills
from app.models import Consent, Subscriber, Suppression


@dataclass(frozen=True)
class OneReader:
    """A reader as they are at `now`, for as many Issues as they are asked about."""

    session: Session
    reader: Subscriber
    now: datetime

    @cached_property
    def why_not(self) -> WhyNot | None:
        """Return why they may not be written to at all; None for who may."""
        why = self.session.scalar(select(why_not(self.now)).where(Subscriber.id == self.reader.id))
        return None if why is None else WhyNot(why)

    @cached_property
    def mark(self) -> Suppression | None:
        """Return the suppression of their address."""
        return self.session.get(Suppression, self.reader.address_hmac)

    @cached_property
    def consents(self) -> Sequence[Consent]:
        """Return their record of consent, the newest first."""
        mine = select(Consent).where(Consent.subscriber_id == self.reader.id)
        return self.session.scalars(mine.order_by(Consent.id.desc())).all()

    @cached_property
    def standstill_of(self) -> StandstillOf:
        """Return what says of any Issue why it stands still."""
        return standstills(self.session, self.now)
