"""Check one link: HEAD, then GET, redirects one by one, never towards a private network."""

import http.client
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

from app.enums import LinkOutcome
from app.net.connect import Resolve, bare_host, connected, left, port_of, resolve_by_system
from app.net.guard import is_public
from app.sentences import Sentence
from app.web_addresses import WEB_SCHEMES

DEADLINE_SECONDS: Final = 10.0
MAX_REDIRECTS: Final = 5
_PORTS: Final = frozenset({80, 443, 8080, 8443})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_REFUSED: Final = frozenset({401, 402, 403, 405, 406, 407, 418, 429, 451, 999})
_BAD: Final = 400


@dataclass(frozen=True)
class LinkResult:
    """The result of checking a link; `detail` goes on after “the link”."""

    url: str
    outcome: LinkOutcome
    detail: Sentence
    status: int | None = None


@dataclass(frozen=True)
class LinkNetwork:
    """The network as links are checked: the resolver, the addresses and ports allowed, the time.

    The defaults are for production; tests give others, to reach servers of their own.
    """

    resolve: Resolve = resolve_by_system
    may_connect: Callable[[str], bool] = is_public
    ports: frozenset[int] = _PORTS
    deadline_seconds: float = DEADLINE_SECONDS
    agent: str = "Mozilla/5.0 (compatible; DevouredLinks/1.0)"
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)


class _Stop(Exception):
    """The check is over, with this outcome."""

    def __init__(self, outcome: LinkOutcome, detail: Sentence) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


def check_link(url: str, network: LinkNetwork) -> LinkResult:
    """Check this address, within `deadline_seconds` over all redirects; never raise.

    The name is resolved once per hop, every address of it has to be allowed, and the connection
    goes to the very address that was allowed, so no second answer of a name server can lead
    elsewhere. No body is read: only the status counts, and `http.client` bounds the headers.
    """
    until = time.monotonic() + network.deadline_seconds
    try:
        status = _follow(url, network, until)
    except _Stop as stop:
        return LinkResult(url, stop.outcome, stop.detail)
    except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= until
        detail = _late(network) if late else _why(error)
        return LinkResult(url, LinkOutcome.UNREACHABLE, detail)
    detail = Sentence("answers %(status)s", status=status)
    return LinkResult(url, _outcome(status), detail, status)


def _follow(url: str, network: LinkNetwork, until: float) -> int:
    """Return the status at the end of all redirects."""
    seen: set[str] = set()
    for _ in range(MAX_REDIRECTS + 1):
        if url in seen:
            raise _Stop(LinkOutcome.LOOPING, Sentence("leads in a circle"))
        seen.add(url)
        target = _target(url, network)
        addresses = _allowed(target, network)
        status, location = _ask("HEAD", target, addresses, network, until)
        if status >= _BAD:  # many servers know nothing of HEAD
            status, location = _ask("GET", target, addresses, network, until)
        if status not in _REDIRECTS or not location:
            return status
        url = urljoin(url, location)
    detail = Sentence("redirects more than %(n)s times", n=MAX_REDIRECTS)
    raise _Stop(LinkOutcome.LOOPING, detail)


def _target(url: str, network: LinkNetwork) -> Url:
    """Return the address in parts, its host as name servers know it, all else as HTTP needs it."""
    try:
        target = parse_url(url)
    except HTTPError:
        detail = Sentence("is not an address that a browser takes")
        raise _Stop(LinkOutcome.UNREACHABLE, detail) from None
    if target.scheme not in WEB_SCHEMES or not target.host:
        detail = Sentence("leads out of the web, so it was not followed")
        raise _Stop(LinkOutcome.NOT_CHECKED, detail)
    if target.auth:
        raise _Stop(LinkOutcome.NOT_CHECKED, Sentence("holds a user name or password"))
    if port_of(target) not in network.ports:
        detail = Sentence("leads to the unusual port %(port)s", port=port_of(target))
        raise _Stop(LinkOutcome.NOT_CHECKED, detail)
    return target


def _allowed(target: Url, network: LinkNetwork) -> Sequence[str]:
    """Return the host's addresses, if every one of them may be connected to."""
    host = bare_host(target)
    try:
        addresses = network.resolve(host, port_of(target))
    except (OSError, UnicodeError):
        raise _Stop(LinkOutcome.UNREACHABLE, _unknown(host)) from None
    if not addresses:
        raise _Stop(LinkOutcome.UNREACHABLE, _unknown(host))
    if not all(network.may_connect(address) for address in addresses):
        detail = Sentence("leads into a private network, so it was not followed")
        raise _Stop(LinkOutcome.PRIVATE, detail)
    return addresses


def _ask(
    method: str, target: Url, addresses: Sequence[str], network: LinkNetwork, until: float
) -> tuple[int, str]:
    """Return the status and Location of one request."""
    with connected(target, addresses, network.tls, until) as connection:
        connection.request(
            method,
            target.request_uri,
            headers={
                "Host": target.netloc or "",
                "User-Agent": network.agent,
                "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
            preload_content=False,
            decode_content=False,
        )
        answer = connection.getresponse()
        left(until)  # a connection that was cut in its headers looks like one that ended well
        return answer.status, answer.headers.get("location", "")


def _outcome(status: int) -> LinkOutcome:
    if status in _GONE:
        return LinkOutcome.GONE
    if status in _REFUSED:
        return LinkOutcome.REFUSED
    return LinkOutcome.FINE if status < _BAD else LinkOutcome.FAILING


def _unknown(host: str) -> Sentence:
    return Sentence("names the host %(host)s, which is not known", host=host)


def _late(network: LinkNetwork) -> Sentence:
    seconds = f"{network.deadline_seconds:g}"
    return Sentence("did not answer within %(seconds)s s", seconds=seconds)


def _why(error: Exception) -> Sentence:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
        return Sentence("has a certificate that is not valid: %(reason)s", reason=reason)
    if isinstance(error, ssl.SSLError):
        return Sentence("cannot be reached securely")
    if isinstance(error, ConnectionRefusedError):
        return Sentence("leads to a server that takes no connection")
    return Sentence("leads to a server that broke off")
