"""An SMTP server: read from a URL, connected to, and what a failed connection means."""

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from app.errors import ConfigError
from app.transports.base import Refused, RefusedKind
from app.transports.replies import tidy

Tls = Literal["none", "starttls", "implicit"]

_SCHEMES: Final[dict[str, tuple[Tls, int]]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("implicit", 465),
}
_PERMANENT: Final = 500


@dataclass(frozen=True)
class SmtpServer:
    """Where to connect to, how it is encrypted, and who we are there; no user means no login."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)


def parse_smtp_url(url: str) -> SmtpServer:
    """Parse `smtp://`, `smtp+starttls://` or `smtps://user:password@host:port`.

    User and password are percent-decoded. Without a port: 25, 587 or 465.

    Raises:
        ConfigError: saying what is wrong, never with the URL in it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError("the SMTP URL has no valid host or port") from None
    if parts.scheme not in _SCHEMES:
        raise ConfigError(f"an SMTP URL begins with one of {', '.join(_SCHEMES)} and ://")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError("an SMTP URL has a host and nothing behind it")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not (user + password).isascii():
        raise ConfigError("an SMTP URL has both user and password, in ASCII, or neither")
    tls, usual_port = _SCHEMES[parts.scheme]
    return SmtpServer(parts.hostname, port or usual_port, tls, user, password)


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
            kind: RefusedKind = "halt" if reply >= _PERMANENT else "later"
            return Refused(kind, f"{code}_{reply}", tidy(text))
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | smtplib.SMTPServerDisconnected():
            return Refused("later", code)
        case ssl.SSLError():
            return Refused("halt", code, tidy(getattr(fault, "reason", None) or ""))
        case OSError() if not isinstance(fault, smtplib.SMTPException):
            return Refused("later", code, tidy(fault.strerror or ""))
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
