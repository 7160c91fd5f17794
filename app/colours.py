"""Colours as `#rrggbb`: how well one can be read on another."""

from math import floor
from typing import Final

HEX: Final = r"^#[0-9A-Fa-f]{6}$"

TEXT: Final = 4.5
"""The least contrast of text, whatever its size: labels and links have 13 to 17 pixels.

Source: WCAG 2.2, success criterion 1.4.3 Contrast (Minimum), level AA.
"""

EDGE: Final = 3.0
"""The least contrast of what has to be seen and is no text: a button, the ring around a field.

Source: WCAG 2.2, success criterion 1.4.11 Non-text Contrast, level AA; and 1.4.3 for large text.
"""

_LINEAR_BELOW: Final = 0.04045


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, the same in either order.

    Source: WCAG 2.2, definition of contrast ratio.
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def rounded(ratio: float) -> float:
    """Round down to a tenth, so that 4.46 is not said to be the 4.5 that it lacks."""
    return floor(ratio * 10) / 10


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    """Return the linear value. Source: WCAG 2.2, definition of relative luminance."""
    return channel / 12.92 if channel <= _LINEAR_BELOW else ((channel + 0.055) / 1.055) ** 2.4
