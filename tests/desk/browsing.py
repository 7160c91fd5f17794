"""A browser as the desk sees it: its cookies, and forms sent from the page they stand on."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

from fastapi.testclient import TestClient
from httpx2 import Response

from app.models import Subscriber

AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_TOKEN: Final = re.compile(r'name="form_token" value="([^"]+)"')


@dataclass
class Browsing:
    """Somebody at a browser; `token` is what the last page had in its forms."""

    client: TestClient
    token: str = ""

    def get(self, path: str, **given: Any) -> Response:
        answer = self.client.get(path, **given)
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **given: Any) -> Response:
        """Send a form as a browser sends one of the page it shows."""
        headers = {"Sec-Fetch-Site": "same-origin"} | given.pop("headers", {})
        return self.client.post(
            path, data={"form_token": self.token, **(data or {})}, headers=headers, **given
        )

    def form_token(self) -> str:
        """Return the token of the session, from a page that everybody has."""
        self.get("/desk/account")
        return self.token


def text_of(answer: Response) -> str:
    """Return what a person reads, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def said_by(answer: Response) -> str:
    """Return what a person reads; a comma behind a tag stands where it belongs."""
    return text_of(answer).replace(" ,", ",")


def whole(browsing: Browsing) -> str:
    """Return what a person reads on Today, with what is counted afterwards."""
    return said_by(browsing.get("/desk?whole=1"))


def story_of(browsing: Browsing, reader: Subscriber, query: str = "") -> str:
    """Return what a person reads on a reader's page."""
    return said_by(browsing.get(f"/desk/readers/{reader.id}{query}"))


def figures(answer: Response) -> list[str]:
    """Return each figure with its name, as `2 waiting`."""
    found = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", answer.text)
    return [f"{figure} {name}" for name, figure in found]
