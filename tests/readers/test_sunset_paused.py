"""The sunset rule: who is paused for want of an answer, and what ends that."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.enums import (
    ConsentSource,
    DeliveryState,
    Tracking,
)
from app.models import (
    OutboxEntry,
    Publication,
)
from app.readers.consent import Origin
from app.readers.leave import come_back, leave
from app.readers.signs import show_sign
from app.readers.subscribers import change_preferences
from app.readers.sunset import follow_rule
from tests.readers.sunset import (
    DAY,
    RULE,
    arrive,
    asked,
    keep_clicks,
    silent_reader,
    silent_since,
)

PAGE: Final = Origin(ConsentSource.PAGE)
DESK: Final = Origin(ConsentSource.EDITOR)


@pytest.fixture(autouse=True)
def _keeps_clicks(session: Session, now: datetime) -> None:
    keep_clicks(session, now)


def test_nobody_is_paused_once_clicks_are_kept_no_more(session: Session, now: datetime) -> None:
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    arrive(session, now)
    session.get_one(Publication, 1).tracking = Tracking.COUNTS
    follow_rule(session, RULE, now + 31 * DAY)
    assert silent_since(session, reader) is None


@pytest.mark.parametrize(
    "state",
    [
        DeliveryState.QUEUED,
        DeliveryState.FAILED,
        DeliveryState.SKIPPED,
        DeliveryState.IN_DOUBT,
        DeliveryState.BOUNCED,
    ],
)
def test_who_did_not_get_the_mail_is_not_paused(
    session: Session, now: datetime, state: DeliveryState
) -> None:
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    arrive(session, now, state)
    follow_rule(session, RULE, now + 40 * DAY)
    assert silent_since(session, reader) is None
    assert len(asked(session)) == 1


@pytest.mark.parametrize("days", [1, 90])
def test_the_pause_comes_on_the_day_that_the_mail_named(
    session: Session, now: datetime, days: int
) -> None:
    """Whatever is set by then."""
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    arrive(session, now)
    changed = replace(RULE, days=days)
    follow_rule(session, changed, now + 30 * DAY - timedelta(seconds=1))
    assert silent_since(session, reader) is None
    follow_rule(session, changed, now + 30 * DAY)
    assert silent_since(session, reader) == now + 30 * DAY


def test_days_to_answer_begin_when_the_mail_left(session: Session, now: datetime) -> None:
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    arrive(session, now + 20 * DAY)
    follow_rule(session, RULE, now + 40 * DAY)
    assert silent_since(session, reader) is None
    follow_rule(session, RULE, now + 50 * DAY)
    assert silent_since(session, reader) is not None


@pytest.mark.parametrize("how", ["sign", "saved", "back", "here", "left"])
def test_who_is_paused_so_comes_back_by_any_act_of_their_own(
    session: Session, now: datetime, how: str
) -> None:
    reader = silent_reader(session, now, silent_at=now - DAY)
    match how:
        case "sign":
            show_sign(session, reader, now)
        case "saved":
            change_preferences(session, None, reader.id, {"hour": 7}, now, PAGE)
        case "back":
            come_back(session, reader.id, now, PAGE)
        case "here":
            change_preferences(session, None, reader.id, {"paused_until": None}, now, PAGE)
        case _:
            leave(session, reader.id, now, PAGE)
    assert silent_since(session, reader) is None


def test_whom_an_editor_brings_back_is_not_paused_again_for_the_same_ask(
    session: Session, now: datetime
) -> None:
    reader = silent_reader(session, now)
    follow_rule(session, RULE, now)
    arrive(session, now)
    follow_rule(session, RULE, now + 30 * DAY)
    assert silent_since(session, reader) is not None
    change_preferences(session, CLI, reader.id, {"hour": 7}, now + 31 * DAY, DESK)
    assert silent_since(session, reader) is not None
    change_preferences(session, CLI, reader.id, {"paused_until": None}, now + 31 * DAY, DESK)
    follow_rule(session, RULE, now + 32 * DAY)
    assert silent_since(session, reader) is None
    assert asked(session) == [reader.id]
    facts = [one.facts for one in session.scalars(select(OutboxEntry).order_by(OutboxEntry.id))]
    assert facts == [{"fields": ["silent_at"]}, {"fields": ["hour"]}, {"fields": ["silent_at"]}]
