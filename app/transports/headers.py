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
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PAIR: Final = re.compile(r"\\(.)")
_GOES_ON: Final = re.compile(r"[,;]|>\s*\S")
_LONGEST_LOCAL: Final = 64
_LONGEST_ADDRESS: Final = 254
_LONGEST_LINE: Final = 76
_SUBJECT_ROOM: Final = _LONGEST_LINE - len("Subject: ")


def is_address(text: str) -> bool:
    """Return whether this is a bare ASCII address that can stand in an envelope.

    Quoted local parts are refused: no provider that matters takes them.

    Source: RFC 5321 4.1.2 and 4.5.3.1.1; SESv2 `Destination` (no SMTPUTF8).
    """
    fits = len(text) <= _LONGEST_ADDRESS and text.find("@") <= _LONGEST_LOCAL
    return fits and _BARE.fullmatch(text) is not None


def split_mailbox(text: str) -> tuple[str, str]:
    """Split `Name <address>`, or a bare address, into display name and address.

    The name may be empty; it is taken out of its quotation marks where all of it stands in one
    pair. Nothing is checked. The last `<` divides, so that a name may hold commas and brackets.
    Source: RFC 5322 3.2.4.
    """
    text = text.strip()
    if not text.endswith(">"):
        return "", text
    name, _, address = text[:-1].rpartition("<")
    name = name.strip()
    quoted = _QUOTED.fullmatch(name)
    return (_PAIR.sub(r"\1", quoted[1]) if quoted else name), address.strip()


def domain_of_mailbox(text: str) -> str:
    """Return the domain of `Name <address>` in small letters; empty where there is none."""
    return split_mailbox(text)[1].rpartition("@")[2].lower()


def written_mailbox(name: str, address: str) -> str:
    """Write a display name and an address so that `split_mailbox` gives both back.

    The name stays in the letters it has; `mailbox` makes it ASCII.
    """
    if not name:
        return address
    plain = f"{name} <{address}>"
    if not set(name) & set('"\\<>@') and split_mailbox(plain) == (name, address):
        return plain
    return f"{_quoted(name)} <{address}>"


def names_two_addresses(text: str) -> bool:
    """Return whether `Name <address>` goes on after an address, as in a list of addresses.

    Text in quotation marks counts as a name.
    """
    rest = _QUOTED.sub("", text.strip())
    return rest.count("@") > 1 and _GOES_ON.search(rest) is not None


def mailbox(text: str) -> str:
    """Write `Name <address>` in ASCII on one line."""
    name, address = split_mailbox(text)
    return phrase_and(name, address) if name else address


def phrase_and(phrase: str, inner: str) -> str:
    """Write `phrase <inner>` in ASCII on one line, the phrase quoted or encoded where it must be.

    Source: RFC 5322 3.4; RFC 2047 5(3) for phrases that are not ASCII.
    """
    if not _PRINTABLE.fullmatch(phrase) or "=?" in phrase:
        return f"{_encoded(phrase, 'From')} <{inner}>".replace("\r\n", "")
    if not _ATOMS.fullmatch(phrase):
        phrase = _quoted(phrase)
    return f"{phrase} <{inner}>"


def subject(text: str) -> str:
    """Return the subject in ASCII, folded with CRLF: unchanged if plain, else in encoded words.

    Source: RFC 2047 section 2 (an encoded word has at most 75 characters, a line 76).
    """
    if _PRINTABLE.fullmatch(text) and "=?" not in text and text == text.strip():
        if len(text) <= _SUBJECT_ROOM:
            return text
        lines = textwrap.wrap(text, _SUBJECT_ROOM, break_long_words=False, break_on_hyphens=False)
        if " ".join(lines) == text and max(map(len, lines)) <= _SUBJECT_ROOM:
            return "\r\n ".join(lines)
    return _encoded(text, "Subject")


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded(text: str, name: str) -> str:
    return Header(text, "utf-8", header_name=name).encode(linesep="\r\n", maxlinelen=_LONGEST_LINE)
