"""Certificates of SNS: load them from its real hosts only, and keep a few.

Only `sns.verify` says which addresses may be asked for.
"""

from functools import lru_cache, partial
from typing import Final

import urllib3

from app.events.errors import EventError
from app.events.sns import FetchCertificate

MAX_BYTES: Final = 16 * 1024
TIMEOUT_SECONDS: Final = 5.0
_KEPT: Final = 8
_OK: Final = 200


def make_certificate_fetcher() -> FetchCertificate:
    """Return a function that fetches a certificate by HTTPS and keeps the last few.

    It connects to nothing until it is called. The address of a certificate names its content, so
    what is kept never grows old.
    """
    http = urllib3.PoolManager(num_pools=2, maxsize=1, timeout=TIMEOUT_SECONDS)
    return lru_cache(maxsize=_KEPT)(partial(fetch_certificate, http))


def fetch_certificate(http: urllib3.PoolManager, url: str) -> bytes:
    """Return what is at `url`: one request, no redirect followed, 5 s, 16 KB at most.

    Raises:
        EventError: `no_certificate`; the message may come again.
    """
    try:
        answer = http.request("GET", url, redirect=False, retries=False, preload_content=False)
        try:
            found = answer.read(MAX_BYTES + 1, decode_content=False)
        finally:
            answer.close()
    except (urllib3.exceptions.HTTPError, OSError):
        raise EventError("no_certificate", again=True) from None
    if answer.status != _OK or len(found) > MAX_BYTES:
        raise EventError("no_certificate", again=True)
    return found
