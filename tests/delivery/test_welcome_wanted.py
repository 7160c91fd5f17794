"""Whether the publication welcomes who confirms at all."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import ConsentSource, SubscriberState
from app.models import Letter, Publication
from app.readers.consent import Origin
from app.readers.signup import confirm
from tests.factories import make_subscriber

PAGE = Origin(ConsentSource.PAGE)


def test_welcome_is_on_where_nobody_said_otherwise(session: Session) -> None:
    assert session.get_one(Publication, 1).sends_welcome


def test_welcome_is_queued_once_and_only_where_the_publication_wants_it(
    session: Session, now: datetime
) -> None:
    for is_wanted, expected in ((False, 0), (True, 1)):
        session.get_one(Publication, 1).sends_welcome = is_wanted
        reader = make_subscriber(session, state=SubscriberState.PENDING)
        for _ in range(2):
            confirm(session, reader.id, now, PAGE)
        assert len(session.scalars(select(Letter)).all()) == expected
