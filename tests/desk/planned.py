"""An issue that is about to be approved, and what its plan's page sends."""

import re
from html import unescape

from httpx2 import Response

from tests.desk.browsing import Browsing, text_of


def said(answer: Response) -> str:
    """Return what a person reads; a comma behind a tag stands where it belongs."""
    return text_of(answer).replace(" ,", ",").replace(" .", ".")


def whole(browsing: Browsing, path: str) -> Response:
    """Return a page with what is counted, as somebody without scripts follows its link."""
    shell = browsing.get(path)
    assert shell.status_code == 200, shell.text
    ask = re.search(r'<noscript><p><a [^>]*href="([^"]+)"', shell.text)
    assert ask, shell.text
    return browsing.get(unescape(ask[1]))


def field(answer: Response, name: str) -> str:
    """Return what a form of the page sends under this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, f"no {name} in {text_of(answer)}"
    return unescape(found[1])
