"""Connect to an address that was allowed, for a time that ends.

A name is resolved once, its addresses are judged by the caller, and the connection goes to one of
those: no second answer of a name server leads elsewhere. Proxies of the environment are not asked.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from urllib3.connection import HTTPConnection
from urllib3.util import Url

Resolve = Callable[[str, int], Sequence[str]]
"""The IP addresses of a host; raises OSError where there are none."""

_USUAL_PORTS: Final = {"http": 80, "https": 443}


def resolve_by_system(host: str, port: int) -> list[str]:
    """Return the host's addresses, as the system's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def bare_host(target: Url) -> str:
    """Return the host of an address as sockets want it, an IPv6 one without its brackets."""
    return (target.host or "").strip("[]")


def port_of(target: Url) -> int:
    """Return the port of an address, its scheme's own where it names none."""
    return target.port or _USUAL_PORTS[target.scheme or "http"]


@contextmanager
def connected(
    target: Url, addresses: Sequence[str], tls: ssl.SSLContext, until: float
) -> Iterator[HTTPConnection]:
    """Yield a connection to one of these addresses that is cut when the time is over.

    Time limits of sockets are per read: a server that answers byte by byte would hold us for as
    long as it likes. So a timer on another thread shuts the connection down. `until` is an instant
    of `time.monotonic`.

    Raises:
        OSError: nobody takes a connection there, or the certificate is not the name's.
    """
    raw = _open(addresses, port_of(target), until)
    with raw.dup() as spare:
        timer = threading.Timer(left(until), _shut, [spare])
        timer.daemon = True
        timer.start()
        connection = HTTPConnection(bare_host(target), port_of(target))
        try:
            connection.sock = _secured(raw, target, tls)
            yield connection
        finally:
            timer.cancel()
            connection.close()
            raw.close()


def left(until: float) -> float:
    """Return the seconds that are left; TimeoutError where there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _open(addresses: Sequence[str], port: int, until: float) -> socket.socket:
    """Return a connection to the first of these that accepts one; two are tried."""
    for address in addresses[:2][:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=left(until) / 2)
    return socket.create_connection((addresses[:2][-1], port), timeout=left(until))


def _secured(raw: socket.socket, target: Url, tls: ssl.SSLContext) -> socket.socket:
    if target.scheme != "https":
        return raw
    return tls.wrap_socket(raw, server_hostname=bare_host(target))


def _shut(spare: socket.socket) -> None:
    with suppress(OSError):
        spare.shutdown(socket.SHUT_RDWR)
