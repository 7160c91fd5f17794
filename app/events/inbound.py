"""Inbound: what counts of a mail that came to us by SES (pure).

That is the address it went to, as SES was told it on the wire, and nothing that the mail says:
whoever sends it can write there what they like (docs/adr/0044).
Source: SES developer guide, "Contents of notifications for Amazon SES email receiving".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import orjson

from app.delivery.leaving import token_in
from app.events.tolerant_json import mapping, mappings, read_json

RECEIVED: Final = "Received"
"""The `notificationType` of what SES says of a mail that came to us."""

AUTOMATIC: Final = "automatic"
"""What stands for the verdicts of a mail that a machine answered ours with: it says nothing."""

_RECEIVED: Final = f'"{RECEIVED}"'
_CONTENT: Final = '"content"'
_MAX_TOKENS: Final = 50
_VERDICTS: Final = ("spam", "virus", "spf", "dkim", "dmarc")
_VERDICT: Final = re.compile(r"[A-Za-z_]{1,20}")
_ANSWERS: Final = frozenset({"auto-replied", "auto-notified"})
_MARKS: Final = frozenset({"x-autoreply", "x-autorespond", "x-autoresponder"})


@dataclass(frozen=True, slots=True)
class InboundMail:
    """The leave tokens that a mail to us was addressed to, and what SES thinks of it, as a line."""

    tokens: tuple[str, ...] = field(repr=False)
    verdicts: str


def inbound_of(mail: Mapping[str, Any], receipt: Mapping[str, Any]) -> InboundMail:
    """Return what counts of a mail to us, however little of the two can be read.

    An answer that a machine gave counts for nothing: that somebody is away, or that a mailbox is
    full, is no wish to leave.
    """
    if _is_answer_of_machine(mail):
        return InboundMail((), AUTOMATIC)
    return InboundMail(tuple(islice(_tokens(receipt), _MAX_TOKENS)), _verdicts(receipt))


def without_content(message: str) -> str:
    """Return what SES says of a mail to us without the mail itself; anything else as it is.

    Anybody can send us 150 KB, and what a reader writes there is not for us.
    """
    if _RECEIVED not in message or _CONTENT not in message:
        return message
    try:
        told = read_json(message)
    except ValueError:
        return message
    if not isinstance(told, dict) or told.get("notificationType") != RECEIVED:
        return message
    return orjson.dumps({name: told[name] for name in told if name != "content"}).decode()


def _tokens(receipt: Mapping[str, Any]) -> Iterator[str]:
    recipients = receipt.get("recipients")
    texts = recipients if isinstance(recipients, list) else ()
    found = (token_in(one) for one in texts if isinstance(one, str))
    yield from dict.fromkeys(one for one in found if one is not None)


def _verdicts(receipt: Mapping[str, Any]) -> str:
    """Return `spam pass, virus pass, dkim fail` and so on; what SES did not look at is left out."""
    said = ((one, mapping(receipt.get(f"{one}Verdict")).get("status")) for one in _VERDICTS)
    return ", ".join(
        f"{one} {status.lower()}"
        for one, status in said
        if isinstance(status, str) and _VERDICT.fullmatch(status)
    )


def _is_answer_of_machine(mail: Mapping[str, Any]) -> bool:
    """Return whether a machine answers a mail of ours, or says that it came back.

    A mail that a mailbox's own button made (`auto-generated`, if it says anything) is none.
    Source: RFC 3834 sections 3.1.7 and 5; RFC 6522 for reports.
    """
    source = mail.get("source")
    if isinstance(source, str) and source.strip() in {"", "<>"}:
        return True
    for header in mappings(mail.get("headers")):
        name, value = header.get("name"), header.get("value")
        if isinstance(name, str) and isinstance(value, str) and _marks_answer(name, value):
            return True
    return False


def _marks_answer(name: str, value: str) -> bool:
    name, said = name.strip().lower(), value.strip().lower()
    match name:
        case "auto-submitted":
            return re.split(r"[;(\s]", said, maxsplit=1)[0] in _ANSWERS
        case "return-path":
            return said == "<>"
        case "precedence":
            return said == "auto_reply"
        case "content-type":
            return said.startswith("multipart/report")
        case _:
            return name in _MARKS
