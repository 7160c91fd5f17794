"""Where the folders are that come with the code and are no Python packages."""

from pathlib import Path
from typing import Final

_APP: Final = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Return `emails` or `migrations`: in a wheel inside `app` (setup.py), else beside it."""
    inside = _APP / folder
    return inside if inside.is_dir() else _APP.parent / folder
