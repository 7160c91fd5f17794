"""The `smtp` transport: one message per recipient over a kept connection to any server.

The body is encoded once per Mail and goes straight to the socket, already dot-stuffed; smtplib
does the rest of the conversation.
"""

import secrets
import smtplib
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

from app.clock import Clock
from app.transports.base import Mail, Outcome, Quota, Recipient, Refused
from app.transports.checks import Texts, read_texts, survey
from app.transports.fence import GOOD_FOR, STALE, is_stale
from app.transports.headers import split_mailbox
from app.transports.last import Last
from app.transports.mime import MailBytes, build_message, encode_mail
from app.transports.smtp_server import SmtpServer, connect, connect_outcome
from app.transports.smtp_talk import LOST, post

_FIRST_CALL: Final = 10
"""Messages of the first call, before it is known how long the server takes for one."""

_TINY: Final = 1e-6


@dataclass(frozen=True)
class _Job:
    """What the messages of one `send` have alike; `id_ending` completes their Message-IDs."""

    shared: MailBytes
    sender: str
    date: str
    id_ending: str
    is_stale: Callable[[], bool]


class SmtpTransport:
    """Sends through an SMTP server; threads may share it, each takes a connection of its own.

    Make it after a fork, never before: two processes must not talk on one connection.
    """

    name = "smtp"
    max_recipients = 50
    call_size = _FIRST_CALL

    def __init__(
        self,
        server: SmtpServer,
        *,
        clock: Clock,
        timeout_seconds: float = 60,
        good_for: timedelta = GOOD_FOR,
        tls_context: ssl.SSLContext | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._clock = clock
        self._good_for = good_for
        self._timeout_seconds = timeout_seconds
        self._tls_context = tls_context
        self._seconds = seconds
        self._idle: deque[smtplib.SMTP] = deque()
        self._texts: Last[Texts | Refused] = Last()
        self._bytes: Last[MailBytes] = Last()

    def send(
        self,
        mail: Mail,
        recipients: Sequence[Recipient],
        *,
        attempt: int,
        opened_at: datetime,
        one_by_one: bool = False,  # noqa: ARG002  # SMTP knows no other way
    ) -> list[Outcome]:
        """One outcome per recipient, in their order; see `Transport.send`.

        Each recipient is a transaction of its own, and the fence is asked before each. When the
        server cannot be reached, those who wait are refused without another try.
        """
        texts = self._texts.get(mail, make=lambda: read_texts(mail))
        found = survey(texts, recipients, self.max_recipients)
        if isinstance(found, Refused):
            return [found] * len(recipients)
        job = self._job(mail, found.texts, attempt, opened_at)
        began = self._seconds()
        line = _Line(self._take(), self._connect)
        outcomes: list[Outcome] = [
            refused or _deliver(line, job, one)
            for one, refused in zip(recipients, found.refused, strict=True)
        ]
        if line.smtp is not None and line.smtp.sock is not None:
            self._idle.append(line.smtp)
        self._learn(len(outcomes), self._seconds() - began)
        return outcomes

    def quota(self) -> Quota | None:
        """None: an SMTP server does not say what it allows."""
        return None

    def close(self) -> None:
        """Take leave of the server on every kept connection."""
        while self._idle:
            with suppress(OSError):  # it hung up first
                self._idle.pop().quit()

    def _job(self, mail: Mail, texts: Texts, attempt: int, opened_at: datetime) -> _Job:
        now, sender = self._clock(), split_mailbox(mail.from_address)[1]
        domain = sender.rpartition("@")[2]
        return _Job(
            shared=self._bytes.get(mail, make=lambda: encode_mail(mail, texts)),
            sender=sender,
            date=format_datetime(now),
            # Random, because two services may write from one domain; the rest tells people apart.
            id_ending=f".{attempt}.{secrets.token_hex(6)}@{domain}",
            is_stale=lambda: is_stale(opened_at, self._clock(), self._good_for),
        )

    def _learn(self, n_messages: int, seconds: float) -> None:
        """Let the next call be what a second is enough for, and at most twice as large."""
        in_a_second = int(n_messages / max(seconds, _TINY))
        self.call_size = max(1, min(self.max_recipients, 2 * self.call_size, in_a_second))

    def _connect(self) -> smtplib.SMTP:
        return connect(
            self._server, timeout_seconds=self._timeout_seconds, tls_context=self._tls_context
        )

    def _take(self) -> smtplib.SMTP | None:
        """A kept connection that still answers, if there is one."""
        while self._idle:
            with suppress(IndexError, OSError):  # another thread was quicker, or it hung up
                smtp = self._idle.pop()
                if smtp.noop()[0] == 250:  # noqa: PLR2004  # RFC 5321 4.2.1
                    return smtp
                smtp.close()
        return None


class _Line:
    """The connection of one `send`: opened when it is first needed, and again when it was lost.

    `fault` is set once the server cannot be reached; then nothing more is tried.
    """

    def __init__(self, smtp: smtplib.SMTP | None, connect: Callable[[], smtplib.SMTP]) -> None:
        self.smtp = smtp
        self.is_fresh = False
        self.fault: Refused | None = None
        self._connect = connect

    def get(self) -> smtplib.SMTP | Refused:
        """An open connection, or why there is none."""
        if self.fault is not None:
            return self.fault
        self.is_fresh = False
        if self.smtp is None or self.smtp.sock is None:
            try:
                self.smtp, self.is_fresh = self._connect(), True
            except Exception as fault:  # noqa: BLE001  # whatever it is, it is an outcome
                self.fault = connect_outcome(fault)
                return self.fault
        return self.smtp


def _deliver(line: _Line, job: _Job, one: Recipient) -> Outcome:
    """Hand over one message; once more where a used connection was lost before it left."""
    message_id = one.delivery_id + job.id_ending
    message = build_message(job.shared, one, date=job.date, message_id=message_id)
    outcome: Outcome = LOST
    while outcome == LOST:
        if job.is_stale():
            return STALE
        smtp = line.get()
        if isinstance(smtp, Refused):
            return smtp
        outcome = post(
            smtp,
            sender=job.sender,
            address=one.address,
            message=message,
            message_id=message_id,
            is_stale=job.is_stale,
        )
        if line.is_fresh:
            break
    return outcome
