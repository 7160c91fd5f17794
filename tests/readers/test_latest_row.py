"""A step looks at a reader as they are once it has their lock, whatever its session read before."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.db.session import Sessions, transaction
from app.enums import ConsentSource, SubscriberState
from app.errors import Gone, WrongState
from app.models import Subscriber
from app.readers.consent import Origin, consents_of
from app.readers.erasure import erase
from app.readers.leave import leave_category
from app.readers.signup import confirm
from app.readers.subscribers import change_preferences, get_subscriber
from tests.factories import make_category, make_subscriber

PAGE = Origin(ConsentSource.PAGE)
Step = Callable[[Session, datetime], object]


@pytest.fixture
def reader_id(sessions: Sessions) -> int:
    with transaction(sessions) as session:
        make_category(session, "ai")
        make_category(session, "devops")
        return make_subscriber(session, follows=0b11).id


def _after_another(
    sessions: Sessions, reader_id: int, other: Step, step: Step, now: datetime
) -> Subscriber:
    """Read the reader, let another session change them, take `step`; return what is stored."""
    with transaction(sessions) as session:
        seen = get_subscriber(session, reader_id)
        with transaction(sessions) as another:
            other(another, now)
        step(session, now)
        assert seen.id == reader_id  # a session forgets what nobody holds any more
    with transaction(sessions) as session:
        return get_subscriber(session, reader_id)


def test_leaving_what_is_the_last_category_by_now_is_leaving_wholly(
    sessions: Sessions, reader_id: int, now: datetime
) -> None:
    reader = _after_another(
        sessions,
        reader_id,
        lambda another, now: change_preferences(
            another, None, reader_id, {"follows": 0b10}, now, PAGE
        ),
        lambda session, now: leave_category(session, reader_id, 0b10, now, PAGE),
        now,
    )
    assert (reader.state, reader.follows) == (SubscriberState.LEFT, 0b10)


def test_change_of_who_was_erased_meanwhile_is_refused(
    sessions: Sessions, reader_id: int, now: datetime
) -> None:
    with pytest.raises(WrongState):
        _after_another(
            sessions,
            reader_id,
            lambda another, now: erase(another, None, reader_id, now, PAGE),
            lambda session, now: change_preferences(
                session, None, reader_id, {"categories": ["ai"]}, now, PAGE
            ),
            now,
        )


def test_confirming_after_another_left_meanwhile_is_refused(
    sessions: Sessions, reader_id: int, now: datetime
) -> None:
    left = update(Subscriber).values(state=SubscriberState.LEFT, left_at=now)
    with pytest.raises(Gone):
        _after_another(
            sessions,
            reader_id,
            lambda another, _now: another.execute(left),
            lambda session, now: confirm(session, reader_id, now, PAGE),
            now,
        )


def test_consent_names_what_was_chosen_after_another_changed_it_too(
    sessions: Sessions, reader_id: int, now: datetime
) -> None:
    _after_another(
        sessions,
        reader_id,
        lambda another, now: change_preferences(
            another, None, reader_id, {"follows": 0b10}, now, PAGE
        ),
        lambda session, now: change_preferences(
            session, None, reader_id, {"categories": ["ai", "devops"]}, now, PAGE
        ),
        now,
    )
    with transaction(sessions) as session:
        assert [one.follows for one in consents_of(session, reader_id)] == [0b10, 0b11]
