"""Servers that misbehave: raw sockets in a thread, which count what reaches them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Talk = Callable[[socket.socket, "Server"], None]


@dataclass
class Server:
    """What reached the server: connections, and whole HTTP requests or SMTP messages."""

    port: int
    n_connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve(talk: Talk) -> Iterator[Server]:
    """Run a server on a free port that hands every connection to `talk`, then closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        thread = threading.Thread(target=_accept, args=(listener, server, talk))
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            with socket.create_connection(("127.0.0.1", server.port)):
                thread.join(10)
    assert not thread.is_alive()


def _accept(listener: socket.socket, server: Server, talk: Talk) -> None:
    threads = []
    while True:
        connection, _ = listener.accept()
        if server.stopping.is_set():
            connection.close()
            break
        server.n_connections += 1
        threads.append(threading.Thread(target=_talk, args=(connection, server, talk)))
        threads[-1].start()
    for thread in threads:
        thread.join(10)


def _talk(connection: socket.socket, server: Server, talk: Talk) -> None:
    connection.settimeout(5)
    with connection, suppress(OSError):
        talk(connection, server)


def read_request(connection: socket.socket, server: Server) -> bytes:
    """Return the body of the next HTTP request, and count it; empty when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
    server.requests.append(body)
    return body


def answering(status: str, body: bytes, *, length: int | None = None, code: str = "") -> Talk:
    """Answers every request alike, as SES would, and keeps the connection open."""
    named = f"x-amzn-ErrorType: {code}\r\n" if code else ""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{named}"
        f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    )

    def talk(connection: socket.socket, server: Server) -> None:
        while read_request(connection, server):
            connection.sendall(head.encode() + body)
            if length is not None:
                return

    return talk
