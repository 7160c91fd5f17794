import re

import pytest

from app.pages.assets import CARD, assets, contrast

PAIRS = {"light": ("#F6F3EE", "#FFFFFF"), "dark": ("#161513", "#1F1E1B")}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48), ("#123456", "#123456", 1.0)],
)
def test_contrast_is_as_wcag_reckons(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("look", PAIRS)
def test_stylesheet_colours_can_be_read_on_page_and_card(look: str) -> None:
    css = assets()["site.css"].body.decode()
    light, dark = css.split("@media screen and (prefers-color-scheme: dark)", 1)
    rules = light if look == "light" else dark.split("}\n}", 1)[0]
    colours = dict(re.findall(r"--([a-z]+): (#[0-9A-F]{6});", rules))
    page, card = PAIRS[look]
    assert (colours["page"], colours["card"]) == (page, card)
    assert card in CARD
    for name in ("text", "muted", "accent", "wrong"):
        assert contrast(colours[name], card) >= 4.5
        assert contrast(colours[name], page) >= 4.5


def test_stylesheet_asks_nobody_else_for_anything() -> None:
    for asset in assets().values():
        assert b"@import" not in asset.body
        assert b"url(" not in asset.body
