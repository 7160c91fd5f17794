"""A transport together with the inbox behind it: what the conformance suite runs over."""

import email
import email.policy
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import boto3
import httpx2
from aiosmtpd.controller import Controller

from app.clock import Clock
from app.smtp_urls import parse_smtp_url
from app.transports.base import Transport
from app.transports.ses import SesTransport, make_client
from app.transports.smtp import SmtpTransport
from localdev.processes import free_port

Inbox = Callable[[], list[EmailMessage]]


@dataclass(frozen=True)
class World:
    """`inbox` gives the messages that arrived since the world began, in order."""

    transport: Transport
    inbox: Inbox


@dataclass
class Sink:
    """An SMTP server's answers by local part, and the messages it took.

    `refusals` holds the reply to RCPT of `name@…`; `after_data` that to the final dot.
    """

    refusals: dict[str, str] = field(default_factory=dict)
    after_data: dict[str, str] = field(default_factory=dict)
    messages: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: object, _session: object, envelope: Any, address: str, _options: object
    ) -> str:
        reply = self.refusals.get(address.partition("@")[0])
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, _server: object, _session: object, envelope: Any
    ) -> str:
        reply = self.after_data.get(envelope.rcpt_tos[0].partition("@")[0])
        if reply is None:
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
            self.messages.append(parse(envelope.content))
        return reply or "250 OK"


def parse(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


@contextmanager
def smtp_world(clock: Clock, sink: Sink, connections: int = 1) -> Iterator[World]:
    """Run the `smtp` transport and an SMTP server in a thread of this process."""
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port, server_hostname="localhost")
    controller.start()
    try:
        server = parse_smtp_url(f"smtp://127.0.0.1:{port}")
        with closing(SmtpTransport(server, clock=clock, connections=connections)) as transport:
            yield World(transport, lambda: list(sink.messages))
    finally:
        controller.stop()


@contextmanager
def local_ses(store: Path) -> Iterator[str]:
    """Run a local SES in a process of its own and yield its address."""
    command = [sys.executable, "-m", "localdev.ses", "--rate", "100000", "--store", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ours
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def ses_world(clock: Clock, url: str, aws: boto3.Session) -> Iterator[World]:
    """Run the `ses` transport with a local SES, emptied before."""
    client = make_client("eu-west-1", endpoint_url=url, session=aws)
    with httpx2.Client(base_url=url) as http, closing(SesTransport(client, clock=clock)) as ses:
        http.delete("/inbox").raise_for_status()

        def inbox() -> list[EmailMessage]:
            found = http.get("/inbox.json?limit=1000").raise_for_status().json()["messages"]
            return [parse(http.get(f"/inbox/{one['id']}/raw.eml").content) for one in found]

        yield World(ses, inbox)
