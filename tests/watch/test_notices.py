"""Notices: each alert is told once when it begins, daily while it lasts, and once when it ends."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.metrics.families import COLLECTED, PAUSED, UNREADABLE, Sample
from app.models import Notice
from app.watch.figures import figures_of
from app.watch.notices import (
    KEPT,
    Way,
    begin_look,
    last_look,
    list_due,
    list_ended,
    list_open,
    note_figures,
    note_told,
    sentence_of,
)
from app.watch.told import Change, told_of

_PARTS: Final = ("account", "events", "going_out", "work", "broker", "schedule", "silence")
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)

Look = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def look(session: Session, now: datetime) -> Look:
    """Return a function that looks some minutes later, tells all by a way, and says what."""

    def at(
        minutes: float, *samples: Sample, unread: str = "", way: Way = Way.MAIL
    ) -> list[tuple[str, str]]:
        then = now + minutes * _MINUTE
        read = [Sample(COLLECTED, part != unread, (part,)) for part in _PARTS]
        note_figures(session, figures_of([*read, *samples], then))
        due = list_due(session, way, then)
        told = [(one.name, one.change.value) for one in (told_of(one, way) for one in due)]
        note_told(session, way, due, then)
        session.commit()
        session.expire_all()
        return [one for one in told if one[0] != "DevouredFiguresMissing"]

    return at


HELD: Final = Sample(PAUSED, 1, ("held",))
NAME: Final = "DevouredAccountPaused"


def test_alert_is_told_when_it_has_held_each_day_and_when_it_ends(look: Look) -> None:
    minutes = (0, 1, 2, 60, 24 * 60 + 1, 24 * 60 + 2, 48 * 60 + 1)
    told = [look(at, HELD) for at in minutes]

    began, goes_on = [(NAME, Change.BEGAN)], [(NAME, Change.GOES_ON)]
    assert told == [[], began, [], [], goes_on, [], goes_on]
    assert [look(48 * 60 + at) for at in (2, 3)] == [[(NAME, Change.ENDED)], []]


def test_alert_that_ends_before_it_has_held_leaves_nothing(session: Session, look: Look) -> None:
    assert [look(0, HELD), look(0.5), look(1)] == [[], [], []]
    assert session.scalar(select(func.count()).select_from(Notice)) == 0


def test_alert_that_comes_again_is_told_again(look: Look) -> None:
    told = [look(0, HELD), look(1, HELD), look(2), look(3, HELD), look(4, HELD)]

    assert told == [[], [(NAME, "began")], [(NAME, "ended")], [], [(NAME, "began")]]


def test_alert_goes_on_while_its_figures_cannot_be_read(look: Look) -> None:
    look(0, HELD)
    look(1, HELD)

    assert look(2, unread="account") == []
    assert look(3, unread="events") == [(NAME, "ended")]


def test_way_that_heard_nothing_is_not_told_of_an_end_and_one_that_is_new_hears_what_is(
    look: Look,
) -> None:
    for at in (0, 1):
        look(at, HELD)

    assert look(2, HELD, way=Way.WEBHOOK) == [(NAME, "began")]
    assert look(3, way=Way.WEBHOOK) == [(NAME, "ended")]
    assert look(4, way=Way.MAIL) == [(NAME, "ended")]
    look(5, HELD)
    look(6, HELD)
    look(7)
    assert look(8, way=Way.WEBHOOK) == []


def test_notice_says_how_it_is_now(session: Session, look: Look, now: datetime) -> None:
    look(0, Sample(UNREADABLE, 1))
    look(6, Sample(UNREADABLE, 1200), HELD)
    (notice,) = list_open(session, now + 6 * _MINUTE)

    assert str(sentence_of(notice)) == "1,200 events cannot be read."
    assert (notice.begun_at, notice.is_critical) == (now, False)


def test_the_critical_comes_first_and_what_ended_is_kept_for_a_month(
    session: Session, look: Look, now: datetime
) -> None:
    for at in (0, 10):
        look(at, Sample(UNREADABLE, 1), HELD)
    found = [one.name for one in list_open(session, now + 10 * _MINUTE)]
    look(11)
    session.commit()

    assert found == [NAME, "DevouredEventsUnreadable"]
    assert len(list_ended(session, now)) == 2
    look(12 + KEPT / _MINUTE)
    assert list_ended(session, now) == []


def test_one_process_looks_in_a_minute_also_when_the_clock_was_ahead(
    session: Session, now: datetime
) -> None:
    turns = [begin_look(session, now + timedelta(seconds=at)) for at in (0, 1, 44, 45, 46, 105)]

    assert turns == [True, False, False, True, False, True]
    assert begin_look(session, now - _DAY)
    assert last_look(session) == now - _DAY
