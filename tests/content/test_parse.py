"""Parsing of any input: which form it is, and what is refused before any form is read."""

import codecs

import pytest

from app.content.errors import ContentError
from app.content.limits import MAX_BYTES
from app.content.parse import Form, form_of, parse
from app.errors import TooLarge

_TEXT = "A (b)\n\nA (b)\n\nAI\n"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Fresh Devoured\n", Form.TEXT),
        ("\n  {", Form.JSON),
        ("[", Form.JSON),
        ("---\n", Form.MARKDOWN),
        ("--- \r\n", Form.MARKDOWN),
        ("---x\n", Form.TEXT),
        ("\n## A", Form.MARKDOWN),
    ],
)
def test_form_is_recognised_when_none_is_given(text: str, form: Form) -> None:
    assert form_of(text) is form


def test_form_is_not_guessed_when_one_is_given() -> None:
    assert parse(b"## A", form=Form.TEXT).stories == ()
    with pytest.raises(ContentError, match="not JSON"):
        parse(_TEXT.encode(), form=Form.JSON)


def test_mark_of_utf_8_is_dropped_when_a_file_begins_with_it() -> None:
    assert parse(codecs.BOM_UTF8 + _TEXT.encode()) == parse(_TEXT.encode())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (_TEXT.encode("utf-16"), "UTF-16"),
        (_TEXT.encode("utf-32"), "UTF-32"),
        (codecs.BOM_UTF16_BE + b"\0A", "UTF-16"),
    ],
)
def test_input_is_refused_when_it_holds_no_text_of_ours(data: bytes, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        parse(data)


@pytest.mark.parametrize(
    ("data", "said", "place"),
    [
        (b"a\nb\0", "binary", "line 2"),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8", "line 1"),
        ("a\nname: Žofie".encode("cp1250"), "not UTF-8", "line 2"),
        (b"a\n\nb\x1b[31m", "binary, or damaged", "line 3"),
        (b"a\n\xc2\x80", "binary, or damaged", "line 2"),
    ],
)
def test_line_is_named_when_bytes_are_not_text(data: bytes, said: str, place: str) -> None:
    with pytest.raises(ContentError, match=said) as caught:
        parse(data)
    assert caught.value.errors[0].pointer == place


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 50_000_000])
def test_input_is_too_large_when_over_the_limit(size: int) -> None:
    # A reader of files stops just above the limit, so the size seen need not be the file's.
    with pytest.raises(TooLarge, match=r"^The digest is larger than 2,097,152 bytes\.$"):
        parse(bytes(size))


@pytest.mark.parametrize(
    "unit",
    ["\\", "(", ")", " (", "()", "\\:", "a: ", "•", "what ", "deep dive ", "#", "*", "A (b)\n\n"],
)
@pytest.mark.parametrize("form", [Form.TEXT, Form.MARKDOWN])
def test_reading_ends_when_an_input_is_made_to_be_slow(unit: str, form: Form) -> None:
    # Anything but a linear reading would not come back from two megabytes of these.
    body = unit * ((MAX_BYTES - 200) // len(unit.encode()))
    source = f"## A (b)\nA (b)\n\nA (b)\n\nAI\n### Decoder\nDecoder\n- x\n  {body} (x)"
    with pytest.raises(ContentError, match=r"out of bounds|more than"):
        parse(source.encode(), form=form)
