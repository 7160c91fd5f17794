"""An SMTP server that keeps which messages it took, and goes wrong on purpose with some.

`python -m benchmarks.drill.smtp_inbox <descriptor> <folder> <faults>`. A line is written for each
message before anything is answered for it; nobody touches this process, for it is the judge.
"""

import asyncio
import os
import re
import socket
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

TAKEN: Final = "taken.txt"
"""The file of what was taken: a delivery and a message id in each line."""

TOLD: Final = "told.txt"
"""The file of which of them were answered for: a message id in each line."""

CALM: Final = "calm"
"""The file whose being there ends all faults."""

DEALT: Final = "dealt.json"
"""The file of how many messages there were, and which faults they met."""

_HEADER: Final = re.compile(
    rb"^(X-Devoured-Delivery|Message-ID): <?([^\r\n>]+)", re.MULTILINE | re.IGNORECASE
)
_END: Final = b"\r\n.\r\n"


class Inbox:
    """What all connections share."""

    def __init__(self, folder: Path, faults: Mapping[str, Any]) -> None:
        self.faults = faults
        self._folder = folder
        self._random = Random(faults["seed"])
        self._dealt: Counter[str] = Counter()
        self._n_met = 0
        self._taken = os.open(folder / TAKEN, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._told = os.open(folder / TOLD, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def fate(self) -> str:
        """Draw what is to go wrong with the next message; return an empty string for nothing."""
        chances: dict[str, float] = self.faults["chances"]
        fates = ["", *chances]
        weights = [1 - sum(chances.values()), *chances.values()]
        fate = self._random.choices(fates, weights)[0]
        if (self._folder / CALM).exists():
            return ""
        self._n_met += 1
        if fate:
            self._dealt[fate] += 1
        told = {"n_calls": self._n_met, "dealt": dict(self._dealt)}
        new = self._folder / f"{DEALT}.new"
        new.write_bytes(orjson.dumps(told))
        new.replace(self._folder / DEALT)
        return fate

    def tell(self, message_id: bytes) -> None:
        """Keep that whoever sent this message was told so."""
        os.write(self._told, message_id + b"\n")

    def take(self, message: bytes) -> bytes:
        """Keep that this message was taken; its id."""
        head = message.partition(b"\r\n\r\n")[0]
        said = {name.lower(): value for name, value in _HEADER.findall(head)}
        line = b"%s %s\n" % (said[b"x-devoured-delivery"], said[b"message-id"])
        os.write(self._taken, line)
        return bytes(said[b"message-id"])


async def talk(inbox: Inbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection to its end."""
    try:
        await _answer(writer, b"220 drill ESMTP")
        fate = ""
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"MAIL":
                fate = inbox.fate()
            if verb == b"DATA":
                await _answer(writer, b"354 go on")
                message = await reader.readuntil(_END)
                if not await _end_data(inbox, writer, message, fate):
                    return
            elif verb == b"QUIT":
                await _answer(writer, b"221 bye")
                return
            elif not await _obey(writer, verb, fate):
                return
    except (ConnectionError, asyncio.IncompleteReadError):
        return  # it was killed, which is what the drill is about
    finally:
        writer.close()


async def _obey(writer: asyncio.StreamWriter, verb: bytes, fate: str) -> bool:
    """Answer a command without a message; return whether to go on."""
    if verb == b"MAIL" and fate == "busy":
        await _answer(writer, b"421 closing")
        return False
    if verb == b"RCPT" and fate == "drop_before":
        return False
    if verb == b"RCPT" and fate in {"later", "never"}:
        await _answer(writer, b"451 try again" if fate == "later" else b"550 no such mailbox")
        return True
    await _answer(writer, b"250-drill\r\n250 8BITMIME" if verb == b"EHLO" else b"250 fine")
    return True


async def _end_data(inbox: Inbox, writer: asyncio.StreamWriter, message: bytes, fate: str) -> bool:
    """Take a message, whatever becomes of its answer; return whether to go on."""
    message_id = inbox.take(message)
    if fate == "slow":
        await asyncio.sleep(inbox.faults["slow_seconds"])
    if fate == "hang_after":
        await asyncio.sleep(inbox.faults["hang_seconds"])
    if fate in {"drop_after", "hang_after"}:
        return False
    await _answer(writer, b"250 taken")
    if not writer.is_closing():
        inbox.tell(message_id)
    return True


async def _answer(writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line + b"\r\n")
    await writer.drain()


async def serve(listener: socket.socket, inbox: Inbox) -> None:
    """Take connections for ever."""
    server = await asyncio.start_server(
        lambda reader, writer: talk(inbox, reader, writer), sock=listener, limit=1 << 22
    )
    await server.serve_forever()


if __name__ == "__main__":
    descriptor, where, settings = sys.argv[1:]
    shared = Inbox(Path(where), orjson.loads(settings))
    asyncio.run(serve(socket.socket(fileno=int(descriptor)), shared))
