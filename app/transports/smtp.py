"""The `smtp` transport: one message per recipient over kept connections to any server.

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
from datetime import datetime, timedelta
from email.utils import format_datetime

from app.clock import Clock
from app.smtp_urls import SmtpServer
from app.transports.base import Mail, Outcome, Quota, Recipient, Refused
from app.transports.checks import Texts, check_mail, read_texts
from app.transports.fence import GOOD_FOR, is_stale
from app.transports.headers import split_mailbox
from app.transports.last import LastValue
from app.transports.mime import MailBytes, encode_mail
from app.transports.second import MessagesPerSecond
from app.transports.smtp_lines import Job, Line, Submission, submit
from app.transports.smtp_server import connect


class SmtpTransport:
    """Sends through an SMTP server; threads may share it, each takes connections of its own.

    A call keeps up to `connections` of them busy at once. Make it after a fork, never before: two
    processes must not talk on one connection.
    """

    name = "smtp"
    max_recipients = 50

    def __init__(
        self,
        server: SmtpServer,
        *,
        clock: Clock,
        connections: int = 1,
        timeout_seconds: float = 60,
        good_for: timedelta = GOOD_FOR,
        tls_context: ssl.SSLContext | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._clock = clock
        self._connections = connections
        self._good_for = good_for
        self._timeout_seconds = timeout_seconds
        self._tls_context = tls_context
        self._seconds = seconds
        self._worth = MessagesPerSecond(self.max_recipients, at_least=connections)
        self._idle: deque[smtplib.SMTP] = deque()
        self._texts: LastValue[Texts | Refused] = LastValue()
        self._bytes: LastValue[MailBytes] = LastValue()

    def send(
        self,
        mail: Mail,
        recipients: Sequence[Recipient],
        *,
        attempt: int,
        opened_at: datetime,
        one_by_one: bool = False,  # noqa: ARG002  # SMTP knows no other way
    ) -> list[Outcome]:
        """Send the mail and return one outcome per recipient, in their order; see `Transport.send`.

        Each recipient is a transaction of its own, and the fence is checked before each. When the
        server cannot be reached, those who wait are refused without another try.
        """
        texts = self._texts.get(mail, make=lambda: read_texts(mail))
        found = check_mail(texts, recipients, self.max_recipients)
        if isinstance(found, Refused):
            return [found] * len(recipients)
        refused = found.refused
        waiting = deque(place for place, one in enumerate(refused) if one is None)
        submission = Submission(
            self._job(mail, found.texts, attempt, opened_at), recipients, waiting
        )
        began = self._seconds()
        outcomes = self._submit(submission)
        self._worth.learn(outcomes.values(), self._seconds() - began)
        return [one or outcomes[place] for place, one in enumerate(refused)]

    def call_size(self, *, one_by_one: bool) -> int:  # noqa: ARG002  # SMTP knows no other way
        """Return how many recipients a second is enough for, as measured.

        See `Transport.call_size`.
        """
        return self._worth.n

    def quota(self) -> Quota | None:
        """Return None: an SMTP server does not say what it allows."""
        return None

    def close(self) -> None:
        """Take leave of the server on every kept connection."""
        while self._idle:
            with suppress(OSError):  # it hung up first
                self._idle.pop().quit()

    def _submit(self, submission: Submission) -> dict[int, Outcome]:
        """Call `submit` with the connections that are kept; those still open are kept again."""
        n_lines = min(self._connections, len(submission.waiting))
        lines = [Line(self._take(), self._connect) for _ in range(n_lines)]
        outcomes = submit(submission, lines)
        self._idle.extend(line.smtp for line in lines if line.smtp is not None and line.is_open)
        return outcomes

    def _job(self, mail: Mail, texts: Texts, attempt: int, opened_at: datetime) -> Job:
        now, sender = self._clock(), split_mailbox(mail.from_address)[1]
        domain = sender.rpartition("@")[2]
        return Job(
            shared=self._bytes.get(mail, make=lambda: encode_mail(mail, texts)),
            sender=sender,
            date=format_datetime(now),
            # Random, because two services may write from one domain; the rest tells people apart.
            id_ending=f".{attempt}.{secrets.token_hex(6)}@{domain}",
            is_stale=lambda: is_stale(opened_at, self._clock(), self._good_for),
        )

    def _connect(self) -> smtplib.SMTP:
        return connect(
            self._server, timeout_seconds=self._timeout_seconds, tls_context=self._tls_context
        )

    def _take(self) -> smtplib.SMTP | None:
        """Return a kept connection, or None; whether it still answers is seen when it is used."""
        try:
            return self._idle.pop()
        except IndexError:
            return None
