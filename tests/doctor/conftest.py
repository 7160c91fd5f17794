"""What the doctor looks at: real servers, and a DNS of this machine that answers from a zone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from dns.resolver import Resolver
from dnslib import QTYPE, RCODE, RR
from dnslib.server import BaseResolver, DNSLogger, DNSServer
from redis import Redis

from app.clock import system_clock
from app.db.session import Sessions
from app.doctor.findings import Finding, Level
from app.doctor.subject import Subject
from app.settings import Settings
from tests.aws.conftest import aws, local_ses, moto_url

__all__ = ["aws", "local_ses", "moto_url"]

ZONE = """
$TTL 60
first._domainkey.example.com. CNAME first.dkim.amazonses.com.
second._domainkey.example.com. CNAME second.dkim.amazonses.com.
third._domainkey.example.com. CNAME third.dkim.amazonses.com.
_dmarc.example.com. TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"
example.com. MX 10 mail.example.com.
mail.example.com. A 192.0.2.25
bounce.example.com. MX 10 feedback-smtp.eu-west-1.amazonses.com.
bounce.example.com. TXT "v=spf1 include:amazonses.com ~all"
amazonses.com. TXT "v=spf1 ip4:199.255.192.0/22 -all"
feedback-smtp.eu-west-1.amazonses.com. A 192.0.2.26
mail.example.com. AAAA 2001:db8::25
25.2.0.192.in-addr.arpa. PTR mail.example.com.
5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mail.example.com.
"""
"""The DNS of a domain that is as it should be."""


class Zone(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    """Answers from a zone's text: the records of a name, NXDOMAIN where there are none."""

    def __init__(self, text: str) -> None:
        self.records = RR.fromZone(text)
        self.is_broken = False
        self.fails_for = ""

    def resolve(self, request: Any, handler: Any) -> Any:
        del handler
        reply = request.reply()
        if self.is_broken or str(request.q.qname).rstrip(".") == self.fails_for:
            reply.header.rcode = RCODE.SERVFAIL
            return reply
        asked = str(request.q.qname).lower()
        of_name = [one for one in self.records if str(one.rname).lower() == asked]
        below = any(str(one.rname).lower().endswith(f".{asked}") for one in self.records)
        kinds = (QTYPE[request.q.qtype], "CNAME")
        for one in of_name:
            if QTYPE[one.rtype] in kinds:
                reply.add_answer(one)
        if not of_name and not below:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


@dataclass
class Dns:
    """A DNS server on a port of this machine."""

    zone: Zone
    resolver: Resolver

    def say(self, text: str) -> None:
        """Answer from another zone from now on."""
        self.zone.records = RR.fromZone(text)


def _servers(zone: Zone) -> list[DNSServer]:
    """Listen by UDP and TCP on one port; a port that is free for one may be taken for the other."""
    quiet = DNSLogger("-request,-reply")
    while True:
        by_udp = DNSServer(zone, address="127.0.0.1", port=0, logger=quiet)
        port = by_udp.server.server_address[1]
        try:
            by_tcp = DNSServer(zone, address="127.0.0.1", port=port, tcp=True, logger=quiet)
        except OSError:
            by_udp.server.server_close()
            continue
        return [by_udp, by_tcp]


@pytest.fixture
def dns() -> Iterator[Dns]:
    zone = Zone(ZONE)
    servers = _servers(zone)
    for server in servers:
        server.start_thread()
    resolver = Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = servers[0].server.server_address[1]
    resolver.timeout = resolver.lifetime = 20.0
    yield Dns(zone, resolver)
    for server in servers:
        server.stop()
        server.server.server_close()


@pytest.fixture
def subject(settings: Settings, sessions: Sessions, valkey_url: str, dns: Dns) -> Iterator[Subject]:
    valkey = Redis.from_url(valkey_url, socket_timeout=20)
    yield Subject(
        settings=settings,
        sessions=sessions,
        valkey=valkey,
        clock=system_clock,
        resolver=dns.resolver,
        clients=None,
        sender="Devoured <digest@example.com>",
        folders={"this machine": "/"},
    )
    valkey.close()


Told = Callable[[Any], dict[str, Level]]


def told(findings: Any) -> dict[str, Level]:
    """Return the worst level of each code."""
    order = list(Level)
    found: dict[str, Level] = {}
    for one in findings:
        assert isinstance(one, Finding)
        found[one.code] = max(found.get(one.code, Level.OK), one.level, key=order.index)
    return found
