import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.colours import contrast, rounded

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS, COLOURS)
def test_contrast_is_within_its_bounds_and_the_same_both_ways(one: str, other: str) -> None:
    assert 1 <= contrast(one, other) <= 21.001
    assert contrast(one, other) == contrast(other, one)


@given(COLOURS)
def test_contrast_with_itself_is_none(colour: str) -> None:
    assert contrast(colour, colour) == 1


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48), ("#767676", "#FFFFFF", 4.54)],
)
def test_contrast_is_what_others_measure(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


def test_contrast_that_is_not_enough_is_never_said_to_be() -> None:
    assert rounded(contrast("#777777", "#FFFFFF")) == 4.4
