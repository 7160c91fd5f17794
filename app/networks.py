"""Network addresses: where a request comes from, and the networks that a key may be used in."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from app.errors import FieldError, InvalidInput
from app.sentences import Sentence

MAX_NETWORKS: Final = 20


def client_ip(client: str | None) -> IPv4Address | IPv6Address | None:
    """Return the address of a client; None where it has none, as behind a Unix socket.

    An IPv4 address inside an IPv6 one counts as IPv4. Source: RFC 4291 section 2.5.5.2.
    """
    try:
        parsed = ip_address((client or "").partition("%")[0])
    except ValueError:
        return None
    inside = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return inside or parsed


def is_within(client: str | None, networks: Iterable[str]) -> bool:
    """Return whether a client is in one of these networks, written as `parse_networks` does."""
    address = client_ip(client)
    return address is not None and any(address in ip_network(one) for one in networks)


def parse_networks(typed: Iterable[str]) -> list[str]:
    """Return networks in their usual spelling, each once, in the order in which they were given.

    A bare address is a network of one.

    Raises:
        InvalidInput: naming each that is none, or all of them where they are too many.
    """
    found: dict[str, None] = {}
    wrong = []
    for place, one in enumerate(typed):
        try:
            found[str(ip_network(one.strip()))] = None
        except ValueError:
            detail = Sentence(
                "“%(text)s” is no network; write it as 203.0.113.0/24 or 2001:db8::/32", text=one
            )
            wrong.append(FieldError(f"/networks/{place}", detail))
    if wrong:
        raise InvalidInput(Sentence("%(fault)s.", fault=wrong[0].detail), wrong)
    if len(found) > MAX_NETWORKS:
        detail = Sentence("are %(n)s at most", n=MAX_NETWORKS)
        sentence = Sentence("The networks of a key %(fault)s.", fault=detail)
        raise InvalidInput(sentence, [FieldError("/networks", detail)])
    return list(found)
