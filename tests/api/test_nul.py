"""NUL characters: none in any text of a form, however it is written, and files keep their bytes."""

from collections.abc import Sequence
from typing import Final

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Scope

from app.api.nul import MAX_PART_HEAD, MAX_PARTS, without_nul

_BOUNDARY: Final = "x7"
_PIECES: Final = (
    b"\r\n--x7", b"--x7", b"\r\n--x7--", b"\r\n", b"\r\n\r\n", b"\0", b"%00", b"a", b"\r", b"\n",
    b" ", b"Content-Disposition: form-data; name=a", b"content-disposition:form-data; name=b",
    b"; filename=c", b'; filename="d\0"', b'; x="; filename=e"', b"Content-Type: text/plain",
    b"\r\n--x7\r\nContent-Disposition: form-data; name=f\r\n\r\n",
    b"\r\n--x7\r\nContent-Disposition: form-data; name=g; filename=h\r\n\r\n",
)  # fmt: skip


def _asked(kind: str) -> Scope:
    headers = [(b"content-type", kind.encode())]
    return {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}


def _read(scope: Scope, body: bytes) -> Sequence[tuple[str, str | bytes]]:
    """Return what Starlette reads of a form: its texts, and the bytes of its files."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def read() -> list[tuple[str, str | bytes]]:
        request = Request(scope, receive)
        form: FormData = await MultiPartParser(request.headers, request.stream()).parse()
        found = [
            (name, await one.read() if isinstance(one, UploadFile) else one)
            for name, one in form.multi_items()
        ]
        await form.close()
        return found

    return anyio.run(read)


def _part(name: str, content: bytes, file: str | None) -> bytes:
    named = "" if file is None else f'; filename="{file}"'
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


_CONTENT = st.lists(st.sampled_from([b"\0", b"a", b"%00", b"\r\n", b"--", b"x", b"\xff"]))
_PARTS = st.lists(
    st.tuples(_CONTENT.map(b"".join), st.sampled_from([None, "", "logo.png"])), max_size=4
)


@given(parts=_PARTS)
def test_files_keep_their_bytes_and_texts_have_no_nul(
    parts: list[tuple[bytes, str | None]],
) -> None:
    body = b"".join(_part(f"n{n}", *one) for n, one in enumerate(parts))
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    found = _read(*without_nul(_asked(kind), body + f"--{_BOUNDARY}--\r\n".encode()))
    assert len(found) == len(parts)
    for (content, file), (_, value) in zip(parts, found, strict=True):
        if file is not None:
            assert value == content
        else:
            assert value == _told(content.replace(b"\0", "\ufffd".encode()))


def _told(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


@given(pieces=st.lists(st.sampled_from(_PIECES)))
def test_no_text_has_a_nul_however_the_parts_are_written(pieces: list[bytes]) -> None:
    kind = f"Multipart/Form-Data ; boundary={_BOUNDARY}"
    begun = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name=z\r\n\r\n".encode()
    try:
        found = _read(*without_nul(_asked(kind), begun + b"".join(pieces) + b"\r\n--x7--"))
    except MultiPartException:
        return
    assert not [
        name for name, one in found if "\0" in name or (isinstance(one, str) and "\0" in one)
    ]


def test_text_is_read_as_utf_8_whatever_the_form_says_it_is_in() -> None:
    kind = f"multipart/form-data; Charset=utf-7; boundary={_BOUNDARY}"
    body = _part("a", b"+AAA-", None) + f"--{_BOUNDARY}--\r\n".encode()
    assert _read(*without_nul(_asked(kind), body)) == [("a", "+AAA-")]


_HEAD = b'--x7\r\nContent-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    "body",
    [
        (_HEAD + b"\r\n\r\n1\r\n") * (MAX_PARTS + 2) + b"--x7--\r\n",
        _HEAD + b"; a=b" * MAX_PART_HEAD + b"\r\n\r\n1\r\n--x7--\r\n",
        _HEAD + b"\r\nA: b" * MAX_PART_HEAD,
    ],
    ids=["parts", "a long head", "a head without an end"],
)
def test_form_of_which_the_parser_would_take_nothing_is_refused_before_it_is_divided(
    body: bytes,
) -> None:
    with pytest.raises(HTTPException) as refused:
        without_nul(_asked("multipart/form-data; boundary=x7"), body)
    assert refused.value.status_code == 400


def test_form_of_as_many_parts_as_may_be_is_read() -> None:
    parts = [_part(f"n{n}", b"1", None) for n in range(MAX_PARTS)]
    body = b"".join(parts) + b"--x7--\r\n"

    assert len(_read(*without_nul(_asked("multipart/form-data; boundary=x7"), body))) == MAX_PARTS
