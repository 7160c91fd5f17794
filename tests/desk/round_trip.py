"""Off to the provider and back, as a browser goes."""

import re
from html import unescape

import httpx2
from httpx2 import Response

from tests.desk.browsing import Browsing, text_of

LEAVE = "/desk/sign-in-by-provider"


def leave(browsing: Browsing, wanted: str = "") -> str:
    """Go off to the provider; return where it sends the browser back to."""
    page = browsing.post(LEAVE, {"wanted": wanted})
    assert page.status_code == 200, text_of(page)
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert found is not None
    sent = httpx2.get(unescape(found[1]), trust_env=False)
    assert sent.status_code == 302
    return sent.headers["location"].removeprefix(str(browsing.client.base_url).rstrip("/"))


def enter(browsing: Browsing, wanted: str = "") -> Response:
    return browsing.get(leave(browsing, wanted))


def is_in(browsing: Browsing) -> bool:
    return browsing.get("/desk/account").status_code == 200
