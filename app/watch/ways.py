"""The ways by which somebody hears of it: a webhook, mail by a server of its own, and a ping.

None of them is what the readers' mail leaves by, so that what they tell of does not silence them.
"""

import smtplib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Final

import httpx2

from app.clock import Clock
from app.settings import Settings
from app.smtp_urls import SmtpServer, parse_smtp_url
from app.transports.replies import tidy
from app.transports.smtp_server import connect
from app.watch.notices import Way
from app.watch.told import Told, as_json, subject_of, text_of

SECONDS: Final = 10.0
"""How long a way may take to connect, and between two parts of an answer."""

_HEADERS: Final = {"User-Agent": "Devoured"}

Tell = Callable[[Sequence[Told]], None]


class NotTold(Exception):  # what it says
    """Nobody could be told by this way; the text has no address or password in it."""


@dataclass(frozen=True)
class Ways:
    """How notices are told, and who is pinged; empty where nothing is set."""

    tell: Mapping[Way, Tell]
    ping: Callable[[], None] | None


def make_ways(settings: Settings, clock: Clock) -> Ways:
    """Return the ways that are set.

    Raises:
        ConfigError: the address of the server for mail is none.
    """
    tell: dict[Way, Tell] = {}
    site = settings.base_url
    webhook = settings.watch_webhook.get_secret_value()
    if webhook:
        tell[Way.WEBHOOK] = lambda told: post_notices(webhook, told, site)
    if settings.watch_mail_to:
        server = parse_smtp_url(settings.watch_smtp_url.get_secret_value())

        def mail(told: Sequence[Told]) -> None:
            send_mail(server, mail_of(told, settings, clock))

        tell[Way.MAIL] = mail
    address = settings.watch_ping.get_secret_value()
    return Ways(tell, (lambda: ping(address)) if address else None)


def post_notices(address: str, told: Sequence[Told], site: str) -> None:
    """Post notices as JSON, with a `text` for chats.

    Raises:
        NotTold: it was not answered, or not with success.
    """
    body: dict[str, Any] = {"text": text_of(told, site), "notices": [as_json(one) for one in told]}
    _ask("POST", address, json=body)


def ping(address: str) -> None:
    """Ask an address that notices when it is no longer asked.

    Raises:
        NotTold: it was not answered, or not with success.
    """
    _ask("GET", address)


def mail_of(told: Sequence[Told], settings: Settings, clock: Clock) -> EmailMessage:
    """Return the mail of these notices, which no machine should answer."""
    mail = EmailMessage()
    mail["From"], mail["To"] = settings.watch_mail_from, ", ".join(settings.watch_mail_to)
    mail["Subject"] = subject_of(told)
    mail["Date"] = format_datetime(clock())
    mail["Message-ID"] = make_msgid(domain=settings.watch_mail_from.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_of(told, settings.base_url))
    return mail


def send_mail(server: SmtpServer, mail: EmailMessage) -> None:
    """Send a mail by this server.

    Raises:
        NotTold: the server could not be reached, or refused it for anybody.
    """
    try:
        with connect(server, timeout_seconds=SECONDS) as smtp:
            refused = smtp.send_message(mail)
    except smtplib.SMTPResponseException as error:
        raise NotTold(f"{error.smtp_code} {tidy(error.smtp_error)}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotTold(type(error).__name__) from None
    if refused:
        raise NotTold("the server refused some of those who are to hear of it")


def _ask(method: str, address: str, **more: Any) -> None:
    try:
        answer = httpx2.request(method, address, headers=_HEADERS, timeout=SECONDS, **more)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NotTold(type(error).__name__) from None
    if not answer.is_success:
        raise NotTold(f"it answered {answer.status_code}")
