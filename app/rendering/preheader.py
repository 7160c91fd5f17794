"""Preheader: what inboxes show beside the subject, read out of a finished mail."""

import re
from html import unescape
from typing import Final

from app.rendering.lines import FILLER, one_line

# MJML's compiler writes it first in the body, in a block that is not displayed.
_HIDDEN: Final = re.compile(
    r'<body[^>]*>\s*<div style="display:\s*none;[^"]*">(.*?)</div>', re.DOTALL
)


def preheader_in(html: str) -> str:
    """Return the preheader of finished HTML in one line of plain text; empty where it has none."""
    found = _HIDDEN.search(html)
    return one_line(unescape(found[1]).rstrip(FILLER)) if found else ""
