"""Whose images a page or a mail may load in a browser: ours, the logos', and nobody else's."""

from collections.abc import Mapping
from typing import Final

from app.look import Look
from app.web_addresses import origin_of

_POLICY: Final = "Content-Security-Policy"


def page_images(look: Look | None) -> str:
    """Return the sources of a page's images, as a policy says them."""
    return _sources("'self'", look)


def admit_mail_images(headers: Mapping[str, str], look: Look, base_url: str) -> dict[str, str]:
    """Return the headers of a mail that a browser shows, with whose images it may load.

    Ours are named by the origin of the base address, where mails say they are: to a mail in a
    sandbox, `'self'` is nobody.
    """
    sources = _sources(origin_of(base_url), look)
    return {**headers, _POLICY: f"{headers[_POLICY]}; img-src {sources}"}


def _sources(own: str, look: Look | None) -> str:
    logos = (look.logo, look.logo_dark) if look else ()
    return " ".join(dict.fromkeys([own, *(origin_of(one) for one in logos if one)]))
