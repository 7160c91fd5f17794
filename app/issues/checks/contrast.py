"""Whether a category's accents can be read on the card, in light and in dark."""

from collections.abc import Iterator
from math import floor
from typing import Final

from app.issues.checks.facts import IssueFacts
from app.issues.checks.finding import Finding, Location, blocks
from app.sentences import N_, Sentence

CARD: Final = "#FFFFFF"
CARD_DARK: Final = "#1F1E1B"
"""The paper that a mail's sections are printed on, as in `emails/layout.mjml.j2`."""

ENOUGH: Final = 4.5
"""Contrast that text needs: accents colour heads and links of 13 to 15 pixels.

Source: WCAG 2.2, success criterion 1.4.3 Contrast (Minimum), level AA.
"""

_ON_LIGHT: Final = N_(
    "%(category)s: %(colour)s on the light card has a contrast of %(ratio)s to 1; text needs"
    " %(enough)s."
)
_ON_DARK: Final = N_(
    "%(category)s: %(colour)s on the dark card has a contrast of %(ratio)s to 1; text needs"
    " %(enough)s."
)
_DARKER: Final = N_("Choose a darker accent.")
_LIGHTER: Final = N_("Choose a lighter accent.")

_LINEAR_BELOW: Final = 0.04045


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colours, 1 to 21, the same in either order.

    Source: WCAG 2.2, definition of contrast ratio.
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable_accents(facts: IssueFacts) -> Iterator[Finding]:
    """Find accents of the Issue's categories with too little contrast against the card."""
    used = facts.slugs_with_stories()
    for category in facts.categories:
        if category.slug not in used:
            continue
        for field, colour, card, detail, mend in (
            ("accent", category.accent, CARD, _ON_LIGHT, _DARKER),
            ("accent_dark", category.accent_dark, CARD_DARK, _ON_DARK, _LIGHTER),
        ):
            ratio = contrast(colour, card)
            if ratio < ENOUGH:
                values = {"category": category.name, "colour": colour}
                yield blocks(
                    "low_contrast",
                    Sentence(detail, **values, ratio=_rounded(ratio), enough=ENOUGH),
                    Sentence(mend),
                    Location(category=category.slug, field=field),
                )


def _rounded(ratio: float) -> float:
    """Round down, so that 4.46 is not said to be the 4.5 that it lacks."""
    return floor(ratio * 10) / 10


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    """Return the linear value. Source: WCAG 2.2, definition of relative luminance."""
    return channel / 12.92 if channel <= _LINEAR_BELOW else ((channel + 0.055) / 1.055) ** 2.4
