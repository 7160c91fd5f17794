"""What SES says that the account may send, asked at a socket."""

import json
import socket

import pytest

from app.transports.base import Quota, TransportError
from tests.transports.conftest import SesAt
from tests.transports.servers import Server, Talk, serve


def _account(quota: dict[str, float], status: str = "200 OK") -> Talk:
    body = json.dumps({"SendQuota": quota}).encode()

    def talk(connection: socket.socket, server: Server) -> None:
        while b"\r\n\r\n" not in server.requests:
            server.requests.append(connection.recv(65536)[-4:])
        length = f"Content-Length: {len(body)}\r\n\r\n"
        connection.sendall(f"HTTP/1.1 {status}\r\n{length}".encode() + body)

    return talk


def _hang_up(_connection: object, _server: object) -> None:
    """Says nothing at all."""


@pytest.mark.parametrize(
    ("told", "quota"),
    [
        ({"MaxSendRate": 14, "Max24HourSend": 50_000, "SentLast24Hours": 1_200}, (14, 48_800)),
        ({"MaxSendRate": 14, "Max24HourSend": 50_000, "SentLast24Hours": 50_001}, (14, 0)),
        ({"MaxSendRate": 500.5, "Max24HourSend": -1, "SentLast24Hours": 7}, (500.5, None)),
        ({}, (1, None)),
    ],
)
def test_quota_is_the_rate_and_what_is_left_of_the_day(
    ses_at: SesAt, told: dict[str, float], quota: tuple[float, int | None]
) -> None:
    with serve(_account(told)) as server:
        transport = ses_at(server.port)
        assert transport.quota() == Quota(*quota)
        transport.close()


@pytest.mark.parametrize("talk", [_account({}, "403 No"), _hang_up])
def test_quota_is_not_made_up_when_ses_does_not_say(ses_at: SesAt, talk: Talk) -> None:
    with serve(talk) as server:
        transport = ses_at(server.port)
        with pytest.raises(TransportError):
            transport.quota()
        transport.close()
