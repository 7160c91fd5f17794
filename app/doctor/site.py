"""The base address: whether readers can reach it, by https, and find this service there."""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from app.doctor.findings import Finding, ok, warning, wrong
from app.doctor.subject import Subject
from app.sentences import Sentence

_SECONDS: Final = 5.0
_LONGEST: Final = 10_000
_CODE: Final = "base_url"


def examine_site(subject: Subject) -> Iterator[Finding]:
    """Ask the base address for `/health`, as a reader's mail program would reach it."""
    base = subject.settings.base_url
    if urlsplit(base).scheme != "https":
        yield warning(
            _CODE,
            Sentence("The base address is http: no mailbox shows its button to leave."),
            Sentence("Put a proxy with https before the API, and set DEVOURED_BASE_URL to it."),
        )
    yield _answer(base)


def _answer(base: str) -> Finding:
    try:
        with urllib3.PoolManager(timeout=_SECONDS, retries=False) as pool:
            answer = pool.request("GET", f"{base}/health", preload_content=False)
            body = answer.read(_LONGEST)
            answer.release_conn()
    except HTTPError as error:
        return _unreached(error)
    if answer.status != 200:  # noqa: PLR2004  # HTTP's OK
        return wrong(
            _CODE,
            Sentence("At the base address /health answers %(status)s.", status=answer.status),
            Sentence("Look at the proxy before the API, and whether devoured serve runs."),
        )
    if not _is_health(body):
        return wrong(
            _CODE,
            Sentence("At the base address something else answers than this service."),
            Sentence("Lead the proxy's whole host to the API: docs/sending.md."),
        )
    return ok(_CODE, Sentence("The base address answers, from here."))


def _is_health(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("status") == "ok" and "send_epoch" in found


def _unreached(error: HTTPError) -> Finding:
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(cause, SSLError):
        return wrong(
            _CODE,
            Sentence("The certificate of the base address is not good."),
            Sentence("Renew it, for exactly this host, with its intermediate certificates."),
        )
    return wrong(
        _CODE,
        Sentence("The base address is not reached from here: %(kind)s.", kind=type(cause).__name__),
        Sentence("Look at the DNS of its host, the proxy and the firewall."),
    )
