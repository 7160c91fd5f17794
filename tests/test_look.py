"""A look: what it takes, and which colours of it must be told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.look import OURS, STACKS, Dark, Density, Font, Light, Look
from app.look_contrast import PAIRS, faint_accents, measured


def _wrong(**given: object) -> str:
    with pytest.raises(ValidationError) as error:
        Look.model_validate(given)
    (one,) = error.value.errors()
    return "/".join(map(str, one["loc"]))


def test_look_that_comes_with_it_can_be_read() -> None:
    assert all(one.is_enough for one in measured(OURS))


def test_nothing_given_is_our_look_and_nothing_of_it_is_kept() -> None:
    assert Look.model_validate({}) == OURS
    assert OURS.model_dump(exclude_defaults=True) == {}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"light": {"text": "#111"}}, "light/text"),
        ({"light": {"text": "red"}}, "light/text"),
        ({"dark": {"text": "#1111111"}}, "dark/text"),
        ({"light": {"text": "#111111\n"}}, "light/text"),
        ({"light": {"ink": "#111111"}}, "light/ink"),
        ({"title_font": "papyrus"}, "title_font"),
        ({"title_families": "a;b"}, "title_families"),
        ({"title_families": "'Mine'"}, "title_families"),
        ({"text_families": "Mine,,Yours"}, "text_families"),
        ({"text_families": "x" * 101}, "text_families"),
        ({"radius": 25}, "radius"),
        ({"radius": 4.5}, "radius"),
        ({"width": 479}, "width"),
        ({"logo_width": True}, "logo_width"),
        ({"density": "loose"}, "density"),
        ({"colour": "#111111"}, "colour"),
    ],
)
def test_what_is_no_look_is_refused_at_its_place(given: dict[str, object], place: str) -> None:
    assert _wrong(**given) == place


@pytest.mark.parametrize(
    "address",
    [
        "http://digest.dev/logo.png",
        "//digest.dev/logo.png",
        "https://digest.dev",
        "https://me@digest.dev/logo.png",
        "https://digest.dev;script-src/logo.png",
        "https://digest.dev,evil.dev/logo.png",
        "https://digest.dev /logo.png",
        "https://digest.dev/{{leave_url}}",
        'https://digest.dev/"onload',
        "https://digest.dev/lo go.png",
        "https://-digest.dev/logo.png",
        "javascript:alert(1)",
    ],
)
def test_logo_is_refused_when_it_cannot_stand_in_a_policy_or_a_mail(address: str) -> None:
    assert _wrong(logo=address) == "logo"


def test_own_families_come_first_and_in_quotes() -> None:
    look = Look(title_families="Source Serif 4, Mine", title_font=Font.GEORGIA)
    assert look.titles == "'Source Serif 4','Mine',Georgia,Times New Roman,serif"
    assert look.outlook_titles == "Georgia,serif"
    assert set(STACKS) == set(Font)


@pytest.mark.parametrize(("density", "pixels"), [("compact", 14), ("regular", 20), ("airy", 27)])
def test_density_is_what_spaces_are_multiplied_by(density: str, pixels: int) -> None:
    assert Look(density=Density(density)).air(20) == pixels


def test_every_pair_that_is_too_faint_is_told_with_its_ratio() -> None:
    look = Look(light=Light(muted="#8F8A82"), dark=Dark(on_accent="#FFFFFF"))
    told = {
        one.fault().pointer: str(one.fault().detail) for one in measured(look) if not one.is_enough
    }
    assert told == {
        "/light/muted": "Muted text on the light page: #8F8A82 on #F6F3EE has a contrast of 3 to 1;"
        " it needs 4.5.",
        "/dark/on_accent": "Text on the accent in dark mode: #FFFFFF on #F58A72 has a contrast of"
        " 2.3 to 1; it needs 4.5.",
    }


_COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")
_SCHEMES = st.fixed_dictionaries(dict.fromkeys(Light.model_fields, _COLOURS))


@given(_SCHEMES, _SCHEMES)
def test_pairs_are_faint_exactly_when_they_have_less_than_they_need(
    light: dict[str, str], dark: dict[str, str]
) -> None:
    look = Look(light=Light(**light), dark=Dark(**dark))
    found = list(measured(look))
    assert len(found) == 2 * len(PAIRS)
    for one in found:
        given = light if one.scheme == "light" else dark
        assert (one.colour, one.ground) == (given[one.pair.colour], given[one.pair.ground])
        assert one.is_enough == (one.ratio >= one.pair.enough)


def test_accent_of_a_category_is_held_against_the_card() -> None:
    accents = "AI", "#5B3FD6", "#B3A4FF"
    assert list(faint_accents(*accents, OURS)) == []
    ((field, sentence),) = faint_accents(*accents, Look(light=Light(card="#777777")))
    assert field == "accent"
    assert "AI: #5B3FD6 on the light card has a contrast of 1." in sentence
