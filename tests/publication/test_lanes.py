from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.publication.lanes import Lane, is_send_day, next_slot, slot

ZONES = sorted(available_timezones())
EVERY_DAY = frozenset(range(1, 8))

days = st.dates(date(1975, 1, 1), date(2037, 12, 30))
times = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def lane(zone: str, at: time, weekdays: frozenset[int] = EVERY_DAY) -> Lane:
    return Lane(None, "Daily", at, weekdays, zone)


def _shown(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(st.sampled_from(ZONES), days, times)
def test_slot_shows_the_send_time_or_the_first_minute_after_a_gap(
    zone: str, day: date, at: time
) -> None:
    instant = slot(lane(zone, at), day)
    wanted = datetime.combine(day, at)
    shown = _shown(instant, zone)
    if shown != wanted:
        just_before = _shown(instant - timedelta(seconds=1), zone)
        assert just_before < wanted < shown, "the clocks jumped over the send time"


@given(st.sampled_from(ZONES), days, times)
def test_slot_is_the_first_instant_that_shows_the_time(zone: str, day: date, at: time) -> None:
    instant = slot(lane(zone, at), day)
    shown = _shown(instant, zone)
    for minutes in range(1, 181):
        earlier = instant - timedelta(minutes=minutes)
        assert _shown(earlier, zone) != shown


@given(st.sampled_from(ZONES), days, times)
def test_slot_of_a_later_day_is_later(zone: str, day: date, at: time) -> None:
    assert slot(lane(zone, at), day) < slot(lane(zone, at), day + timedelta(days=1)) or (
        # Samoa and its neighbours once left out a whole day.
        _shown(slot(lane(zone, at), day), zone).date() > day
    )


@given(st.sampled_from(ZONES), days, times, st.sets(st.integers(1, 7), min_size=1))
def test_next_slot_is_the_first_after_now_on_a_send_day(
    zone: str, day: date, at: time, weekdays: set[int]
) -> None:
    daily = lane(zone, at, frozenset(weekdays))
    now = datetime.combine(day, time(12), tzinfo=UTC)
    found = next_slot(daily, now)
    assert found is not None
    on, instant = found
    assert instant > now
    assert is_send_day(daily, on)
    earlier = [on - timedelta(days=n) for n in range(1, 9)]
    assert all(slot(daily, d) <= now or not is_send_day(daily, d) for d in earlier)


def test_next_slot_is_none_when_no_weekday_is_chosen(now: datetime) -> None:
    assert next_slot(lane("UTC", time(7), frozenset()), now) is None


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        ("Europe/Vienna", date(2026, 3, 28), time(2, 30), datetime(2026, 3, 28, 1, 30, tzinfo=UTC)),
        ("Europe/Vienna", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (
            "Europe/Vienna",
            date(2026, 10, 25),
            time(2, 30),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        ("America/New_York", date(2026, 3, 8), time(2, 15), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        (
            "Australia/Lord_Howe",
            date(2026, 10, 4),
            time(2, 15),
            datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
        ),
        ("Asia/Kathmandu", date(2026, 11, 23), time(7), datetime(2026, 11, 23, 1, 15, tzinfo=UTC)),
    ],
)
def test_slot_is_right_when_the_clocks_change(
    zone: str, day: date, at: time, instant: datetime
) -> None:
    assert slot(lane(zone, at), day) == instant
