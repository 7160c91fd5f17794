from dataclasses import replace

import pytest

from app.colours import TEXT, contrast
from app.look import OURS, Dark, Look
from app.publication.accents import GENERAL, PALETTE
from tests.issues.checks.told import AI, DEVOPS, facts, found


@pytest.mark.parametrize(("accent", "accent_dark"), [*PALETTE.values(), GENERAL])
def test_accents_that_come_with_it_can_be_read_on_the_card(accent: str, accent_dark: str) -> None:
    assert contrast(accent, OURS.light.card) >= TEXT
    assert contrast(accent_dark, OURS.dark.card) >= TEXT


@pytest.mark.parametrize(("grey", "is_enough"), [("#767676", True), ("#777777", False)])
def test_accent_blocks_when_it_is_a_shade_too_light(
    grey: str,
    is_enough: bool,  # noqa: FBT001 - a case of the table
) -> None:
    told = facts(categories=(replace(AI, accent=grey), DEVOPS))
    assert found(told) == (
        [] if is_enough else [("blocks", "low_contrast", "/categories/ai/accent")]
    )


def test_accent_is_held_against_the_card_of_the_publication() -> None:
    darker = Look(dark=Dark(card="#FFFFFF"))
    assert found(facts(look=darker)) == [
        ("blocks", "low_contrast", "/categories/ai/accent_dark"),
        ("blocks", "low_contrast", "/categories/devops/accent_dark"),
    ]
