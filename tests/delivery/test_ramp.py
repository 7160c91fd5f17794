"""The law of a warm-up's ceilings: they grow, they end, and none is above what is allowed."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.delivery.ramp import FIRST, MOST_DAYS, MOST_FIRST, Ramp, days_to_grow

BEGUN = date(2026, 11, 23)
DAY = timedelta(days=1)

ramps = st.builds(
    lambda first, more, n_days: Ramp(BEGUN, first, first + more, n_days),
    st.integers(1, MOST_FIRST),
    st.integers(1, 10_000_000),
    st.integers(2, MOST_DAYS),
)


def _braked(ramp: Ramp, days: set[int]) -> Ramp:
    """Return the ramp as it is after brakes on these days, counted from its first."""
    last = BEGUN + max(days) * DAY if days else None
    return Ramp(ramp.begun_on, ramp.first, ramp.last, ramp.n_days, len(days), last)


@given(ramps)
def test_ceilings_begin_at_the_first_never_fall_and_end_at_the_last(ramp: Ramp) -> None:
    ceilings = [ramp.ceiling(BEGUN + n * DAY) for n in range(ramp.n_days)]
    known = [ceiling for ceiling in ceilings if ceiling is not None]
    assert len(known) == ramp.n_days
    assert (known[0], known[-1]) == (ramp.first, ramp.last)
    assert known == sorted(known)
    assert ramp.ceiling(BEGUN + ramp.n_days * DAY) is None


@given(ramps, st.sets(st.integers(0, 40), max_size=6))
def test_step_comes_once_more_for_each_day_of_a_brake_and_none_is_left_out(
    ramp: Ramp, braked: set[int]
) -> None:
    steps = []
    for n in range(50):
        known = _braked(ramp, {day for day in braked if day <= n})
        assert known.step(BEGUN + n * DAY) == _braked(
            ramp, {day for day in braked if day < n}
        ).step(BEGUN + n * DAY), "a brake changes nothing of its own day"
        steps.append(known.step(BEGUN + n * DAY))
    assert [b - a for a, b in pairwise(steps)] == [0 if n in braked else 1 for n in range(49)]


@given(st.integers(1, 100_000), st.integers(1, 1_000_000), st.integers(1, 100))
def test_growth_of_a_day_is_never_above_what_was_asked(first: int, more: int, percent: int) -> None:
    ramp = Ramp(BEGUN, first, first + more, days_to_grow(first, first + more, percent))
    most = 1 + percent / 100
    share = (ramp.last / ramp.first) ** (1 / (ramp.n_days - 1))
    assert share <= most * (1 + 1e-9) or ramp.n_days == 2


def test_two_hundred_are_two_hundred_thousand_in_six_weeks() -> None:
    assert days_to_grow(FIRST, 200_000) == 43
