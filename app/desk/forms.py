"""Forms: only those of our own pages are taken, with the token of the session they were made for.

Source: the Fetch Metadata and Fetch standards (`Sec-Fetch-Site`, `Origin`), and OWASP's sheet on
cross-site request forgery.
"""

import hmac
from base64 import urlsafe_b64encode
from typing import Annotated, Final

from fastapi import Form, Request

from app.errors import Forbidden
from app.pages.language import N_
from app.settings import Settings
from app.web_addresses import origin_of

FIELD: Final = "form_token"
HEADER: Final = "X-Form-Token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Number = Annotated[int, Form(ge=0, le=2**53)]
"""A number that a page's form sends, as a version or a line."""

MaybeNumber = Annotated[int | None, Form(ge=0, le=2**53)]

_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOST_FIELDS: Final = 200


class NotFromHere(Forbidden):
    """A form that another site may have sent, or one that is older than its session."""

    title = "This form is not one of ours"


_DIGITS: Final = 13
"""So many has an instant in milliseconds, the longest number that a page sends."""


def whole_number(typed: str) -> int:
    """Return the whole number that was typed, or stands in an address; 0 where it is none."""
    text = typed.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def form_token(secret: str) -> str:
    """Return what every form of a session carries; nobody can make it without the cookie."""
    digest = hmac.digest(secret.encode(errors="replace"), b"devoured.desk.form", "sha256")
    return urlsafe_b64encode(digest[:18]).decode()


async def posted_token(request: Request) -> str:
    """Return the token that a form or a script sent; empty where there is none."""
    given = request.headers.get(HEADER, "")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in SAFE_METHODS or given or kind not in _FORMS:
        return given
    value = (await request.form(max_fields=_MOST_FIELDS)).get(FIELD)
    return value if isinstance(value, str) else ""


def check_token(posted: str, expected: str) -> None:
    """Raise NotFromHere unless a form carries the token of its session."""
    if not hmac.compare_digest(posted.encode(errors="replace"), expected.encode()):
        raise NotFromHere(
            N_("This form is too old. Please go back, reload the page and try again.")
        )


def check_origin(request: Request) -> None:
    """Raise NotFromHere for what changes something and does not come from a page of ours.

    Browsers say so themselves, and no page can make them say otherwise. The oldest say only the
    origin; what says neither is no browser.
    """
    if request.method in SAFE_METHODS or is_from_here(
        request, request.app.state.container.settings
    ):
        return
    raise NotFromHere(N_("This form came from another site. Please use the one of the desk."))


def is_from_here(request: Request, settings: Settings) -> bool:
    """Return whether the browser says that a page of ours sent this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("origin") == origin_of(settings.base_url)
