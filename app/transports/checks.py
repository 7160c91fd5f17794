"""Checks before the wire, the same for every transport; botocore looks at almost none of this.

What is wrong with one recipient is refused `never`, what is wrong with the mail itself `stop`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.transports.base import Mail, Recipient, Refused
from app.transports.headers import is_address, split_mailbox
from app.transports.slots import SlotError, Slots, missing_keys

MAX_HEADERS: Final = 15
"""Custom headers of one message, the mail's and the recipient's together. Source: SESv2 model."""

OWN_HEADERS: Final = frozenset(
    {"bcc", "cc", "date", "from", "message-id", "mime-version", "reply-to", "return-path"}
    | {"sender", "subject", "to", "x-devoured-delivery"}
)
"""Names, in lower case, that a transport or SES sets itself; so is all of `Content-*`."""

DELIVERY_HEADER: Final = "X-Devoured-Delivery"

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9][!-9;-~]{0,125}")
_HEADER_VALUE: Final = re.compile(r"[ -~]{1,995}")
_LONGEST_HEADER: Final = 996
_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SPECIAL_TAGS: Final = frozenset({"ses:feedback-id-a", "ses:feedback-id-b"})
_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Texts:
    """A mail that is fit to go out, its texts split at their slots.

    `keys` are all merge fields, `header_names` the mail's own, in lower case.
    """

    subject: Slots
    html: Slots
    text: Slots
    keys: frozenset[str]
    header_names: frozenset[str]


@dataclass(frozen=True)
class CheckedMail:
    """A mail that may go out, and who may not get it: a place per recipient, None if they may."""

    texts: Texts
    refused: list[Refused | None]


def read_texts(mail: Mail) -> Texts | Refused:
    """Return the mail's texts, or why it may go to nobody; the same for all calls of a Mail.

    Source: SESv2 `MessageHeaderName`, `MessageHeaderValue`, `MessageTag`; RFC 5322 2.1.1, 2.2.
    """
    fault = _mail_fault(mail)
    if fault is not None:
        return fault
    try:
        subject, html, text = (Slots.of(part) for part in (mail.subject, mail.html, mail.text))
    except SlotError as error:
        return _stop("bad_merge_field", str(error))
    keys = frozenset((*subject.keys, *html.keys, *text.keys))
    return Texts(subject, html, text, keys, frozenset(name.lower() for name in mail.headers))


def check_mail(
    texts: Texts | Refused, recipients: Sequence[Recipient], most: int
) -> CheckedMail | Refused:
    """Return which recipients may get the output of `read_texts`, or why nobody may."""
    if len(recipients) > most:
        return _stop("too_many_recipients", f"{len(recipients)}, at most {most} go at once")
    if isinstance(texts, Refused):
        return texts
    unknown = sorted(key for key in texts.keys if not any(key in one.fields for one in recipients))
    if unknown and recipients:
        return _stop("unknown_merge_field", f"nobody has a value for {', '.join(unknown)}")
    return CheckedMail(texts, [_recipient_fault(one, texts) for one in recipients])


def _mail_fault(mail: Mail) -> Refused | None:
    mailboxes = [mail.from_address, *([mail.reply_to] if mail.reply_to else [])]
    if not all(_is_mailbox(text) for text in mailboxes):
        return _stop("bad_sender", "From or Reply-To is not a mailbox")
    fault = _headers_fault(mail.headers)
    if fault or len(mail.headers) >= MAX_HEADERS:
        return _stop("bad_header", fault or f"more than {MAX_HEADERS} headers")
    if not all(_is_tag(name, value) for name, value in mail.tags.items()):
        return _stop("bad_tag", "a tag is not made of letters, digits, _ and -, or not ours to set")
    return _texts_fault(mail)


def _texts_fault(mail: Mail) -> Refused | None:
    if not _is_one_line(mail.subject):
        return _stop("bad_subject", "the subject holds a line break")
    if not all(_is_unicode(part) for part in (mail.subject, mail.html, mail.text)):
        return _stop("bad_text", "the mail holds half a character")
    if not (mail.html or mail.text):
        return _stop("empty_mail", "the mail has neither HTML nor text")
    return None


def _recipient_fault(one: Recipient, texts: Texts) -> Refused | None:
    if not is_address(one.address):
        return _never("bad_address", "the address cannot stand in an envelope")
    if not _TAG.fullmatch(one.delivery_id):
        return _never("bad_delivery_id", "it is not made of letters, digits, _ and -")
    fault = _headers_fault(one.headers)
    n_headers = 1 + len(texts.header_names.union(name.lower() for name in one.headers))
    if fault or n_headers > MAX_HEADERS:
        return _never("bad_header", fault or f"more than {MAX_HEADERS} headers")
    return _fields_fault(one.fields, texts)


def _fields_fault(fields: Mapping[str, str], texts: Texts) -> Refused | None:
    missing = missing_keys(texts.keys, fields)
    if missing:
        return _never("missing_merge_field", f"no value for {', '.join(missing)}")
    if not all(_is_unicode(fields[key]) for key in texts.keys):
        return _never("bad_merge_field", "a value holds half a character")
    if not all(_is_one_line(fields[key]) for key in texts.subject.keys):
        return _never("bad_merge_field", "a value for the subject holds a line break")
    return None


def _headers_fault(headers: Mapping[str, str]) -> str:
    """Return what is wrong with the headers, without their values; empty when nothing is."""
    if len(headers) > 1 and len({name.lower() for name in headers}) < len(headers):
        return "a header is there twice"
    for name, value in headers.items():
        if fault := _name_fault(name):
            return fault
        if not _HEADER_VALUE.fullmatch(value) or len(name) + len(value) > _LONGEST_HEADER:
            return f"{name} is not 1 to 995 printable ASCII characters"
    return ""


@lru_cache(maxsize=64)
def _name_fault(name: str) -> str:
    """Return what is wrong with a header's name; empty when nothing is.

    The result is cached: every mail has the same few names.
    """
    if not _HEADER_NAME.fullmatch(name):
        return "a header's name is not a name"
    if name.lower() in OWN_HEADERS or name.lower().startswith("content-"):
        return f"{name} is not ours to set"
    return ""


def _is_mailbox(text: str) -> bool:
    name, address = split_mailbox(text)
    fits = len(name) <= _LONGEST_NAME and _is_one_line(name) and _is_unicode(name)
    return fits and is_address(address)


def _is_one_line(text: str) -> bool:
    return "\r" not in text and "\n" not in text


def _is_unicode(text: str) -> bool:
    """Return whether the text can be written as UTF-8: it holds no half of a surrogate pair."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_tag(name: str, value: str) -> bool:
    named = name in _SPECIAL_TAGS or _TAG.fullmatch(name) is not None
    reserved = name in {"delivery_id", "attempt"}
    return named and not reserved and _TAG.fullmatch(value) is not None


def _never(code: str, detail: str) -> Refused:
    return Refused("never", code, detail)


def _stop(code: str, detail: str) -> Refused:
    return Refused("stop", code, detail)
