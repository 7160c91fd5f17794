"""Which colours of a look meet, and whether each can be read on the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.colours import EDGE, TEXT, contrast, rounded
from app.errors import FieldError
from app.look import Look
from app.sentences import N_, Sentence


@dataclass(frozen=True)
class Pair:
    """Two colours that meet: what is written or drawn, what it is on, and the contrast it needs."""

    colour: str
    ground: str
    enough: float


PAIRS: Final = (
    Pair("text", "card", TEXT),
    Pair("text", "page", TEXT),
    Pair("muted", "card", TEXT),
    Pair("muted", "page", TEXT),
    Pair("accent", "card", TEXT),
    Pair("accent", "page", EDGE),
    Pair("on_accent", "accent", TEXT),
)
"""Every pair of the look's colours that mails, letters and pages use. Hairlines only adorn."""

WORDS: Final[Mapping[str, str]] = {
    "text": N_("Text"),
    "muted": N_("Muted text"),
    "accent": N_("The accent"),
    "on_accent": N_("Text on the accent"),
}
_ON: Final[Mapping[tuple[str, str], str]] = {
    ("light", "card"): N_("on the light card"),
    ("light", "page"): N_("on the light page"),
    ("light", "accent"): N_("in light mode"),
    ("dark", "card"): N_("on the dark card"),
    ("dark", "page"): N_("on the dark page"),
    ("dark", "accent"): N_("in dark mode"),
}
_FAINT: Final = N_(
    "%(what)s %(where)s: %(colour)s on %(ground)s has a contrast of %(ratio)s to 1; it needs"
    " %(enough)s."
)
_ON_LIGHT: Final = N_(
    "%(category)s: %(colour)s on the light card has a contrast of %(ratio)s to 1; text needs"
    " %(enough)s."
)
_ON_DARK: Final = N_(
    "%(category)s: %(colour)s on the dark card has a contrast of %(ratio)s to 1; text needs"
    " %(enough)s."
)


@dataclass(frozen=True)
class Measured:
    """A pair in one scheme, and its contrast."""

    scheme: str
    pair: Pair
    colour: str
    ground: str
    ratio: float

    @property
    def is_enough(self) -> bool:
        """Return whether it can be read, or seen."""
        return self.ratio >= self.pair.enough

    @property
    def words(self) -> tuple[str, str]:
        """Return what is written and on what, to be translated."""
        return WORDS[self.pair.colour], _ON[self.scheme, self.pair.ground]

    def fault(self) -> FieldError:
        """Return what is wrong with it, at its colour's field."""
        what, where = self.words
        sentence = Sentence(
            _FAINT,
            what=Sentence(what),
            where=Sentence(where),
            colour=self.colour,
            ground=self.ground,
            ratio=rounded(self.ratio),
            enough=self.pair.enough,
        )
        return FieldError(f"/{self.scheme}/{self.pair.colour}", sentence)


def measured(look: Look) -> Iterator[Measured]:
    """Measure every pair of colours that meet, in light and in dark."""
    for scheme, colours in (("light", look.light), ("dark", look.dark)):
        for pair in PAIRS:
            colour, ground = getattr(colours, pair.colour), getattr(colours, pair.ground)
            yield Measured(scheme, pair, colour, ground, contrast(colour, ground))


def faint_accents(
    name: str, accent: str, accent_dark: str, look: Look
) -> Iterator[tuple[str, Sentence]]:
    """Yield the accents of a category, by field, that cannot be read on the card of the look.

    Accents colour heads and links of 13 to 15 pixels.
    """
    for field, colour, card, form in (
        ("accent", accent, look.light.card, _ON_LIGHT),
        ("accent_dark", accent_dark, look.dark.card, _ON_DARK),
    ):
        ratio = contrast(colour, card)
        if ratio < TEXT:
            values = {"category": name, "colour": colour}
            yield field, Sentence(form, **values, ratio=rounded(ratio), enough=TEXT)
