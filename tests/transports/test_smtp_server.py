import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from app.errors import ConfigError
from app.smtp_urls import SmtpServer, parse_smtp_url
from app.transports.base import Refused
from app.transports.smtp import SmtpTransport
from app.transports.smtp_server import connect, connect_outcome
from localdev.processes import free_port
from tests.transports.mails import MAIL, NOW, recipient
from tests.transports.worlds import Sink

_TLS = Path(__file__).with_name("tls.pem")
"""A key and a certificate for 127.0.0.1, signed by itself; it opens nothing but these tests."""


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25, "none")),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "none")),
        ("smtp://[::1]:1025/", SmtpServer("::1", 1025, "none")),
        ("smtp+starttls://mail.example", SmtpServer("mail.example", 587, "starttls")),
        (
            "smtps://user%40x.example:p%2Fw%3A%40@mail.example",  # pragma: allowlist secret
            SmtpServer("mail.example", 465, "implicit", "user@x.example", "p/w:@"),
        ),
    ],
)
def test_url_is_read_when_it_is_whole(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:port",
        "smtp://mail.example:99999",
        "smtp://mail.example/path",
        "smtp://mail.example?tls=1",
        "smtp://only-user@mail.example",
        "smtp://user:p%C3%A4ss@mail.example",  # pragma: allowlist secret
        "smtp://[::1",
    ],
)
def test_url_is_refused_without_repeating_it_when_it_is_wrong(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_smtp_url(url)
    assert not url or url not in str(raised.value)


def test_password_is_not_shown_when_a_server_is_printed() -> None:
    assert "hunter2" not in repr(SmtpServer("mail.example", 25, "none", "user", "hunter2"))


def _let_in(
    _server: object, _session: object, _envelope: object, _mechanism: object, given: LoginPassword
) -> Any:
    return AuthResult(success=given == LoginPassword(b"user", b"right"), handled=False)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_TLS)
    return context


@contextmanager
def _server(sink: Sink, **options: Any) -> Iterator[int]:
    port = free_port()
    controller = Controller(
        sink, hostname="127.0.0.1", port=port, server_hostname="localhost", **options
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(_TLS))


@pytest.mark.parametrize(("scheme", "option"), [("smtps", "ssl"), ("smtp+starttls", "tls")])
def test_mail_is_sent_over_tls_when_the_url_asks_for_it(scheme: str, option: str) -> None:
    sink = Sink()
    options = {f"{option}_context": _context(), "require_starttls": option == "tls"}
    login = {"authenticator": _let_in, "auth_require_tls": False}
    with _server(sink, **options, **login) as port:
        server = parse_smtp_url(f"{scheme}://user:right@127.0.0.1:{port}")
        transport = SmtpTransport(server, clock=lambda: NOW, tls_context=_trusting())
        transport.send(MAIL, [recipient(1), recipient(2)], attempt=1, opened_at=NOW)
        transport.close()
    assert [message["To"] for message in sink.messages] == [
        "reader1@readers.example",
        "reader2@readers.example",
    ]


def _connect_fault(server: SmtpServer, context: ssl.SSLContext | None = None) -> Exception:
    with pytest.raises(Exception) as raised:  # noqa: PT011  # which one is what is tested
        connect(server, timeout_seconds=1, tls_context=context)
    return raised.value


def test_everything_stops_when_the_certificate_is_not_trusted() -> None:
    with _server(Sink(), tls_context=_context()) as port:
        fault = _connect_fault(SmtpServer("127.0.0.1", port, "starttls"))
    outcome = connect_outcome(fault)
    assert (outcome.kind, outcome.code) == ("halt", "SSLCertVerificationError")


def test_everything_stops_when_the_password_is_wrong() -> None:
    with _server(Sink(), authenticator=_let_in, auth_require_tls=False) as port:
        fault = _connect_fault(SmtpServer("127.0.0.1", port, "none", "user", "wrong"))
    outcome = connect_outcome(fault)
    assert (outcome.kind, outcome.code) == ("halt", "SMTPAuthenticationError_535")


@pytest.mark.parametrize(("tls", "user"), [("starttls", ""), ("none", "user")])
def test_everything_stops_when_the_server_cannot_do_what_the_url_asks(tls: Any, user: str) -> None:
    with _server(Sink()) as port:
        fault = _connect_fault(SmtpServer("127.0.0.1", port, tls, user, user))
    assert connect_outcome(fault) == Refused("halt", "SMTPNotSupportedError")


def test_server_is_tried_later_when_nobody_listens() -> None:
    fault = _connect_fault(SmtpServer("127.0.0.1", free_port(), "none"))
    assert connect_outcome(fault) == Refused(
        "unreached", "ConnectionRefusedError", "Connection refused"
    )


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (smtplib.SMTPConnectError(421, b"busy"), "unreached"),
        (smtplib.SMTPConnectError(554, b"no"), "halt"),
        (smtplib.SMTPAuthenticationError(454, b"later"), "unreached"),
        (smtplib.SMTPServerDisconnected("gone"), "unreached"),
        (TimeoutError("slow"), "unreached"),
        (ssl.SSLEOFError("cut"), "unreached"),
        (ssl.SSLError("wrong version"), "halt"),
        (ValueError("odd"), "halt"),
    ],
)
def test_connect_outcome_waits_only_when_waiting_may_help(fault: Exception, kind: str) -> None:
    assert connect_outcome(fault).kind == kind
