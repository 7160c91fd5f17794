"""Frames: a presence that browsers cannot read reaches none of them."""

import pytest
from pycrdt import write_var_uint

from app.editing.frames import BadFrame, Presence, presence_frame, read_frame, read_presence


def presence(client: int, clock: int, state: bytes) -> bytes:
    numbers = b"".join(write_var_uint(n) for n in (1, client, clock, len(state)))
    return numbers + state


def test_presence_is_sent_on_under_the_name_of_who_is_signed_in() -> None:
    known = read_presence(presence(7, 1, b'{"name":"Eve","field":"title"}'), "Ada")
    assert known == Presence(7, 1, {"name": "Ada", "field": "title"})
    assert read_presence(read_frame(presence_frame(known)).body, "Ada") == known


@pytest.mark.parametrize(
    ("client", "clock", "state"),
    [
        (7, 1, b'{"a":' * 300 + b"1" + b"}" * 300),
        (2**53, 1, b"{}"),
        (7, 2**53 - 1, b"{}"),
        (7, 1, b"[]"),
        (7, 1, b'{"a":"' + b"x" * 2_000 + b'"}'),
        (7, 1, b""),
    ],
)
def test_presence_that_browsers_cannot_read_is_refused(
    client: int, clock: int, state: bytes
) -> None:
    with pytest.raises(BadFrame):
        read_presence(presence(client, clock, state), "Ada")
