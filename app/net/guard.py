"""Which network addresses a request of ours may go to; pure.

Whoever writes a story or names a webhook chooses where we connect, so nothing is reached that is
not on the public Internet: no private or shared network, no loopback, no metadata service.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

# Python's own tables have changed between its releases; these hold whatever they say.
# Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890); RFC 6598 (100.64/10,
# carriers' NAT); RFC 3879 (fec0::/10); RFC 4291 2.5.5 (embedded IPv4).
_REFUSED_V4: Final = tuple(
    ip_network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's metadata and health service, on a public address
    )
)
_REFUSED_V6: Final = tuple(
    ip_network(one)
    for one in (
        *("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23"),
        *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10"),
        *("fec0::/10", "ff00::/8"),
    )
)
_ROUTED_V6: Final = ip_network("2000::/3")
"""The one part of IPv6 that is given out as global unicast. Source: RFC 4291 section 2.4."""


def is_public(address: str) -> bool:
    """Return whether this IP address, in any spelling Python reads, is of the public Internet.

    An IPv6 address that carries an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo) never is: it
    would lead wherever the IPv4 one does. What is no IP address is not public either.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not found.is_global or found.is_multicast or found.is_reserved:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _REFUSED_V4)
    return _is_public_v6(found)


def _is_public_v6(found: IPv6Address) -> bool:
    return found in _ROUTED_V6 and not any(found in network for network in _REFUSED_V6)
