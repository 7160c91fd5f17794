"""SMTP servers that answer as told, and a transport that sends through one."""

import socket
from collections.abc import Sequence
from typing import BinaryIO

from app.smtp_urls import SmtpServer
from app.transports.base import Outcome, Refused
from app.transports.smtp import SmtpTransport
from tests.transports.mails import MAIL, NOW, recipient
from tests.transports.servers import Server, Talk, serve

HANG_UP = "hang up"


def said(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """Kind and code of each."""
    return [
        (one.kind if isinstance(one, Refused) else type(one).__name__, getattr(one, "code", ""))
        for one in outcomes
    ]


def scripted(**answers: str) -> Talk:
    """Return a server that answers each command as given, `end` for the final dot, else yes.

    `hang up` closes the connection instead of an answer.
    """
    usual = {"data": "354 go on", "greeting": "220 ready", "quit": "221 bye"}

    def talk(connection: socket.socket, server: Server) -> None:
        lines = connection.makefile("rb")
        word = "greeting"
        while True:
            answer = answers.get(word) or usual.get(word, "250 yes")
            if answer == HANG_UP:
                break
            connection.sendall(f"{answer}\r\n".encode())
            if word == "data" and answer.startswith("354"):
                server.requests.append(message_of(lines))
                word = "end"
                if not server.requests[-1].endswith(b"\r\n.\r\n"):
                    break
                continue
            word = lines.readline().split(b" ")[0].strip().lower().decode()
            if not word:
                break
        lines.close()

    return talk


def message_of(lines: BinaryIO) -> bytes:
    found = b""
    while not found.endswith(b"\r\n.\r\n"):
        line = lines.readline()
        if not line:
            break
        found += line
    return found


def send(
    talk: Talk,
    n_people: int = 2,
    n_sends: int = 1,
    connections: int = 1,
    timeout_seconds: float = 0.5,
) -> tuple[list[Outcome], Server]:
    people = [recipient(number) for number in range(n_people)]
    with serve(talk) as server:
        transport = SmtpTransport(
            SmtpServer("127.0.0.1", server.port, "none"),
            clock=lambda: NOW,
            connections=connections,
            timeout_seconds=timeout_seconds,
        )
        outcomes: list[Outcome] = []
        for _ in range(n_sends):
            outcomes += transport.send(MAIL, people, attempt=1, opened_at=NOW)
        transport.close()
    return outcomes, server


def one_message_a_connection(connection: socket.socket, server: Server) -> None:
    """Hangs up at the second MAIL, as servers do that limit what a connection may carry."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 ready\r\n")
    n_mails = 0
    while word := lines.readline()[:4].strip().lower():
        n_mails += word == b"mail"
        if n_mails > 1:
            break
        connection.sendall(b"354 go on\r\n" if word == b"data" else b"250 yes\r\n")
        if word == b"data":
            server.requests.append(message_of(lines))
            connection.sendall(b"250 taken\r\n")
    lines.close()
