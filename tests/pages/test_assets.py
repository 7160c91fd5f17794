import re

import pytest

from app.colours import TEXT, contrast
from app.look import OURS, Dark, Density, Font, Light, Look
from app.pages.assets import assets, look_css

PAIRS = {"light": OURS.light, "dark": OURS.dark}


@pytest.mark.parametrize("look", PAIRS)
def test_stylesheet_colours_can_be_read_on_page_and_card(look: str) -> None:
    css = assets()["site.css"].body.decode()
    light, dark = css.split("@media screen and (prefers-color-scheme: dark)", 1)
    rules = light if look == "light" else dark.split("}\n}", 1)[0]
    colours = dict(re.findall(r"--([a-z]+): (#[0-9A-F]{6});", rules))
    ours = PAIRS[look]
    for name in ("page", "card", "text", "muted", "rule", "accent"):
        assert colours[name] == getattr(ours, name)
    for name in ("text", "muted", "accent", "wrong"):
        assert contrast(colours[name], ours.card) >= TEXT
        assert contrast(colours[name], ours.page) >= TEXT


def test_stylesheet_asks_nobody_else_for_anything() -> None:
    for asset in assets().values():
        assert b"@import" not in asset.body
        assert b"url(" not in asset.body


def test_look_as_it_comes_sets_nothing() -> None:
    assert look_css(OURS) == ""


def test_look_sets_what_is_other_than_ours_by_the_names_of_the_stylesheet() -> None:
    own = Look(
        title_families="Source Serif 4",
        text_font=Font.VERDANA,
        light=Light(card="#FFF8E7"),
        dark=Dark(on_accent="#000000"),
        radius=0,
        width=600,
        density=Density.AIRY,
    )
    css = look_css(own)
    for said in (
        "--serif: 'Source Serif 4',Iowan Old Style,Palatino,Georgia,serif;",
        "--sans: Verdana,Geneva,DejaVu Sans,sans-serif;",
        "--radius: 0px;",
        "--width: 41.5rem;",
        "--air: 1.35;",
        "@media screen {\n:root {\n--card: #FFF8E7;\n}\n}",
        "@media screen and (prefers-color-scheme: dark) {\n:root {\n--on-accent: #000000;\n}\n}",
    ):
        assert said in css
    sheet = assets()["site.css"].body.decode()
    for name in re.findall(r"--([a-z-]+):", css):
        assert f"var(--{name})" in sheet, name
