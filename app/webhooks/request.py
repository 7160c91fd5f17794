"""One request to a webhook: signed, to an address that was checked, once, without redirects.

Sources: the Standard Webhooks specification, 1.0.0; RFC 9110 section 10.2.3 (Retry-After).
"""

import http.client
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from standardwebhooks import Webhook as Signature
from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

from app.models import AttemptOutcome
from app.net.connect import Resolve, bare_host, connected, left, port_of, resolve_by_system
from app.net.guard import is_public
from app.networks import is_within
from app.webhooks.retries import LONGEST_WAIT

DEADLINE_SECONDS: Final = 15.0
"""From the first look at the name to the head of the answer, as the specification advises."""

AGENT: Final = "Devoured-Webhooks/1.0"


@dataclass(frozen=True)
class WebhookNetwork:
    """The network as webhooks see it: `allowed` are networks of the operator's own.

    Only there may one be told by plain http. The defaults are for production.
    """

    allowed: Sequence[str] = ()
    resolve: Resolve = resolve_by_system
    deadline_seconds: float = DEADLINE_SECONDS
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True)
class Attempted:
    """What came of a request: words of ours, and the status where there was an answer."""

    outcome: AttemptOutcome
    detail: str
    status: int | None = None
    wait: timedelta | None = None


class _NotThere(Exception):
    """It leads where no webhook may lead."""


def headers_of(message_id: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """Return the headers that prove the body to whoever has one of the secrets."""
    signed = [Signature(one).sign(message_id, now, body) for one in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def post(url: str, body: str, headers: dict[str, str], network: WebhookNetwork) -> Attempted:
    """Ask once, within the deadline; never raise. The answer's body is not read."""
    until = time.monotonic() + network.deadline_seconds
    try:
        target = parse_url(url)
        addresses = _addresses(target, network)
        return _ask(target, addresses, body, headers, network, until)
    except _NotThere as error:
        return Attempted(AttemptOutcome.PRIVATE, str(error))
    except (OSError, HTTPError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= until
        detail = f"no answer within {network.deadline_seconds:g} s" if late else _why(error)
        return Attempted(AttemptOutcome.UNREACHABLE, detail)


def _addresses(target: Url, network: WebhookNetwork) -> Sequence[str]:
    """Return the addresses of the host, if each may be connected to."""
    try:
        addresses = network.resolve(bare_host(target), port_of(target))
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise ConnectionError("the host is not known")
    ours = [is_within(one, network.allowed) for one in addresses]
    if not all(own or is_public(one) for own, one in zip(ours, addresses, strict=True)):
        raise _NotThere("leads into a network that is not allowed")
    if target.scheme != "https" and not all(ours):
        raise _NotThere("needs https outside your own networks")
    return addresses


def _ask(
    target: Url,
    addresses: Sequence[str],
    body: str,
    headers: dict[str, str],
    network: WebhookNetwork,
    until: float,
) -> Attempted:
    with connected(target, addresses, network.tls, until) as connection:
        connection.request(
            "POST",
            target.request_uri,
            body=body.encode(),
            headers={"Host": target.netloc or "", **headers},
            preload_content=False,
            decode_content=False,
        )
        answer = connection.getresponse()
        left(until)  # a connection that was cut in its head looks like one that ended well
    if 200 <= answer.status < 300:  # noqa: PLR2004  # RFC 9110 section 15.3
        return Attempted(AttemptOutcome.ACCEPTED, "", answer.status)
    wait = _wait(answer.headers.get("retry-after", ""), answer.headers.get("date", ""))
    return Attempted(AttemptOutcome.REFUSED, f"answered {answer.status}", answer.status, wait)


def _wait(header: str, date: str) -> timedelta | None:
    """Return how long the other server asks us to wait, at most a day; None where it does not.

    An instant counts from the `date` that its own clock says.
    """
    if header.isascii() and header.isdigit() and len(header) < 10:  # noqa: PLR2004  # years
        return min(timedelta(seconds=int(header)), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(header) - parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"[:200]
    if isinstance(error, ssl.SSLError):
        return "no secure connection"
    if isinstance(error, ConnectionRefusedError):
        return "no server takes connections there"
    if isinstance(error, ConnectionError) and error.args and isinstance(error.args[0], str):
        return error.args[0][:200]
    return "the connection broke off"
