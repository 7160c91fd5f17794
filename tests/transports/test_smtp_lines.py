"""Several connections at once, kept ones, and how much goes over them in one call."""

import smtplib
import socket
import threading

import pytest

from app.smtp_urls import SmtpServer
from app.transports.base import Accepted
from app.transports.smtp import SmtpTransport
from app.transports.smtp_talk import post
from tests.transports.mails import MAIL, NOW, recipient
from tests.transports.servers import Server, serve
from tests.transports.smtp_talks import (
    HANG_UP,
    message_of,
    one_message_a_connection,
    said,
    scripted,
    send,
)


def test_messages_are_under_way_on_several_connections_while_answers_are_awaited() -> None:
    all_there = threading.Barrier(4)

    def talk(connection: socket.socket, server: Server) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 ready\r\n")
        while word := lines.readline()[:4].strip().lower():
            connection.sendall(b"354 go on\r\n" if word == b"data" else b"250 yes\r\n")
            if word == b"data":
                server.requests.append(message_of(lines))
                all_there.wait(5)
                connection.sendall(b"250 taken\r\n")
        lines.close()

    outcomes, server = send(talk, n_people=8, n_sends=2, connections=4)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (4, 16)
    assert len(set(server.requests)) == 16


def test_one_connection_takes_all_when_the_server_allows_no_other() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        busy = "421 4.7.0 too many connections" if server.n_connections > 1 else "220 ready"
        scripted(greeting=busy)(connection, server)

    outcomes, server = send(talk, n_people=9, connections=4)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (2, 9)


def test_others_are_refused_when_the_only_connection_is_lost_and_no_other_is_to_be_had() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        if server.n_connections == 1:
            one_message_a_connection(connection, server)
        else:
            connection.sendall(b"421 4.7.0 too many connections\r\n")

    outcomes, server = send(talk, n_people=4, connections=4)
    assert said(outcomes) == [("Accepted", ""), *[("unreached", "SMTPConnectError_421")] * 3]
    assert len(server.requests) == 1


def test_calls_are_one_message_for_each_connection_at_least_when_the_server_is_slow() -> None:
    instants = iter([0.0, 9.0, 9.0, 19.0])
    with serve(scripted()) as server:
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


def test_connections_on_which_nothing_is_said_take_one_time_out_together() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        scripted(end=HANG_UP)(connection, server)
        if not server.stopping.wait(60):
            hung_up.append(True)

    hung_up: list[bool] = []
    now = 0.0
    with serve(talk) as server:
        lines = [smtplib.SMTP("127.0.0.1", server.port, timeout=3600) for _ in range(4)]
        turns = [
            post(
                line,
                sender="news@sender.example",
                address="ada@reader.example",
                message=b"Subject: news\r\n\r\nNews.\r\n.\r\n",
                message_id="1@sender.example",
                is_stale=lambda: False,
                seconds=lambda: now,
            )
            for line in lines
        ]
        for _ in ("MAIL", "RCPT", "DATA", "the message"):
            for turn in turns:
                next(turn)
        now = 3600.0  # the time-out; were it begun anew for each, the server would hang up first
        outcomes = []
        for turn in turns:
            with pytest.raises(StopIteration) as ended:
                next(turn)
            outcomes.append(ended.value.value)
        assert said(outcomes) == [("InDoubt", "no_reply")] * 4
        assert hung_up == []


def test_calls_stay_as_small_as_they_were_when_the_server_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    transport = SmtpTransport(SmtpServer("127.0.0.1", port, "none"), clock=lambda: NOW)
    for _ in range(3):
        size = transport.call_size(one_by_one=False)
        people = [recipient(number) for number in range(size)]
        outcomes = transport.send(MAIL, people, attempt=1, opened_at=NOW)
        assert {kind for kind, _ in said(outcomes)} == {"unreached"}
    assert transport.call_size(one_by_one=False) == 10


def test_calls_are_what_a_second_is_enough_for_when_the_server_is_slow() -> None:
    # Each call asks for the time before and after; the server took 1, 1, 4, 0.02 and 0.02 s.
    instants = iter([0.0, 1.0, 1.0, 2.0, 2.0, 6.0, 6.0, 6.02, 7.0, 7.02])
    sizes = []
    with serve(scripted()) as server:
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


def test_connection_is_kept_when_another_call_follows() -> None:
    outcomes, server = send(scripted(), n_people=3, n_sends=3)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (1, 9)


def test_next_connection_takes_the_message_when_a_used_one_is_lost_before_it() -> None:
    outcomes, server = send(one_message_a_connection, n_people=3)
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert (server.n_connections, len(server.requests)) == (3, 3)
