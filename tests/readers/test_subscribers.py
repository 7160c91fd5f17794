from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.enums import ConsentSource, SubscriberState
from app.errors import NotFound, WrongState
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.subscribers import change_preferences, get_subscriber, list_subscribers
from tests.factories import make_subscriber

EDITOR = Origin(ConsentSource.EDITOR)


def test_list_subscribers_gives_each_once_when_paged(session: Session) -> None:
    made = [make_subscriber(session).id for _ in range(7)]
    seen: list[int] = []
    while page := list_subscribers(session, after=seen[-1] if seen else 0, limit=3):
        seen += [subscriber.id for subscriber in page]
    assert seen == made


def test_list_subscribers_filters_by_state_and_address(session: Session) -> None:
    left = make_subscriber(session, state=SubscriberState.LEFT)
    make_subscriber(session)
    by_state = list_subscribers(session, after=0, limit=9, state=SubscriberState.LEFT)
    assert list(by_state) == [left]
    key = left.address_key
    assert list(list_subscribers(session, after=0, limit=9, address_key=key)) == [left]


def test_change_preferences_refuses_who_was_erased(session: Session, now: datetime) -> None:
    reader = make_subscriber(session)
    erase(session, None, reader.id, now, EDITOR)
    with pytest.raises(WrongState):
        change_preferences(session, None, reader.id, {"follows": 1}, now, EDITOR)


def test_subscriber_is_not_found_when_there_is_none(session: Session, now: datetime) -> None:
    for step in (
        lambda: get_subscriber(session, 4711),
        lambda: change_preferences(session, None, 4711, {}, now, EDITOR),
        lambda: erase(session, None, 4711, now, EDITOR),
    ):
        with pytest.raises(NotFound):
            step()
