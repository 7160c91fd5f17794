"""A web address: what a story, a sponsor or a page of ours may link to."""

import re
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

import idna

MAX_URL: Final = 2_000
"""Characters; what is longer is taken from nobody."""

WEB_SCHEMES: Final = frozenset({"http", "https"})

_USUAL_PORTS: Final = {"http": 80, "https": 443}

# The characters that RFC 3986 leaves out of every URI; braces would also open a merge field. And
# those that turn the direction of what is read: an address would look like another one.
# Source: RFC 3987, section 4.1; UAX 9, 2 (explicit formatting characters).
_NEVER_IN_ONE: Final = re.compile(
    r"[\s{}\"<>\\^`|\x00-\x20\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def web_parts(text: str) -> SplitResult | None:
    """Return the parts of an absolute http or https address with a host; None for another text.

    Source: RFC 3986, section 3.2.2 (host).
    """
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in WEB_SCHEMES and bool(parts.hostname)
    except ValueError:
        return None
    return parts if is_one else None


def is_web_address(text: str) -> bool:
    """Return whether a text can be taken as an address to link to, just as it is.

    Source: RFC 3986, section 2 (characters).
    """
    is_clean = len(text) <= MAX_URL and not _NEVER_IN_ONE.search(text)
    return is_clean and web_parts(text) is not None


def web_address(stored: str) -> str:
    """Return what can stand as a link: the address, its odd characters percent-encoded.

    Empty where it is no address of the web: nothing of ours ever links to `javascript:`.
    """
    encoded = _NEVER_IN_ONE.sub(lambda found: quote(found[0]), stored.strip())
    return encoded if web_parts(encoded) else ""


def host_of(stored: str) -> str:
    """Return `example.org` for `https://www.example.org/x`; empty where it is no web address."""
    parts = web_parts(web_address(stored))
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def origin_of(address: str) -> str:
    """Return the origin of an absolute web address, as browsers write it.

    That is in lower case, the host in ASCII, without the port that its scheme has anyway.
    Source: the HTML standard, "serialization of an origin"; RFC 6454 section 6.2.

    Raises:
        ValueError: its host or its port is none.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode()
    host = f"[{host}]" if ":" in host else host
    is_usual = parts.port in {None, _USUAL_PORTS.get(parts.scheme)}
    return f"{parts.scheme}://{host}{'' if is_usual else f':{parts.port}'}"


def plain_base(address: str) -> str:
    """Return an address that paths are put behind: its origin as browsers write it, and its path.

    Raises:
        ValueError: it is no http(s) address, names a user, or has a query.
    """
    parts = urlsplit(address)
    is_web = is_web_address(address.strip()) and "@" not in parts.netloc
    if not is_web or parts.query or parts.fragment:
        raise ValueError("must be an http(s) address with a host and no query")
    return origin_of(address) + parts.path.rstrip("/")
