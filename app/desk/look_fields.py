"""The fields of the look in a form: colours by scheme, fonts, logo and measures."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from app.desk.setting_fields import Setting, Texts, plain
from app.errors import FieldError, InvalidInput
from app.look import BOUNDS, MAX_FAMILIES, Density, Font, Look
from app.pages.language import N_, gettext

_PIXELS: Final = N_("Pixels, a whole number from %(least)s to %(most)s.")
_OWN: Final = N_(
    "Names of fonts, divided by commas; readers whose machine has them see them. Letters, digits,"
    " blanks and hyphens, at most %(most)s characters."
)
_FONTS: Final = {
    Font.OLD_STYLE: N_("Old style serif (Iowan, Palatino)"),
    Font.TRANSITIONAL: N_("Plain serif (Charter, Cambria)"),
    Font.GEORGIA: N_("Georgia"),
    Font.SLAB: N_("Slab serif (Rockwell)"),
    Font.SYSTEM: N_("As the reader’s machine writes"),
    Font.HELVETICA: N_("Helvetica, Arial"),
    Font.HUMANIST: N_("Soft sans serif (Seravek, Calibri)"),
    Font.VERDANA: N_("Verdana"),
    Font.MONO: N_("Typewriter (Menlo, Consolas)"),
}
_AIR: Final = {
    Density.COMPACT: N_("Compact"),
    Density.REGULAR: N_("As it comes"),
    Density.AIRY: N_("Airy"),
}
_COLOURS: Final = {
    "page": (N_("Page"), N_("What the card lies on.")),
    "card": (N_("Card"), N_("The paper of stories.")),
    "text": (N_("Text"), N_("Titles and text.")),
    "muted": (N_("Muted text"), N_("Labels, counts and the footer.")),
    "rule": (N_("Hairlines"), N_("They only adorn, and need no contrast.")),
    "accent": (N_("The accent"), N_("Buttons, and links of pages.")),
    "on_accent": (N_("Text on the accent"), N_("What is written on a button.")),
}


def _measure(name: str, label: str, takes: str = _PIXELS) -> Setting:
    least, most = BOUNDS[name]
    return Setting(name, label, "number", takes, {"least": least, "most": most})


def _colours(scheme: str) -> tuple[Setting, ...]:
    return tuple(
        Setting(f"{scheme}/{name}", label, "colour", takes)
        for name, (label, takes) in _COLOURS.items()
    )


_LOGO: Final = N_("An https address of yours, as https://example.com/logo.png.")
SETTINGS: Final = (
    Setting("title_font", N_("Titles"), "choice", options=tuple(_FONTS.items())),
    Setting("title_families", N_("Own fonts before it"), "line", _OWN, {"most": MAX_FAMILIES}),
    Setting("text_font", N_("Text"), "choice", options=tuple(_FONTS.items())),
    Setting("text_families", N_("Own fonts before it"), "line", _OWN, {"most": MAX_FAMILIES}),
    *_colours("light"),
    *_colours("dark"),
    Setting("logo", N_("Logo"), "line", _LOGO),
    Setting("logo_dark", N_("Logo in dark mode"), "line", N_("Empty: the same.")),
    _measure("logo_width", N_("Width of the logo")),
    _measure("logo_height", N_("Height of the logo")),
    _measure("radius", N_("Roundness of buttons")),
    _measure("width", N_("Width of a mail")),
    Setting("density", N_("Air between stories"), "choice", options=tuple(_AIR.items())),
)
"""Every field of the look, in the order of the page."""


def written_look(look: Look) -> Texts:
    """Return the look as the form has it, by the names of its fields."""
    found: dict[str, str] = {}
    for name, value in look:
        if isinstance(value, BaseModel):
            found |= {f"{name}/{one}": str(colour) for one, colour in value}
        else:
            found[name] = str(value)
    return found


def typed_look(typed: Mapping[str, str]) -> Look:
    """Return the look that was typed; a field that is not there is as it comes.

    Raises:
        InvalidInput: naming each field that does not fit.
    """
    given: dict[str, Any] = {}
    for one in SETTINGS:
        if one.name not in typed:
            continue
        text = plain(typed[one.name])
        value = int(text) if one.kind == "number" and text.isdecimal() else text
        scheme, _, name = one.name.rpartition("/")
        (given.setdefault(scheme, {}) if scheme else given)[name] = value
    try:
        return Look.model_validate(given)
    except ValidationError as error:
        places = ("/".join(map(str, one["loc"])) for one in error.errors())
        wrong = [FieldError(f"/{place}", "") for place in places]
        raise InvalidInput(gettext("Something does not fit yet."), wrong) from None
