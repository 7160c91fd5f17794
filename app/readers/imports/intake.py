"""Intake: the bytes of a file as they come in, turned into UTF-8 with plain line ends."""

import codecs
from typing import Final

from app.errors import FieldError, InvalidInput, TooLarge

MAX_BYTES: Final = 512 << 20
"""The longest file: about eight million readers."""

ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "latin-1": "iso-8859-1",
    "windows-1252": "windows-1252",
}
"""What a person may say a file is written in."""

_HEAD: Final = 1 << 16
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BOM: Final = "\ufeff"
_ARCHIVES: Final = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")


class Intake:
    """Takes a file part by part; memory holds one part and at most 64 KiB more.

    Without an `encoding` the byte order mark says it, else it is UTF-8.
    """

    def __init__(self, encoding: str = "") -> None:
        if encoding and encoding not in ENCODINGS:
            known = ", ".join(ENCODINGS)
            raise InvalidInput(
                f"“{encoding}” is no encoding that is read here; {known} are.",
                [FieldError("query encoding", f"must be one of {known}")],
            )
        self.encoding = encoding
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._has_old_line_ends = False
        self._n_lines = 0
        self._n_bytes = 0

    def feed(self, data: bytes) -> bytes:
        """Return what is ready of it, as UTF-8; nothing while the beginning is still gathered.

        Raises:
            InvalidInput: it is no text in this encoding; names the line and the byte.
            TooLarge: all of it so far is more than `MAX_BYTES`.
        """
        self._n_bytes += len(data)
        if self._n_bytes > MAX_BYTES:
            raise TooLarge(f"A file of readers may have {MAX_BYTES >> 20} MiB at most.")
        if self._decoder is not None:
            return self._decoded(data, is_end=False)
        self._head += data
        return self._begin() if len(self._head) >= _HEAD else b""

    def end(self) -> bytes:
        """Return the rest, as UTF-8; raise as `feed` does."""
        rest = self._begin() if self._decoder is None else b""
        return rest + self._decoded(b"", is_end=True)

    def _begin(self) -> bytes:
        head, self._head = self._head, b""
        if head.startswith(_ARCHIVES):
            raise InvalidInput("This is an archive or a spreadsheet; unpack it or save it as CSV.")
        if not self.encoding:
            marked = (name for mark, name in _MARKS if head.startswith(mark))
            self.encoding = next(marked, "utf-8")
            if self.encoding == "utf-8" and _looks_wide(head):
                raise InvalidInput(
                    "The file looks like UTF-16 without its mark; say encoding utf-16-le or"
                    " utf-16-be."
                )
        codec = "utf-8-sig" if self.encoding == "utf-8" else ENCODINGS[self.encoding]
        self._decoder = codecs.getincrementaldecoder(codec)()
        text = self._text(head, is_end=False).removeprefix(_BOM)
        self._has_old_line_ends = "\r" in text and "\n" not in text
        return self._encoded(text)

    def _decoded(self, data: bytes, *, is_end: bool) -> bytes:
        return self._encoded(self._text(data, is_end=is_end))

    def _text(self, data: bytes, *, is_end: bool) -> str:
        assert self._decoder is not None  # noqa: S101  # `_begin` made it
        try:
            return self._decoder.decode(data, is_end)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].count(b"\n")
            line = self._n_lines + before + 1
            raise InvalidInput(
                f"The file is not {self.encoding.upper()}. Save it as UTF-8, or say its encoding:"
                " latin-1 and windows-1252 are read too.",
                [FieldError(f"line {line}", f"byte 0x{error.object[error.start]:02x}")],
            ) from None

    def _encoded(self, text: str) -> bytes:
        if self._has_old_line_ends:
            text = text.replace("\r", "\n")
        self._n_lines += text.count("\n")
        # Half a pair of UTF-16 cannot be told in UTF-8; a question mark makes its row bad.
        return text.encode("utf-8", errors="replace")


def _looks_wide(head: bytes) -> bool:
    """Return whether every second byte of the beginning is NUL, as in UTF-16 of Latin letters."""
    start = head[:64]
    n_wide = max(start[0::2].count(0), start[1::2].count(0))
    return len(start) >= 4 and n_wide * 4 >= len(start)  # noqa: PLR2004  # two letters, a quarter
