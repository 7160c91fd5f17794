"""Text from outside is a value in its bounds, or refused as a ValueError, and nothing else."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pages.typed import day_of, hour_of, http_date

ODD = st.one_of(
    st.text(),
    st.from_regex(r"\A-?[0-9]{1,6000}\Z"),
    st.from_regex(r"\A[0-9]{1,12}-[0-9]{2}-[0-9]{2}\Z"),
    st.from_regex(
        r"\A(Mon, )?[0-9]{1,3} (Jan|Feb) [0-9]{1,12} [0-9]{1,3}:[0-9]{2}:[0-9]{2} [+-][0-9]{1,9}\Z"
    ),
)


@given(ODD)
def test_odd_text_is_in_bounds_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= hour_of(text) <= 23
    with suppress(ValueError):
        assert day_of(text).isoformat() == text
    said = http_date(text)
    assert said is None or said.utcoffset() is not None


@given(st.integers(0, 23), st.dates())
def test_what_a_form_offers_is_read(hour: int, day: date) -> None:
    assert hour_of(str(hour)) == hour_of(f"{hour:02}") == hour
    assert day_of(day.isoformat()) == day


@pytest.mark.parametrize("text", ["٣", "²", "24", "-0", "+1", " 7", "7\n", "9" * 5000])
def test_no_hour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no hour"):
        hour_of(text)
