"""What the `smtp` transport makes of refusals and lost connections, at a socket."""

import socket
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import BinaryIO

import pytest

from app.transports.base import Accepted, Outcome, Refused
from app.transports.smtp import SmtpTransport
from app.transports.smtp_server import SmtpServer
from tests.transports.mails import MAIL, NOW, recipient
from tests.transports.servers import Server, Talk, serve
from tests.transports.worlds import Sink, smtp_world

_HANG_UP = "hang up"
_FINAL_DOT = b"\r\n.\r\n"


def _said(outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """Kind and code of each."""
    return [
        (one.kind if isinstance(one, Refused) else type(one).__name__, getattr(one, "code", ""))
        for one in outcomes
    ]


def test_others_get_theirs_when_some_are_refused() -> None:
    sink = Sink(
        refusals={
            "reader1": "550 5.1.1 <reader1@readers.example> unknown",
            "reader2": "452 4.2.2 full",
            "reader3": "530 5.7.0 log in first",
        },
        after_data={"reader4": "554 5.7.1 spam", "reader5": "451 4.3.0 try again"},
    )
    people = [recipient(number) for number in range(7)]
    with smtp_world(lambda: NOW, sink) as world:
        outcomes = world.transport.send(MAIL, people, attempt=1, opened_at=NOW)
    assert _said(outcomes) == [
        ("Accepted", ""),
        ("never", "550"),
        ("later", "452"),
        ("halt", "530"),
        ("never", "554"),
        ("later", "451"),
        ("Accepted", ""),
    ]
    assert outcomes[1] == Refused("never", "550", "5.1.1 <(address)> unknown")
    assert [message["To"] for message in sink.messages] == [
        "reader0@readers.example",
        "reader6@readers.example",
    ]
    assert sink.envelopes[0] == ("digest@devoured.example", ["reader0@readers.example"])


def test_message_id_is_ours_and_names_the_delivery() -> None:
    sink = Sink()
    with smtp_world(lambda: NOW, sink) as world:
        (outcome,) = world.transport.send(MAIL, [recipient(1)], attempt=3, opened_at=NOW)
    assert isinstance(outcome, Accepted)
    assert sink.messages[0]["Message-ID"] == f"<{outcome.message_id}>"
    assert outcome.message_id.startswith("7-1.3.")
    assert outcome.message_id.endswith("@devoured.example")


def _scripted(**answers: str) -> Talk:
    """A server that answers each command as told, `end` being the final dot; else it says yes.

    `hang up` closes the connection instead of an answer.
    """
    usual = {"data": "354 go on", "greeting": "220 ready", "quit": "221 bye"}

    def talk(connection: socket.socket, server: Server) -> None:
        lines = connection.makefile("rb")
        word = "greeting"
        while True:
            answer = answers.get(word) or usual.get(word, "250 yes")
            if answer == _HANG_UP:
                break
            connection.sendall(f"{answer}\r\n".encode())
            if word == "data" and answer.startswith("354"):
                server.requests.append(_message(lines))
                word = "end"
                if not server.requests[-1].endswith(b"\r\n.\r\n"):
                    break
                continue
            word = lines.readline().split(b" ")[0].strip().lower().decode()
            if not word:
                break
        lines.close()

    return talk


def _message(lines: BinaryIO) -> bytes:
    found = b""
    while not found.endswith(b"\r\n.\r\n"):
        line = lines.readline()
        if not line:
            break
        found += line
    return found


def _send(
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


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("ehlo", ["250 here", "250-here\r\n250 PIPELINING"])
@pytest.mark.parametrize(
    ("answers", "said", "n_messages"),
    [
        ({"greeting": "554 go away"}, ("halt", "SMTPConnectError_554"), 0),
        ({"greeting": "421 busy"}, ("later", "SMTPConnectError_421"), 0),
        ({"greeting": _HANG_UP}, ("later", "SMTPServerDisconnected"), 0),
        ({"mail": "550 not you"}, ("stop", "550"), 0),
        ({"mail": "451 later"}, ("later", "451"), 0),
        ({"mail": "421 closing"}, ("later", "connection_lost"), 0),
        ({"mail": _HANG_UP}, ("later", "connection_lost"), 0),
        ({"mail": "garbage"}, ("later", "bad_reply"), 0),
        ({"rcpt": "550 unknown"}, ("never", "550"), 0),
        ({"rcpt": _HANG_UP}, ("later", "connection_lost"), 0),
        ({"rcpt": "550 unknown", "rset": _HANG_UP}, ("never", "550"), 0),
        ({"data": "554 no"}, ("never", "554"), 0),
        ({"data": "250 what"}, ("later", "bad_reply"), 0),
        ({"end": "554 spam"}, ("never", "554"), 2),
        ({"end": "452 full"}, ("later", "452"), 2),
        ({"end": "421 closing"}, ("later", "421"), 2),
        ({"end": _HANG_UP}, ("InDoubt", "no_reply"), 2),
        ({"end": "garbage"}, ("InDoubt", "bad_reply"), 2),
        ({"end": "354 again"}, ("InDoubt", "bad_reply"), 2),
    ],
)
def test_outcome_is_right_and_nothing_goes_twice_when_a_command_fails(
    answers: dict[str, str], said: tuple[str, str], n_messages: int, ehlo: str, connections: int
) -> None:
    outcomes, server = _send(_scripted(**{"ehlo": ehlo, **answers}), connections=connections)
    assert _said(outcomes) == [said, said]
    assert sum(one.endswith(_FINAL_DOT) for one in server.requests) == n_messages


def test_commands_go_in_one_write_only_when_the_server_says_that_it_takes_them() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        connection.sendall(b"220 ready\r\n")
        connection.recv(4096)
        connection.sendall(b"250-here\r\n250 PIPELINING\r\n")
        server.requests.append(connection.recv(4096))
        connection.sendall(b"250 yes\r\n250 yes\r\n354 go on\r\n")
        while not connection.recv(1 << 20).endswith(_FINAL_DOT):
            pass
        connection.sendall(b"250 taken\r\n")

    outcomes, server = _send(talk, n_people=1)
    assert isinstance(outcomes[0], Accepted)
    assert [line.split(b" ")[0] for line in server.requests[0].splitlines()] == [
        b"MAIL",
        b"RCPT",
        b"DATA",
    ]


def test_message_is_in_doubt_when_the_answer_to_its_end_is_late() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        _scripted(end=_HANG_UP)(connection, server)
        server.stopping.wait(5)

    outcomes, server = _send(talk, n_people=1)
    assert _said(outcomes) == [("InDoubt", "no_reply")]
    assert len(server.requests) == 1


def test_connection_is_kept_when_another_call_follows() -> None:
    outcomes, server = _send(_scripted(), n_people=3, n_sends=3)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (1, 9)


def _one_message_a_connection(connection: socket.socket, server: Server) -> None:
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
            server.requests.append(_message(lines))
            connection.sendall(b"250 taken\r\n")
    lines.close()


def test_next_connection_takes_the_message_when_a_used_one_is_lost_before_it() -> None:
    outcomes, server = _send(_one_message_a_connection, n_people=3)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (3, 3)


@pytest.mark.parametrize("connections", [1, 4])
def test_server_is_asked_once_when_it_cannot_be_reached(connections: int) -> None:
    outcomes, server = _send(_scripted(greeting="554 go away"), n_people=5, connections=connections)
    assert _said(outcomes) == [("halt", "SMTPConnectError_554")] * 5
    assert server.n_connections == 1


def test_messages_are_under_way_on_several_connections_while_answers_are_awaited() -> None:
    all_there = threading.Barrier(4)

    def talk(connection: socket.socket, server: Server) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 ready\r\n")
        while word := lines.readline()[:4].strip().lower():
            connection.sendall(b"354 go on\r\n" if word == b"data" else b"250 yes\r\n")
            if word == b"data":
                server.requests.append(_message(lines))
                all_there.wait(5)
                connection.sendall(b"250 taken\r\n")
        lines.close()

    outcomes, server = _send(talk, n_people=8, n_sends=2, connections=4)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (4, 16)
    assert len(set(server.requests)) == 16


def test_one_connection_takes_all_when_the_server_allows_no_other() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        busy = "421 4.7.0 too many connections" if server.n_connections > 1 else "220 ready"
        _scripted(greeting=busy)(connection, server)

    outcomes, server = _send(talk, n_people=9, connections=4)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (2, 9)


def test_others_are_refused_when_the_only_connection_is_lost_and_no_other_is_to_be_had() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        if server.n_connections == 1:
            _one_message_a_connection(connection, server)
        else:
            connection.sendall(b"421 4.7.0 too many connections\r\n")

    outcomes, server = _send(talk, n_people=4, connections=4)
    assert _said(outcomes) == [("Accepted", ""), *[("later", "SMTPConnectError_421")] * 3]
    assert len(server.requests) == 1


def test_message_does_not_leave_when_the_intent_goes_stale_on_the_way() -> None:
    instants = [NOW] * 4 + [NOW + timedelta(seconds=31)] * 10
    with serve(_scripted()) as server:
        transport = SmtpTransport(
            SmtpServer("127.0.0.1", server.port, "none"), clock=lambda: instants.pop(0)
        )
        outcomes = transport.send(
            MAIL, [recipient(1), recipient(2), recipient(3)], attempt=1, opened_at=NOW
        )
        transport.close()
    assert _said(outcomes) == [("Accepted", ""), *[("later", "stale_intent")] * 2]
    assert [one.endswith(b"\r\n.\r\n") for one in server.requests] == [True, False]


def test_calls_are_what_a_second_is_enough_for_when_the_server_is_slow() -> None:
    # Each call asks for the time before and after; the server took 1, 1, 4, 0.02 and 0.02 s.
    instants = iter([0.0, 1.0, 1.0, 2.0, 2.0, 6.0, 6.0, 6.02, 7.0, 7.02])
    sizes = []
    with serve(_scripted()) as server:
        transport = SmtpTransport(
            SmtpServer("127.0.0.1", server.port, "none"),
            clock=lambda: NOW,
            seconds=lambda: next(instants),
        )
        for _ in range(5):
            sizes.append(transport.call_size(one_by_one=False))
            people = [recipient(number) for number in range(transport.call_size(one_by_one=False))]
            transport.send(MAIL, people, attempt=1, opened_at=NOW)
        transport.close()
    assert [*sizes, transport.call_size(one_by_one=False)] == [10, 10, 10, 2, 4, 8]
    assert len(server.requests) == sum(sizes)


def test_calls_are_one_message_for_each_connection_at_least_when_the_server_is_slow() -> None:
    instants = iter([0.0, 9.0, 9.0, 19.0])
    with serve(_scripted()) as server:
        transport = SmtpTransport(
            SmtpServer("127.0.0.1", server.port, "none"),
            clock=lambda: NOW,
            connections=4,
            seconds=lambda: next(instants),
        )
        for n_people in (10, 1):
            people = [recipient(number) for number in range(n_people)]
            transport.send(MAIL, people, attempt=1, opened_at=NOW)
            assert transport.call_size(one_by_one=False) == 4
        transport.close()


def test_calls_stay_as_small_as_they_were_when_the_server_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    transport = SmtpTransport(SmtpServer("127.0.0.1", port, "none"), clock=lambda: NOW)
    for _ in range(3):
        size = transport.call_size(one_by_one=False)
        people = [recipient(number) for number in range(size)]
        outcomes = transport.send(MAIL, people, attempt=1, opened_at=NOW)
        assert {kind for kind, _ in _said(outcomes)} == {"later"}
    assert transport.call_size(one_by_one=False) == 10


def test_connections_on_which_nothing_is_said_take_one_time_out_together() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        _scripted(end=_HANG_UP)(connection, server)
        server.stopping.wait(10)

    before = time.monotonic()
    outcomes, _ = _send(talk, n_people=4, connections=4, timeout_seconds=2)
    assert _said(outcomes) == [("InDoubt", "no_reply")] * 4
    assert time.monotonic() - before < 6, "one after the other they would take eight seconds"
