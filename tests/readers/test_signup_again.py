"""Who signs up again gets a mail at once where no server took the one before."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.addresses import Address
from app.db.session import Sessions, transaction
from app.enums import ConsentSource, DeliveryState
from app.models import AcceptedBy, Letter
from app.readers.consent import Origin
from app.readers.signup import SignupFields
from tests.factories import make_category
from tests.readers.signing_up import sign_up_now

PAGE = Origin(ConsentSource.PAGE)
FIELDS = SignupFields(Address("Ada@example.com", "ada@example.com"), ("ai",))


@pytest.mark.parametrize(
    ("state", "accepted_by", "n"),
    [
        (DeliveryState.FAILED, None, 2),
        (DeliveryState.BOUNCED, None, 2),
        (DeliveryState.BOUNCED, AcceptedBy.EVENT, 1),
        (DeliveryState.BOUNCED, AcceptedBy.ANSWER, 1),
        (DeliveryState.ACCEPTED, AcceptedBy.ANSWER, 1),
    ],
)
def test_sign_up_again_mails_at_once_when_no_server_took_the_mail(
    session: Session,
    sessions: Sessions,
    now: datetime,
    state: DeliveryState,
    accepted_by: AcceptedBy | None,
    n: int,
) -> None:
    make_category(session, "ai")
    session.commit()
    with transaction(sessions) as own:
        sign_up_now(own, FIELDS, now, PAGE)
    letter = session.scalars(select(Letter)).one()
    letter.state, letter.accepted_by = state, accepted_by
    session.commit()
    with transaction(sessions) as own:
        sign_up_now(own, FIELDS, now + timedelta(minutes=1), PAGE)
    assert session.scalar(select(func.count()).select_from(Letter)) == n
