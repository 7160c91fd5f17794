"""What editors and the server say to each other: frames in the form of y-protocols, and some more.

A frame is a kind and what belongs to it, numbers and lengths as lib0's variable-length integers.
`SYNC` and `PRESENCE` are those of y-protocols. `STORED` acknowledges: so many updates of this
connection are on the disk. `STATUS` says in JSON where the document stands. `PING` is answered by
itself: Chromium keeps a WebSocket open whose network is gone.

Source: https://github.com/yjs/y-protocols, PROTOCOL.md.
"""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from pycrdt import write_var_uint

from app.editing.encoded import BoundedDecoder, count_writers
from app.editing.store import MAX_UPDATE, MAX_WRITERS

SYNC: Final = 0
PRESENCE: Final = 1
STORED: Final = 4
STATUS: Final = 5
PING: Final = 6

STEP_1: Final = 0
STEP_2: Final = 1
UPDATE: Final = 2

MAX_FRAME: Final = MAX_UPDATE + 16
"""Bytes; a server does not read more of one (`cli.serving`)."""

MAX_PRESENCE: Final = 2_000

_MAX_NUMBER: Final = 2**53 - 1
"""Browsers read no greater one, and fail at the frame that has it."""


class BadFrame(ValueError):
    """What came is no frame."""


@dataclass(frozen=True)
class Frame:
    """One frame: its kind, the step of a `SYNC`, and what it carries."""

    kind: int
    step: int
    body: bytes


@dataclass(frozen=True)
class Presence:
    """Where one person is: `state` is what others may see, None once they have left."""

    client: int
    clock: int
    state: dict[str, Any] | None


def read_frame(data: bytes) -> Frame:
    """Return the frame that these bytes are; raise BadFrame where they are none."""
    if len(data) > MAX_FRAME:
        raise BadFrame(f"A frame may have {MAX_FRAME:,} bytes at most.")
    decoder = BoundedDecoder(data)
    try:
        kind = decoder.read_var_uint()
        step = decoder.read_var_uint() if kind == SYNC else 0
        body = (decoder.read_message() or b"") if kind in {SYNC, PRESENCE} else b""
    except (IndexError, RuntimeError) as error:
        raise BadFrame("That is no frame.") from error
    if kind not in {SYNC, PRESENCE, PING} or step not in {STEP_1, STEP_2, UPDATE}:
        raise BadFrame("That frame is of no kind that is known.")
    if kind == SYNC and step == STEP_1 and count_writers(body) > 2 * MAX_WRITERS:
        raise BadFrame("A state vector names too many copies.")
    return Frame(kind, step, body)


def sync_frame(step: int, body: bytes) -> bytes:
    """Return a frame of the sync protocol: a state vector, or an update."""
    return bytes([SYNC, step]) + write_var_uint(len(body)) + body


def stored_frame(n: int) -> bytes:
    """Return the acknowledgement of the first `n` updates of a connection."""
    return bytes([STORED]) + write_var_uint(n)


def status_frame(status: dict[str, Any]) -> bytes:
    """Return the frame that says where the document stands."""
    text = orjson.dumps(status)
    return bytes([STATUS]) + write_var_uint(len(text)) + text


def ping_frame() -> bytes:
    """Return the answer to a ping."""
    return bytes([PING])


def presence_frame(presence: Presence) -> bytes:
    """Return the frame that says where one person is."""
    state = orjson.dumps(presence.state)
    body = b"".join(
        (
            write_var_uint(1),
            write_var_uint(presence.client),
            write_var_uint(presence.clock),
            write_var_uint(len(state)),
            state,
        )
    )
    return bytes([PRESENCE]) + write_var_uint(len(body)) + body


def read_presence(body: bytes, name: str) -> Presence:
    """Return where one person is, under the name by which they are signed in.

    Raises:
        BadFrame: it tells of several, or of nobody, or is too long.
    """
    decoder = BoundedDecoder(body)
    try:
        n, client, clock = (decoder.read_var_uint() for _ in range(3))
        state = orjson.loads(decoder.read_message() or b"")
        orjson.dumps(state)  # it reads what is nested deeper than it writes
    except (IndexError, RuntimeError, ValueError, TypeError) as error:
        raise BadFrame("That is no presence.") from error
    if max(client, clock) >= _MAX_NUMBER:
        raise BadFrame("A presence has numbers that browsers can read.")
    if n != 1 or len(body) > MAX_PRESENCE or not isinstance(state, dict | None):
        raise BadFrame("A presence tells of one person.")
    return Presence(client, clock, None if state is None else state | {"name": name})


def gone(presence: Presence) -> Presence:
    """Return what says that this person has left."""
    return Presence(presence.client, presence.clock + 1, None)
