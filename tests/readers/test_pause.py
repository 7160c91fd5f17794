from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.readers.pause import pause_end, resume_day

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
ZONES = st.sampled_from(["UTC", "Asia/Tokyo", "America/Sao_Paulo", "Europe/Vienna", "Asia/Beirut"])


@given(st.integers(2, 364), ZONES)
def test_mail_comes_again_on_the_very_day_that_was_chosen(days: int, zone: str) -> None:
    day = NOW.date() + timedelta(days=days)
    ends_at = pause_end(day, zone, NOW)
    assert ends_at > NOW
    assert ends_at.astimezone(ZoneInfo(zone)).date() == day
    assert resume_day(ends_at, zone) == day


def test_first_day_to_choose_is_tomorrow_there() -> None:
    assert resume_day(NOW, "Pacific/Kiritimati") == date(2026, 3, 30)
    assert resume_day(NOW, "UTC") == date(2026, 3, 29)
    assert pause_end(date(2026, 3, 29), "UTC", NOW) == datetime(2026, 3, 29, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(1, 1, 1), date(2027, 4, 1)])
def test_pause_is_refused_when_its_day_is_past_or_too_far(day: date) -> None:
    with pytest.raises(InvalidInput):
        pause_end(day, "UTC", NOW)
