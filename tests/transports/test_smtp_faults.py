"""What the `smtp` transport makes of refusals and lost connections, at a socket."""

import socket
from datetime import timedelta

import pytest

from app.enums import Cause
from app.smtp_urls import SmtpServer
from app.transports.answers import Answer
from app.transports.base import Accepted, Refused
from app.transports.smtp import SmtpTransport
from tests.transports.mails import MAIL, NOW, recipient
from tests.transports.servers import Server, serve
from tests.transports.smtp_talks import HANG_UP, said, scripted, send
from tests.transports.worlds import Sink, smtp_world

_FINAL_DOT = b"\r\n.\r\n"


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
    assert said(outcomes) == [
        ("Accepted", ""),
        ("never", "550"),
        ("later", "452"),
        ("halt", "530"),
        ("never", "554"),
        ("later", "451"),
        ("Accepted", ""),
    ]
    gone = Answer(Cause.MAILBOX, "5.1.1", is_gone=True)
    assert outcomes[1] == Refused("never", "550", "5.1.1 <(address)> unknown", gone)
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


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("ehlo", ["250 here", "250-here\r\n250 PIPELINING"])
@pytest.mark.parametrize(
    ("answers", "expected", "n_messages"),
    [
        ({"greeting": "554 go away"}, ("halt", "SMTPConnectError_554"), 0),
        ({"greeting": "421 busy"}, ("unreached", "SMTPConnectError_421"), 0),
        ({"greeting": HANG_UP}, ("unreached", "SMTPServerDisconnected"), 0),
        ({"mail": "550 not you"}, ("stop", "550"), 0),
        ({"mail": "451 later"}, ("later", "451"), 0),
        ({"mail": "421 closing"}, ("later", "connection_lost"), 0),
        ({"mail": HANG_UP}, ("later", "connection_lost"), 0),
        ({"mail": "garbage"}, ("later", "bad_reply"), 0),
        ({"rcpt": "550 unknown"}, ("never", "550"), 0),
        ({"rcpt": HANG_UP}, ("later", "connection_lost"), 0),
        ({"rcpt": "550 unknown", "rset": HANG_UP}, ("never", "550"), 0),
        ({"data": "554 no"}, ("never", "554"), 0),
        ({"data": "250 what"}, ("later", "bad_reply"), 0),
        ({"end": "554 spam"}, ("never", "554"), 2),
        ({"end": "452 full"}, ("later", "452"), 2),
        ({"end": "421 closing"}, ("later", "421"), 2),
        ({"end": HANG_UP}, ("InDoubt", "no_reply"), 2),
        ({"end": "garbage"}, ("InDoubt", "bad_reply"), 2),
        ({"end": "354 again"}, ("InDoubt", "bad_reply"), 2),
    ],
)
def test_outcome_is_right_and_nothing_goes_twice_when_a_command_fails(
    answers: dict[str, str], expected: tuple[str, str], n_messages: int, ehlo: str, connections: int
) -> None:
    outcomes, server = send(scripted(**{"ehlo": ehlo, **answers}), connections=connections)
    assert said(outcomes) == [expected, expected]
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

    outcomes, server = send(talk, n_people=1)
    assert isinstance(outcomes[0], Accepted)
    assert [line.split(b" ")[0] for line in server.requests[0].splitlines()] == [
        b"MAIL",
        b"RCPT",
        b"DATA",
    ]


def test_message_is_in_doubt_when_the_answer_to_its_end_is_late() -> None:
    def talk(connection: socket.socket, server: Server) -> None:
        scripted(end=HANG_UP)(connection, server)
        server.stopping.wait(5)

    outcomes, server = send(talk, n_people=1)
    assert said(outcomes) == [("InDoubt", "no_reply")]
    assert len(server.requests) == 1


@pytest.mark.parametrize("connections", [1, 4])
def test_server_is_asked_once_when_it_cannot_be_reached(connections: int) -> None:
    outcomes, server = send(scripted(greeting="554 go away"), n_people=5, connections=connections)
    assert said(outcomes) == [("halt", "SMTPConnectError_554")] * 5
    assert server.n_connections == 1


def test_message_does_not_leave_when_the_intent_goes_stale_on_the_way() -> None:
    instants = [NOW] * 4 + [NOW + timedelta(seconds=31)] * 10
    with serve(scripted()) as server:
        transport = SmtpTransport(
            SmtpServer("127.0.0.1", server.port, "none"), clock=lambda: instants.pop(0)
        )
        outcomes = transport.send(
            MAIL, [recipient(1), recipient(2), recipient(3)], attempt=1, opened_at=NOW
        )
        transport.close()
    assert said(outcomes) == [("Accepted", ""), *[("later", "stale_intent")] * 2]
    assert [one.endswith(b"\r\n.\r\n") for one in server.requests] == [True, False]


@pytest.mark.parametrize("ehlo", ["250 here", "250-here\r\n250 PIPELINING"])
@pytest.mark.parametrize(
    ("answers", "kind", "answer"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, "never", Answer(Cause.MAILBOX, "5.1.1", is_gone=True)),
        ({"rcpt": "550 5.7.26 unauthenticated"}, "never", Answer(Cause.OURS, "5.7.26")),
        ({"rcpt": "554 5.7.1 <a@b.example>: Relay access denied"}, "never",
         Answer(Cause.OURS, "5.7.1")),
        ({"rcpt": "550 relay not permitted"}, "never", Answer(Cause.OURS)),
        ({"rcpt": "452 4.2.2 over quota"}, "later", Answer(Cause.MAILBOX, "4.2.2")),
        ({"end": "554 5.7.1 classified as spam"}, "never", Answer(Cause.CONTENT, "5.7.1")),
        ({"end": "552 5.3.4 too big"}, "never", Answer(Cause.CONTENT, "5.3.4")),
        ({"rcpt": "550 no"}, "never", None),
        ({"data": "554 transaction failed"}, "never", None),
        ({"mail": "550 5.7.1 not you"}, "stop", None),
        ({"mail": "451 4.7.1 later"}, "later", None),
        ({"rcpt": "530 5.7.0 log in first"}, "halt", None),
        ({"rcpt": "550 5.4.5 Daily SMTP relay sending limit exceeded"}, "quota", None),
        ({"rcpt": "550 5.1.1 unknown: it said: 550 5.4.5 limit"}, "never",
         Answer(Cause.MAILBOX, "5.1.1", is_gone=True)),
    ],
)  # fmt: skip
def test_refusal_says_whose_doing_it_is_where_the_server_does(
    ehlo: str, answers: dict[str, str], kind: str, answer: Answer | None
) -> None:
    (refused,), _ = send(scripted(**{"ehlo": ehlo, **answers}), n_people=1)
    assert isinstance(refused, Refused)
    assert (refused.kind, refused.answer) == (kind, answer)
