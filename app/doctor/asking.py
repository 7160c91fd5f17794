"""Asking DNS, and telling what it did not answer from what is not there."""

from typing import Any, Final

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, Answer, NoAnswer, Resolver

from app.doctor.findings import Finding, unknown
from app.sentences import Sentence

SECONDS: Final = 4.0
"""How long one question is waited for."""


class Noting(Resolver):
    """Asks as another resolver does, and keeps which names DNS gave no answer for.

    checkdmarc takes a record that could not be asked for as one that is not there.
    """

    def __init__(self, other: Resolver) -> None:
        super().__init__(configure=False)
        self.nameservers, self.port = other.nameservers, other.port
        self.timeout, self.lifetime = other.timeout, other.lifetime
        self.silent: dict[str, str] = {}

    def resolve(self, qname: Any, *args: Any, **kwargs: Any) -> Answer:
        """Return the answer, or raise what the other would."""
        try:
            return super().resolve(qname, *args, **kwargs)
        except (NXDOMAIN, NoAnswer):
            raise
        except DNSException as error:
            self.silent[str(qname).rstrip(".")] = type(error).__name__
            raise


def make_resolver() -> Resolver:
    """Make what asks the DNS servers of this machine, within seconds."""
    resolver = Resolver()
    resolver.timeout = resolver.lifetime = SECONDS
    return resolver


def silence(resolver: Resolver, domain: str) -> DNSException | None:
    """Return why DNS does not answer; each record would be waited for as long otherwise."""
    try:
        resolver.resolve(domain, "NS", raise_on_no_answer=False)
    except NXDOMAIN:
        return None
    except DNSException as error:
        return error
    return None


def answers(resolver: Resolver, name: str, kind: str) -> list[str]:
    """Return what DNS says, nothing where there is nothing."""
    try:
        return [one.to_text().rstrip(".") for one in resolver.resolve(name, kind)]
    except (NXDOMAIN, NoAnswer):
        return []


def silent(error: DNSException) -> Finding:
    """Say that DNS did not answer a question."""
    return unknown("dns", Sentence("DNS did not answer: %(kind)s.", kind=type(error).__name__))


def silent_about(asked: Noting) -> Finding:
    """Say which names DNS was silent about: that tells nothing of what stands there."""
    return unknown(
        "dns",
        Sentence(
            "DNS did not answer for %(names)s: %(kind)s.",
            names=sorted(asked.silent),
            kind=sorted(set(asked.silent.values())),
        ),
        Sentence("Ask again in some minutes; if it stays so, look at the domain's name servers."),
    )
