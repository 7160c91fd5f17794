"""What a browser says of itself, as a person would call it: `Firefox on Linux`."""

from typing import Final

UNKNOWN: Final = "unknown"

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
"""The first that stands in a `User-Agent` counts: each names those after it, too."""


def agent_of(user_agent: str) -> str:
    """Return the names of browser and system, or of what is known of them; else UNKNOWN."""
    found = [
        next((name for mark, name in marks if mark in user_agent), "")
        for marks in (_BROWSERS, _SYSTEMS)
    ]
    return " on ".join(name for name in found if name) or UNKNOWN
