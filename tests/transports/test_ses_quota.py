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
        (
            {"MaxSendRate": 14, "Max24HourSend": 50_000, "SentLast24Hours": 1_200},
            (14, 48_800, 50_000),
        ),
        ({"MaxSendRate": 14, "Max24HourSend": 50_000, "SentLast24Hours": 50_001}, (14, 0, 50_000)),
        ({"MaxSendRate": 500.5, "Max24HourSend": -1, "SentLast24Hours": 7}, (500.5, None, None)),
    ],
)
def test_quota_is_the_rate_and_what_is_left_of_the_day(
    ses_at: SesAt, told: dict[str, float], quota: tuple[float, int | None, int | None]
) -> None:
    with serve(_account(told)) as server:
        transport = ses_at(server.port)
        assert transport.quota() == Quota(*quota)
        transport.close()


def _refused(status: str, code: str) -> Talk:
    return _account({}, f"{status}\r\nx-amzn-ErrorType: {code}")


@pytest.mark.parametrize(
    ("talk", "detail", "is_final"),
    [
        (
            _refused("403 No", "AccessDeniedException"),
            "The credentials lack the IAM action ses:GetAccount.",
            True,
        ),
        (_refused("404 No", "UnknownOperationException"), "The server has no GetAccount.", True),
        (_account({}, "501 No"), "The server has no GetAccount.", True),
        (_account({}), "The answer to GetAccount names no rate.", True),
        (_account({"MaxSendRate": 0}), "The answer to GetAccount names no rate.", True),
        (
            _refused("429 No", "TooManyRequestsException"),
            "GetAccount was not answered: TooManyRequestsException.",
            False,
        ),
        (_hang_up, "GetAccount was not answered: ConnectionClosedError.", False),
    ],
)
def test_quota_is_not_made_up_when_ses_does_not_say(
    ses_at: SesAt, talk: Talk, detail: str, *, is_final: bool
) -> None:
    with serve(talk) as server:
        transport = ses_at(server.port)
        with pytest.raises(TransportError) as error:
            transport.quota()
        assert (str(error.value), error.value.is_final) == (detail, is_final)
        transport.close()
