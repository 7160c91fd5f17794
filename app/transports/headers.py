"""Header values as they go over the wire: mailboxes and subjects, encoded where they must be.

SES encodes the subject of a template itself, but neither display names nor custom headers.
"""

import re
import textwrap
from email.header import Header
from typing import Final

_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_PRINTABLE: Final = re.compile(r"[ -~]*")
_BARE: Final = re.compile(r"[!#-'*+/-9=?A-Z^-~-]+(?:\.[!#-'*+/-9=?A-Z^-~-]+)*@[A-Za-z0-9.-]+")
_LONGEST_ADDRESS: Final = 254
_LONGEST_LINE: Final = 76
_SUBJECT_ROOM: Final = _LONGEST_LINE - len("Subject: ")


def is_address(text: str) -> bool:
    """Whether this is a bare ASCII address that can stand in an envelope.

    Quoted local parts are refused: no provider that matters takes them.
    Source: RFC 5321 4.1.2; SESv2 `Destination` (no SMTPUTF8).
    """
    return len(text) <= _LONGEST_ADDRESS and _BARE.fullmatch(text) is not None


def split_mailbox(text: str) -> tuple[str, str]:
    """Display name and address of `Name <address>` or of a bare address; the name may be empty.

    Nothing is checked. The last `<` divides, so that a name may hold commas and brackets.
    """
    text = text.strip()
    if not text.endswith(">"):
        return "", text
    name, _, address = text[:-1].rpartition("<")
    return name.strip().removeprefix('"').removesuffix('"'), address.strip()


def mailbox(text: str) -> str:
    """`Name <address>` in ASCII on one line.

    Source: RFC 5322 3.4; RFC 2047 5(3) for names that are not ASCII.
    """
    name, address = split_mailbox(text)
    if not name:
        return address
    if not _PRINTABLE.fullmatch(name) or "=?" in name:
        return f"{_encoded(name, 'From')} <{address}>".replace("\r\n", "")
    if not _ATOMS.fullmatch(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address}>"


def subject(text: str) -> str:
    """The subject in ASCII, folded with CRLF: as it is when it is plain, else in encoded words.

    Source: RFC 2047 section 2 (an encoded word has at most 75 characters, a line 76).
    """
    if _PRINTABLE.fullmatch(text) and "=?" not in text and text == text.strip():
        if len(text) <= _SUBJECT_ROOM:
            return text
        lines = textwrap.wrap(text, _SUBJECT_ROOM, break_long_words=False, break_on_hyphens=False)
        if " ".join(lines) == text and max(map(len, lines)) <= _SUBJECT_ROOM:
            return "\r\n ".join(lines)
    return _encoded(text, "Subject")


def _encoded(text: str, name: str) -> str:
    return Header(text, "utf-8", header_name=name).encode(linesep="\r\n", maxlinelen=_LONGEST_LINE)
