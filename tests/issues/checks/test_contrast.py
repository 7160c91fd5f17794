from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.issues.checks.contrast import CARD, CARD_DARK, ENOUGH, contrast
from app.publication.categories import GENERAL, PALETTE
from tests.issues.checks.told import AI, DEVOPS, facts, found

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


@pytest.mark.parametrize(("accent", "accent_dark"), [*PALETTE.values(), GENERAL])
def test_accents_that_come_with_it_can_be_read_on_the_card(accent: str, accent_dark: str) -> None:
    assert contrast(accent, CARD) >= ENOUGH
    assert contrast(accent_dark, CARD_DARK) >= ENOUGH


@pytest.mark.parametrize(("grey", "is_enough"), [("#767676", True), ("#777777", False)])
def test_accent_blocks_when_it_is_a_shade_too_light(
    grey: str,
    is_enough: bool,  # noqa: FBT001 - a case of the table
) -> None:
    told = facts(categories=(replace(AI, accent=grey), DEVOPS))
    assert found(told) == (
        [] if is_enough else [("blocks", "low_contrast", "/categories/ai/accent")]
    )
