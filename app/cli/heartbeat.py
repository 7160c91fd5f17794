"""The sign of life that `devoured listen` leaves in Valkey, and `devoured healthy` looks for."""

import socket
from typing import Final

SIGN_LASTS: Final = 60
"""Seconds for which an answer of the queue counts as a sign of life: some polls may go wrong."""


def heartbeat_file() -> str:
    """Return the key in Valkey that exists while the listener of this machine gets answers."""
    return f"devoured:listening:{socket.gethostname()}"
