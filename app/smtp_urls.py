"""The address of an SMTP server, as settings write it."""

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from app.errors import ConfigError

Tls = Literal["none", "starttls", "implicit"]

ENCODED: Final = "in a user or password, / ? # and @ are written as %2F %3F %23 and %40"

SMTP_SCHEMES: Final[dict[str, tuple[Tls, int]]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("implicit", 465),
}
"""How such an address begins, with how it is encrypted and the port without one."""


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
        raise ConfigError(f"its host and port cannot be told; {ENCODED}") from None
    if parts.scheme not in SMTP_SCHEMES:
        raise ConfigError(f"must begin with {' or '.join(f'{one}://' for one in SMTP_SCHEMES)}")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"must have a host, and nothing behind host and port; {ENCODED}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not (user + password).isascii():
        raise ConfigError("must have both user and password, in ASCII, or neither")
    tls, usual_port = SMTP_SCHEMES[parts.scheme]
    return SmtpServer(parts.hostname, port or usual_port, tls, user, password)
