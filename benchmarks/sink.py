"""Sink: an SMTP server that takes everything and keeps nothing, as fast as Python can.

`python -m benchmarks.sink <port>`. It looks for the final dot only at the end of what it got, so
that it costs little beside the client that is measured.
"""

import asyncio
import sys
from typing import Final, cast

import uvloop

_END: Final = b"\r\n.\r\n"
_ANSWERS: Final = {
    b"EHLO": b"250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport: asyncio.Transport = cast(
            "asyncio.Transport", transport
        )  # uvloop's is none by its class
        self._in_data = False
        self._tail = b""
        self._left = b""
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every whole command; while a message comes, only look for its end."""
        if self._in_data:
            self._tail = (self._tail + data[-5:])[-5:]
            if self._tail == _END:
                self._in_data, self._tail = False, b""
                self._transport.write(b"250 taken\r\n")
            return
        *lines, self._left = (self._left + data).split(b"\r\n")
        answer = b"".join(_ANSWERS.get(line[:4].upper(), b"250 fine\r\n") for line in lines)
        self._in_data = bool(lines) and lines[-1][:4].upper() == b"DATA"
        self._transport.write(answer)


async def serve(port: int) -> None:
    """Take connections for ever."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
