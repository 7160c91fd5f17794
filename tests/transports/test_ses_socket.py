"""What reaches the wire, counted at a socket: one request for every call, whatever happens."""

import json
import socket
from datetime import timedelta

import pytest

from app.transports.base import Accepted, InDoubt, Outcome, Refused
from tests.transports.conftest import SesAt
from tests.transports.mails import MAIL, NOW, recipient
from tests.transports.servers import Server, Talk, answering, read_request, serve

_PEOPLE = [recipient(number) for number in range(3)]


def _send(ses_at: SesAt, talk: Talk, n_people: int = 3) -> tuple[list[Outcome], Server]:
    with serve(talk) as server:
        transport = ses_at(server.port)
        outcomes = transport.send(MAIL, _PEOPLE[:n_people], attempt=1, opened_at=NOW)
        transport.close()
    return outcomes, server


def _hang(connection: socket.socket, server: Server) -> None:
    read_request(connection, server)
    server.stopping.wait(5)


def _drop_after_reading(connection: socket.socket, server: Server) -> None:
    read_request(connection, server)


def _drop_in_the_answer(connection: socket.socket, server: Server) -> None:
    read_request(connection, server)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")


def _garbage(connection: socket.socket, server: Server) -> None:
    read_request(connection, server)
    connection.sendall(b"\x16\x03\x01 what is this\r\n\r\n")


def _drop_at_once(connection: socket.socket, server: Server) -> None:
    server.requests.append(connection.recv(10))
    connection.shutdown(socket.SHUT_RDWR)


_ODD_BODIES = [
    b"null",
    b"[]",
    b'"text"',
    b'{"MessageId": 7, "BulkEmailEntryResults": [null, 5, "x"]}',
    b'{"MessageId": null, "BulkEmailEntryResults": {"Status": "SUCCESS"}}',
    b'{"MessageId": "", "BulkEmailEntryResults": [{}, {"Status": 1}, {"MessageId": "m"}]}',
    b'{"message": null, "code": 5}',
    b'{"message": ["x"], "__type": null}',
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize("n_people", [1, 3])
@pytest.mark.parametrize("status", ["200 OK", "400 No", "500 Oops", "302 There"])
@pytest.mark.parametrize("body", _ODD_BODIES)
def test_nobody_is_accepted_and_nothing_is_raised_when_the_answer_is_odd(
    ses_at: SesAt, body: bytes, status: str, n_people: int
) -> None:
    outcomes, server = _send(ses_at, answering(status, body), n_people)
    assert len(outcomes) == n_people
    assert not any(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(server.requests) == 1


_THROTTLED = json.dumps({"message": "Maximum sending rate exceeded."}).encode()
_QUOTA = json.dumps({"message": "Daily message quota exceeded."}).encode()
_TWO_OF_THREE = json.dumps(
    {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": "1"}] * 2}
).encode()


@pytest.mark.parametrize("n_people", [1, 3])
@pytest.mark.parametrize(
    ("talk", "kind", "code"),
    [
        (_hang, "doubt", "ReadTimeoutError"),
        (_drop_at_once, "doubt", "ConnectionClosedError"),
        (_drop_after_reading, "doubt", "ConnectionClosedError"),
        (_drop_in_the_answer, "doubt", ""),
        (_garbage, "doubt", "ConnectionClosedError"),
        (answering("500 Oops", b"{}", code="InternalServiceErrorException"), "doubt", ""),
        (answering("503 Slow Down", b"<html>"), "doubt", ""),
        (answering("503 Slow Down", _THROTTLED, code="Throttling"), "doubt", "Throttling"),
        (answering("200 OK", b'{"Mess', length=300), "doubt", ""),
        (answering("200 OK", b"not json at all"), "doubt", ""),
        (answering("200 OK", b"{}"), "doubt", ""),
        (
            answering("429 No", _THROTTLED, code="TooManyRequestsException"),
            "throttled",
            "TooManyRequestsException",
        ),
        (answering("400 No", _THROTTLED, code="Throttling"), "throttled", "Throttling"),
        (
            answering("400 No", _QUOTA, code="Throttling"),
            "quota",
            "ACCOUNT_DAILY_QUOTA_EXCEEDED",
        ),
        (
            answering("403 No", b"{}", code="InvalidSignatureException"),
            "halt",
            "InvalidSignatureException",
        ),
    ],
)
def test_one_request_leaves_and_its_outcome_is_right_when_ses_fails(
    ses_at: SesAt, talk: Talk, n_people: int, kind: str, code: str
) -> None:
    outcomes, server = _send(ses_at, talk, n_people)
    assert (server.n_connections, len(server.requests)) == (1, 1)
    assert len(outcomes) == n_people
    for outcome in outcomes:
        found = outcome.kind if isinstance(outcome, Refused) else "doubt"
        assert not isinstance(outcome, Accepted)
        assert found == kind
        assert code in (outcome.code, "")


def test_all_are_in_doubt_when_there_are_fewer_results_than_entries(ses_at: SesAt) -> None:
    outcomes, server = _send(ses_at, answering("200 OK", _TWO_OF_THREE))
    assert outcomes == [InDoubt("wrong_number_of_results", "2 for 3")] * 3
    assert len(server.requests) == 1


def test_all_are_to_be_sent_later_when_nobody_listens(ses_at: SesAt) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcomes = ses_at(port).send(MAIL, _PEOPLE, attempt=1, opened_at=NOW)
    assert outcomes == [Refused("unreached", "EndpointConnectionError")] * 3


@pytest.mark.parametrize("n_people", [1, 3])
@pytest.mark.parametrize("age_seconds", [31, -2])
def test_no_byte_leaves_when_the_intent_is_stale(
    ses_at: SesAt, age_seconds: int, n_people: int
) -> None:
    with serve(answering("200 OK", b"{}")) as server:
        transport = ses_at(server.port, now=NOW + timedelta(seconds=age_seconds))
        outcomes = transport.send(MAIL, _PEOPLE[:n_people], attempt=1, opened_at=NOW)
    assert server.n_connections == 0
    assert [(one.kind, one.code) for one in outcomes if isinstance(one, Refused)] == [
        ("later", "stale_intent")
    ] * n_people


def test_each_entry_has_its_own_outcome_when_the_answer_is_mixed(ses_at: SesAt) -> None:
    results = [
        {"Status": "SUCCESS", "MessageId": "m-1"},
        {"Status": "INVALID_PARAMETER", "Error": "Bad: a@b.example"},
        {"Status": "SUCCESS"},
    ]
    body = json.dumps({"BulkEmailEntryResults": results}).encode()
    outcomes, _ = _send(ses_at, answering("200 OK", body))
    assert outcomes == [
        Accepted("m-1"),
        Refused("never", "INVALID_PARAMETER", "Bad: (address)"),
        InDoubt("no_message_id"),
    ]


def _refuses_reader_five(connection: socket.socket, server: Server) -> None:
    """Refuses every call that has reader 5 in it, whole; takes all others."""
    while body := read_request(connection, server):
        asked = json.loads(body)
        n_entries = len(asked.get("BulkEmailEntries", ()))
        results = [{"Status": "SUCCESS", "MessageId": "m"}] * n_entries
        answer = {"BulkEmailEntryResults": results, "MessageId": "m"}
        status = "200 OK"
        if b"reader5@" in body:
            status, answer = "400 No", {"message": "no such thing as reader5@readers.example"}
        text = json.dumps(answer).encode()
        code = "x-amzn-ErrorType: BadRequestException\r\n"
        head = f"HTTP/1.1 {status}\r\n{code}Content-Length: {len(text)}\r\n\r\n"
        connection.sendall(head.encode() + text)


def test_only_the_bad_entry_fails_when_ses_refuses_the_whole_call_for_it(ses_at: SesAt) -> None:
    people = [recipient(number) for number in range(8)]
    with serve(_refuses_reader_five) as server:
        transport = ses_at(server.port)
        outcomes = transport.send(MAIL, people, attempt=1, opened_at=NOW)
        transport.close()
    refused = Refused("never", "BadRequestException", "no such thing as (address)")
    assert outcomes == [Accepted("m")] * 5 + [refused] + [Accepted("m")] * 2
    assert len(server.requests) == 7


def test_everything_stops_when_ses_refuses_each_reader_alone(ses_at: SesAt) -> None:
    people = [recipient(number) for number in range(50)]
    with serve(answering("400 No", b"{}", code="BadRequestException")) as server:
        transport = ses_at(server.port)
        outcomes = transport.send(MAIL, people, attempt=1, opened_at=NOW)
        transport.close()
    assert outcomes == [Refused("stop", "BadRequestException")] * 50
    assert len(server.requests) < 15


def _takes_every_one(connection: socket.socket, server: Server) -> None:
    """Answer one SendEmail after another."""
    while read_request(connection, server):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"MessageId":"m"}')


def test_calls_are_what_a_second_is_enough_for_when_each_reader_has_a_request(
    ses_at: SesAt,
) -> None:
    # Each call asks for the time before and after; SES took 1, 4 and 0.02 s for them.
    instants = iter([0.0, 1.0, 1.0, 5.0, 5.0, 5.02])
    sizes = []
    with serve(_takes_every_one) as server:
        transport = ses_at(server.port, seconds=lambda: next(instants))
        for _ in range(3):
            sizes.append(transport.call_size(one_by_one=True))
            people = [recipient(number) for number in range(sizes[-1])]
            outcomes = transport.send(MAIL, people, attempt=1, opened_at=NOW, one_by_one=True)
            assert outcomes == [Accepted("m")] * sizes[-1]
        transport.close()
    assert [*sizes, transport.call_size(one_by_one=True)] == [10, 10, 2, 4]
    assert transport.call_size(one_by_one=False) == 50
    assert len(server.requests) == sum(sizes)
    assert all("Destination" in json.loads(one) for one in server.requests)
