"""An SMTP server: connected to, and what a failed connection means."""

import smtplib
import socket
import ssl
from typing import Final

from app.smtp_urls import SmtpServer
from app.transports.base import Refused, RefusedKind
from app.transports.replies import tidy

_PERMANENT: Final = 500


def connect(
    server: SmtpServer, *, timeout_seconds: float, tls_context: ssl.SSLContext | None = None
) -> smtplib.SMTP:
    """Open a connection, greeted, encrypted and logged in as the server wants it.

    Raises:
        Exception: whatever smtplib, ssl and the socket raise; `connect_outcome` interprets it.
    """
    context = tls_context or ssl.create_default_context()
    smtp = _greeted(server, timeout_seconds, context)
    try:
        if smtp.sock is not None:
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def connect_outcome(fault: Exception) -> Refused:
    """Return the outcome of a connection that could not be made: nothing was sent to anybody."""
    code = type(fault).__name__
    match fault:
        case smtplib.SMTPResponseException(smtp_code=reply, smtp_error=text):
            kind: RefusedKind = "halt" if reply >= _PERMANENT else "unreached"
            return Refused(kind, f"{code}_{reply}", tidy(text))
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | smtplib.SMTPServerDisconnected():
            return Refused("unreached", code)
        case ssl.SSLError():
            return Refused("halt", code, tidy(getattr(fault, "reason", None) or ""))
        case OSError() if not isinstance(fault, smtplib.SMTPException):
            return Refused("unreached", code, tidy(fault.strerror or ""))
        case _:
            return Refused("halt", code)


def _greeted(server: SmtpServer, timeout_seconds: float, context: ssl.SSLContext) -> smtplib.SMTP:
    ours = _own_name()
    if server.tls == "implicit":
        return smtplib.SMTP_SSL(
            server.host, server.port, ours, timeout=timeout_seconds, context=context
        )
    return smtplib.SMTP(server.host, server.port, ours, timeout=timeout_seconds)


def _own_name() -> str:
    """Return our own name for EHLO, without asking DNS.

    Source: RFC 5321 4.1.4, an address literal where there is no full name.
    """
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"
