"""Bytes of any encoding become UTF-8, however they are cut; what is none is said with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput, TooLarge
from app.readers.imports import intake
from app.readers.imports.intake import Intake

TEXT = "email,name\nann@example.com,Zoë 😀\n"


def taken(data: bytes, encoding: str = "", size: int = 7) -> bytes:
    took = Intake(encoding)
    parts = [took.feed(data[at : at + size]) for at in range(0, len(data), size)]
    return b"".join([*parts, took.end()])


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), ""),
        (TEXT.encode("utf-8-sig"), ""),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), ""),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), ""),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_file_becomes_utf_8_when_its_encoding_is_known(data: bytes, encoding: str) -> None:
    assert taken(data, encoding) == TEXT.encode()


def test_latin_1_is_read_when_it_is_said() -> None:
    assert taken("Zoë\n".encode("latin-1"), "latin-1") == "Zoë\n".encode()


@given(st.text(), st.integers(1, 9))
def test_file_is_the_same_however_it_is_cut(text: str, size: int) -> None:
    data = ("x" + text + "\n").encode()  # no mark, a line end of its own
    try:
        whole = taken(data, "utf-8", size=1 << 20)
    except InvalidInput:
        return
    assert taken(data, "utf-8", size) == whole


def test_latin_1_is_refused_with_its_line_when_nothing_is_said() -> None:
    with pytest.raises(InvalidInput, match="not UTF-8") as caught:
        taken("email,name\na@b.de,ok\nc@d.de,Zoë\n".encode("latin-1"))
    assert caught.value.errors[0].pointer == "line 3"


def test_latin_1_far_behind_is_refused_with_its_line() -> None:
    lines = b"someone@example.com,ok\n" * 10_000
    with pytest.raises(InvalidInput) as caught:
        taken(lines + b"Zo\xeb\n", size=1000)
    assert caught.value.errors[0].pointer == "line 10001"


@pytest.mark.parametrize("data", [b"PK\x03\x04zip", b"\x1f\x8bgzip", TEXT.encode("utf-16-le")])
def test_file_is_refused_when_it_is_no_plain_text(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        taken(data)


def test_old_line_ends_become_plain_ones() -> None:
    assert taken(b"email\ra@b.de\rc@d.de") == b"email\na@b.de\nc@d.de"


def test_unknown_encoding_is_refused() -> None:
    with pytest.raises(InvalidInput, match="utf-16"):
        Intake("ebcdic")


def test_file_is_refused_when_it_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_BYTES", 10)
    with pytest.raises(TooLarge):
        taken(b"x" * 11)
