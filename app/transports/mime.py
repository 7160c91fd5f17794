"""MIME: a Mail made into bytes once, so that per recipient only its slots are filled.

The body is quoted-printable with a soft line break around every slot, dot-stuffed for SMTP; a
value is encoded by itself, so what a reader's program decodes is exactly the filled text.
"""

import re
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.transports import headers
from app.transports.base import Mail, Recipient
from app.transports.checks import DELIVERY_HEADER, Texts
from app.transports.slots import Slots

_BOUNDARY: Final = b"=_devoured"
"""Quoted-printable never holds `=_`, so no text can hold it. Source: RFC 2045 6.7 note."""

_SOFT_BREAK: Final = b"=\r\n"
_END: Final = b"\r\n.\r\n"
_LINE_BREAK: Final = re.compile(r"\r\n?")
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_OVERLONG: Final = re.compile(rb"^([^\n]{74,75})(=20|=09)$", re.MULTILINE)
"""A line that b2a_qp made 77 or 78 long: it forgets that a space at a line's end becomes `=20`."""

_PLAIN_VALUE: Final = re.compile(r"(?!\.)[ -<>-~]{0,75}")

_TWO_LINES: Final = re.compile(r"(?!\.)([!-<>-~]{75})((?!\.)[!-<>-~]{1,75})")
"""A value that is plain but for its length, as a reader's own link mostly is."""


@dataclass(frozen=True)
class MailBytes:
    """What all recipients of a Mail share, encoded.

    `head` is From, Reply-To and what is alike in every message; `subject` is None where the
    subject has slots. In `body` every second piece is the place of the key at the same index of
    `keys`.
    """

    head: bytes
    common: Mapping[str, bytes]
    subject: bytes | None
    subject_slots: Slots
    body: tuple[bytes, ...]
    keys: tuple[str, ...]


def encode_mail(mail: Mail, texts: Texts) -> MailBytes:
    """Encode the checked mail to bytes: multipart/alternative, text before HTML.

    An empty text or HTML leaves its part out.
    """
    pieces: list[bytes] = []
    keys: list[str] = []
    for subtype, slots in ((b"plain", texts.text), (b"html", texts.html)):
        if slots.literals != ("",):
            first, *others = _encode_slots(slots)
            _append(pieces, _part_head(subtype) + first)
            pieces.extend(others)
            keys.extend(slots.keys)
    _append(pieces, b"\r\n--" + _BOUNDARY + b"--" + _END)
    reply_to = f"Reply-To: {headers.mailbox(mail.reply_to)}\r\n" if mail.reply_to else ""
    return MailBytes(
        head=f"From: {headers.mailbox(mail.from_address)}\r\n{reply_to}".encode("ascii"),
        common={name.lower(): _line(name, value) for name, value in mail.headers.items()},
        subject=None if texts.subject.keys else _subject_line(mail.subject),
        subject_slots=texts.subject,
        body=tuple(pieces),
        keys=tuple(keys),
    )


def build_message(shared: MailBytes, one: Recipient, *, date: str, message_id: str) -> bytes:
    """Build one recipient's message as it goes out after DATA: dot-stuffed, with the final dot.

    Args:
        shared: what `encode_mail` gave for this mail.
        one: checked before.
        date: as RFC 5322 3.3 wants it.
        message_id: without angle brackets, printable ASCII.
    """
    own = {name.lower(): _line(name, value) for name, value in one.headers.items()}
    values = {key: encode_value(one.fields[key]) for key in set(shared.keys)}
    body = list(shared.body)
    body[1::2] = [values[key] for key in shared.keys]
    top = (
        f"Date: {date}\r\nMessage-ID: <{message_id}>\r\nTo: {one.address}\r\n"
        f"{DELIVERY_HEADER}: {one.delivery_id}\r\n"
    )
    subject = shared.subject or _subject_line(shared.subject_slots.fill(one.fields))
    custom = own | {name: line for name, line in shared.common.items() if name not in own}
    return b"".join((top.encode("ascii"), shared.head, subject, *custom.values(), _TYPE, *body))


_TYPE: Final = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n'
)


def encode_value(value: str) -> bytes:
    """Encode a slot's value in quoted-printable, on lines of its own between two soft breaks."""
    if _PLAIN_VALUE.fullmatch(value):
        return value.encode("ascii")
    if (halves := _TWO_LINES.fullmatch(value)) is not None:
        return f"{halves[1]}=\r\n{halves[2]}".encode("ascii")
    return _open_piece(value)


def _encode_slots(slots: Slots) -> list[bytes]:
    """Encode the literals, with an empty place for each slot between them."""
    pieces: list[bytes] = []
    *firsts, last = slots.literals
    for literal in firsts:
        pieces += (_SOFT_BREAK + _open_piece(literal) + _SOFT_BREAK, b"")
    pieces.append(_SOFT_BREAK + _closed_piece(last))
    pieces[0] = pieces[0].removeprefix(_SOFT_BREAK)
    return pieces


def _open_piece(text: str) -> bytes:
    """Encode the text in quoted-printable, its last line with room for the `=` of a soft break.

    The letter put behind it makes the encoder leave that room, and keeps it from encoding a space
    that will not stand at a line's end.
    """
    return _quoted(text + "x")[:-1]


def _closed_piece(text: str) -> bytes:
    """Encode the text in quoted-printable, to stand at the end of a part."""
    return _quoted(text)


def _quoted(text: str) -> bytes:
    """Encode the text: line breaks as CRLF, at most 76 characters a line, leading dots doubled.

    Source: RFC 2045 6.7; RFC 5321 4.5.2.
    """
    encoded = b2a_qp(_LINE_BREAK.sub("\n", text).encode(), quotetabs=False, istext=True)
    encoded = _OVERLONG.sub(rb"\1=\n\2", encoded)
    return _LEADING_DOT.sub(b"..", encoded).replace(b"\n", b"\r\n")


def _append(pieces: list[bytes], more: bytes) -> None:
    """Put bytes behind the last literal, so that slots stay at the odd places."""
    if pieces:
        pieces[-1] += more
    else:
        pieces.append(more)


def _part_head(subtype: bytes) -> bytes:
    return (
        b"\r\n--" + _BOUNDARY + b"\r\nContent-Type: text/" + subtype + b'; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )


def _subject_line(text: str) -> bytes:
    return f"Subject: {headers.subject(text)}\r\n".encode("ascii")


def _line(name: str, value: str) -> bytes:
    """Write a custom header on one line: never folded, never encoded, whatever its length.

    Folding or encoding a long List-Unsubscribe breaks one-click unsubscription. Source: RFC 8058.
    """
    return f"{name}: {value}\r\n".encode("ascii")
