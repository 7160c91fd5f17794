"""The look of a publication: fonts, colours, logo and measures of its mails, letters and pages.

What is left out is as it comes with Devoured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.colours import HEX

Colour = Annotated[str, StringConstraints(pattern=HEX, to_upper=True), Field(examples=["#5B3FD6"])]

MAX_FAMILIES: Final = 100
MAX_LOGO: Final = 500
FAMILIES: Final = r"^([A-Za-z0-9][A-Za-z0-9 -]*(, ?[A-Za-z0-9][A-Za-z0-9 -]*)*)?$"
"""Names of fonts. They are put in quotes, and hold nothing that could end these."""

LOGO: Final = r"^(https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/[A-Za-z0-9._~%/+=&?@:,-]*)?$"
"""An address whose host can stand in a Content-Security-Policy as it is."""

BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "logo_width": (16, 320),
    "logo_height": (16, 160),
    "radius": (0, 24),
    "width": (480, 720),
}
"""The least and the most of each measure, in pixels."""


class Font(StrEnum):
    """A stack of fonts that machines have already: nothing is ever loaded."""

    OLD_STYLE = "old_style"
    TRANSITIONAL = "transitional"
    GEORGIA = "georgia"
    SLAB = "slab"
    SYSTEM = "system"
    HELVETICA = "helvetica"
    HUMANIST = "humanist"
    VERDANA = "verdana"
    MONO = "mono"


class Density(StrEnum):
    """How much air there is between parts of a mail or page."""

    COMPACT = "compact"
    REGULAR = "regular"
    AIRY = "airy"


@dataclass(frozen=True)
class Stack:
    """The families of a font, and the one that Outlook for Windows shows, which knows few."""

    families: str
    outlook: str


STACKS: Final[Mapping[Font, Stack]] = {
    Font.OLD_STYLE: Stack("Iowan Old Style,Palatino,Georgia,serif", "Georgia,serif"),
    Font.TRANSITIONAL: Stack("Charter,Cambria,Georgia,serif", "Georgia,serif"),
    Font.GEORGIA: Stack("Georgia,Times New Roman,serif", "Georgia,serif"),
    Font.SLAB: Stack("Rockwell,Roboto Slab,Georgia,serif", "Rockwell,serif"),
    Font.SYSTEM: Stack(
        "-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif", "Arial,sans-serif"
    ),
    Font.HELVETICA: Stack("Helvetica Neue,Helvetica,Arial,sans-serif", "Arial,sans-serif"),
    Font.HUMANIST: Stack("Seravek,Gill Sans,Ubuntu,Calibri,sans-serif", "Calibri,sans-serif"),
    Font.VERDANA: Stack("Verdana,Geneva,DejaVu Sans,sans-serif", "Verdana,sans-serif"),
    Font.MONO: Stack(
        "ui-monospace,SFMono-Regular,Menlo,Consolas,monospace", "Courier New,monospace"
    ),
}
AIR: Final[Mapping[Density, float]] = {
    Density.COMPACT: 0.7,
    Density.REGULAR: 1.0,
    Density.AIRY: 1.35,
}
"""What spaces are multiplied by."""

_OWN: Final = "Own families, divided by commas; where a machine has them, they come"
_HERE: Final = ConfigDict(frozen=True, extra="forbid")


class Light(BaseModel):
    """The colours of the light scheme."""

    model_config = _HERE

    page: Colour = Field(default="#F6F3EE", description="What the card lies on.")
    card: Colour = Field(default="#FFFFFF", description="The paper of stories.")
    text: Colour = Field(default="#1C1B19", description="Titles and text.")
    muted: Colour = Field(default="#5F5A52", description="Labels, counts and the footer.")
    rule: Colour = Field(default="#E4DFD6", description="Hairlines, which only adorn.")
    accent: Colour = Field(default="#B4371F", description="Buttons, and links of pages.")
    on_accent: Colour = Field(default="#FFFFFF", description="What is written on a button.")


class Dark(Light):
    """The colours of the dark scheme."""

    page: Colour = Field(default="#161513", description="What the card lies on.")
    card: Colour = Field(default="#1F1E1B", description="The paper of stories.")
    text: Colour = Field(default="#EDE9E2", description="Titles and text.")
    muted: Colour = Field(default="#B3ABA0", description="Labels, counts and the footer.")
    rule: Colour = Field(default="#37342F", description="Hairlines, which only adorn.")
    accent: Colour = Field(default="#F58A72", description="Buttons, and links of pages.")
    on_accent: Colour = Field(default="#161513", description="What is written on a button.")


_Families = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=MAX_FAMILIES, pattern=FAMILIES)
]
_Logo = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_LOGO, pattern=LOGO)]


def _pixels(name: str, default: int, description: str) -> Any:
    least, most = BOUNDS[name]
    return Field(default=default, ge=least, le=most, strict=True, description=description)


class Look(BaseModel):
    """The look of mails, letters and pages; what is left out is as it comes with Devoured."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title_font": "georgia",
                    "light": {"accent": "#1F5FA8"},
                    "dark": {"accent": "#8AB8F0"},
                    "radius": 0,
                }
            ]
        },
    )
    title_font: Font = Field(default=Font.OLD_STYLE, description="The fonts of titles.")
    title_families: _Families = Field(
        default="", description=f"{_OWN} before `title_font`.", examples=["Source Serif 4"]
    )
    text_font: Font = Field(default=Font.SYSTEM, description="The fonts of all else.")
    text_families: _Families = Field(
        default="", description=f"{_OWN} before `text_font`.", examples=["Source Sans 3"]
    )
    light: Light = Light()
    dark: Dark = Dark()
    logo: _Logo = Field(
        default="",
        description="The https address of a picture that stands for the name; empty for none.",
        examples=["https://www.example.com/logo.png"],
    )
    logo_dark: _Logo = Field(
        default="",
        description="The same for dark; empty where `logo` serves both.",
        examples=["https://www.example.com/logo-dark.png"],
    )
    logo_width: int = _pixels("logo_width", 160, "How wide it is shown, in pixels.")
    logo_height: int = _pixels("logo_height", 40, "How high it is shown, in pixels.")
    radius: int = _pixels("radius", 6, "How round buttons are, in pixels.")
    width: int = _pixels("width", 640, "How wide the card of a mail is, in pixels.")
    density: Density = Field(default=Density.REGULAR, description="How much air there is.")

    @property
    def titles(self) -> Markup:
        """Return the families of titles, as a stylesheet or a template writes them."""
        return _families(self.title_families, self.title_font)

    @property
    def texts(self) -> Markup:
        """Return the families of all else."""
        return _families(self.text_families, self.text_font)

    @property
    def labels(self) -> Markup:
        """Return the families of labels within titles, short: every story says them."""
        short = STACKS[self.text_font].outlook
        if self.text_font is Font.SYSTEM:
            short = f"Roboto,{short}"
        return _listed(self.text_families, short)

    @property
    def outlook_titles(self) -> str:
        """Return the families of titles in Outlook for Windows."""
        return STACKS[self.title_font].outlook

    @property
    def outlook_texts(self) -> str:
        """Return the families of all else in Outlook for Windows."""
        return STACKS[self.text_font].outlook

    def air(self, pixels: int) -> int:
        """Return a space as wide as the density has it."""
        return round(pixels * AIR[self.density])


OURS: Final = Look()
"""The look that comes with Devoured."""


def _families(own: str, font: Font) -> Markup:
    """Return own families, and then those of `font`."""
    return _listed(own, STACKS[font].families)


def _listed(own: str, others: str) -> Markup:
    """Return own families in quotes, as a name may begin with a digit, and then others."""
    names = [f"'{name.strip()}'" for name in own.split(",") if name.strip()]
    # What may stand in a name (`FAMILIES`) can neither end a quote nor open a tag.
    return Markup(",".join([*names, others]))  # noqa: S704 - as said above
