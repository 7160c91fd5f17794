"""SES's limits on one message: addresses, headers, tags; shapes.py asks them of every request.

botocore checks almost none of this, so a mistake shows here and not first in production.
"""

import re
from email.utils import parseaddr
from functools import lru_cache

from localdev.ses.faults import Invalid, constraint, wrong_type

MAX_ENTRIES = 50
MAX_RECIPIENTS = 50
MAX_HEADERS = 15
MAX_HEADER = 996
_MAX_VALUE = 995
MAX_TEMPLATE_DATA = 262_144
MAX_TEMPLATE_REQUEST = 1_000_000
MAX_MESSAGE = 40 * 1024 * 1024
MAX_ADDRESS = 320

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf'(?:{_ATOM}(?:\.{_ATOM})*|"[!#-\[\]-~]+")@(?:{_LABEL}\.)+{_LABEL}')
_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
_TAG = re.compile(r"(?:[A-Za-z0-9_-]{1,256}|ses:feedback-id-[ab])=[A-Za-z0-9_-]{1,256}")
_FORBIDDEN = frozenset(
    [
        "bcc",
        "cc",
        "content-disposition",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "reply-to",
        "return-path",
        "subject",
        "to",
    ]
)


def bare_address(value: object) -> str:
    """Return the address without its display name, in lower case.

    Raises:
        Fault: it is no string.
        Invalid: it is no address that SES takes: 7-bit ASCII, a Punycode domain, no CR or LF.

    Source: `Destination` in the SESv2 model (no SMTPUTF8).
    """
    if type(value) is not str:
        raise wrong_type("emailAddress")
    if _ADDRESS.fullmatch(value) and len(value) <= MAX_ADDRESS:
        return value.lower()
    if not value.strip():
        raise Invalid("Invalid email address .")
    if not value.isascii() or not value.isprintable():
        raise Invalid("Local address contains control or non-ASCII characters")
    address = parseaddr(value)[1]
    if "@" not in address:
        raise Invalid("Missing final '@domain'")
    if not value.endswith(f"<{address}>") or not _ADDRESS.fullmatch(address):
        raise Invalid("Illegal address")
    return address.lower()


def check_headers(value: object, place: str) -> dict[str, str]:
    """Header values by name, in their order.

    Raises:
        Fault: too many, or a name or value outside the model's pattern and length.
        Invalid: a name that SES sets itself, the same name twice, or name and value too long.

    Source: MessageHeaderName and MessageHeaderValue in the SESv2 model; SES developer guide,
    "Amazon SES header fields".
    """
    if value is None:
        return {}
    if type(value) is not list:
        raise wrong_type(place)
    if len(value) > MAX_HEADERS:
        raise constraint(place, f"Member must have length less than or equal to {MAX_HEADERS}")
    headers: dict[str, str] = {}
    for header in value:
        name, text = _pair(header, place)
        _check_header_name(name, place)
        if not (1 <= len(text) <= _MAX_VALUE and text.isascii() and text.isprintable()):
            rule = f"1 to {_MAX_VALUE} of the regular expression pattern [ -~]*"
            raise constraint(f"{place}.value", rule)
        if len(name) + len(text) > MAX_HEADER or name in headers:
            raise Invalid(f"Header too long or given twice: {name}")
        headers[name] = text
    return headers


def _check_header_name(name: str, place: str) -> None:
    """Fault for a name outside the model's pattern, Invalid for one that SES sets itself."""
    fit = _judge_header_name(name)
    if fit is None:
        rule = "1 to 126 of the regular expression pattern ^[!-9;-@A-~]+$"
        raise constraint(f"{place}.name", rule)
    if not fit:
        raise Invalid(f"Header not allowed: {name}")


@lru_cache(maxsize=256)
def _judge_header_name(name: str) -> bool | None:
    """Return True for a usable name, False for one of SES's own, None for no name at all.

    The result is cached, because the same few names come with every recipient.
    """
    if not _HEADER_NAME.fullmatch(name):
        return None
    return name.lower() not in _FORBIDDEN


def check_tags(value: object, place: str) -> dict[str, str]:
    """Tag values by name.

    Raises:
        Fault: not a list of names and values.
        Invalid: a name or value outside `[A-Za-z0-9_-]{1,256}`; `ses:feedback-id-a` and `-b` are
            the names that may have a colon.

    Source: MessageTag in the SESv2 model.
    """
    if value is None:
        return {}
    if type(value) is not list:
        raise wrong_type(place)
    tags: dict[str, str] = {}
    for tag in value:
        name, text = _pair(tag, place)
        if not _TAG.fullmatch(f"{name}={text}"):
            raise Invalid(f"Invalid tag: {name[:64]!r}")
        tags[name] = text
    return tags


def _pair(value: object, place: str) -> tuple[str, str]:
    """Name and Value of a header or a tag; Fault when one is missing or no string."""
    if type(value) is not dict:
        raise wrong_type(place)
    name, text = value.get("Name"), value.get("Value")
    if name is None or text is None:
        raise constraint(place, "Member must not be null")
    if type(name) is not str or type(text) is not str:
        raise wrong_type(place)
    return name, text
