"""Google Postmaster Tools: what Gmail tells of a domain, asked with a service account's key.

Everything here asks the network, so call it outside any transaction.
Source: the discovery document of gmailpostmastertools v2 (domains.domainStats.query,
domains.getComplianceStatus); Google, "Using OAuth 2.0 for Server to Server Applications".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from app.event_settings import KEY_PARTS

ROOT: Final = "https://gmailpostmastertools.googleapis.com"

_SCOPE: Final = "https://www.googleapis.com/auth/postmaster.traffic.readonly"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECONDS: Final = 20.0
_GOOD_FOR: Final = 600
_LONGEST: Final = 1_000_000
_MOST_PAGES: Final = 20
_RATES: Final = {
    "spam": ("SPAM_RATE", ""),
    "spf": ("AUTH_SUCCESS_RATE", 'auth_type = "spf"'),
    "dkim": ("AUTH_SUCCESS_RATE", 'auth_type = "dkim"'),
    "dmarc": ("AUTH_SUCCESS_RATE", 'auth_type = "dmarc"'),
}
_MET: Final = {"COMPLIANT": True, "NEEDS_WORK": False}


class PostmasterError(Exception):
    """Google did not tell; the text is a line without a key or a token."""


@dataclass(frozen=True)
class ServiceKey:
    """Who asks: a service account, and the person whose domains it sees, if not its own."""

    account: str
    private_key: str = field(repr=False)
    token_uri: str
    key_id: str = ""
    person: str = ""


@dataclass(frozen=True)
class DayTold:
    """What Google tells of a day; shares are 0 to 1, and None where it tells none."""

    day: date
    spam: float | None = None
    spf: float | None = None
    dkim: float | None = None
    dmarc: float | None = None


@dataclass(frozen=True)
class Told:
    """What Google tells of a domain: its days, and of each requirement whether it is met."""

    days: tuple[DayTold, ...]
    requirements: Mapping[str, bool]


def read_key(text: str, person: str = "") -> ServiceKey:
    """Read the JSON that Google gives for a service account.

    Raises:
        ValueError: it is none.
    """
    try:
        found = json.loads(text)
        account, private_key, token_uri = (str(found[name]) for name in KEY_PARTS)
        RSAKey.import_key(private_key)
    except (ValueError, KeyError, TypeError, JoseError):
        raise ValueError("must be the JSON key of a service account") from None
    key_id = str(found.get("private_key_id", ""))
    return ServiceKey(account, private_key, token_uri, key_id, person)


def ask(
    key: ServiceKey, domain: str, first: date, last: date, now: datetime, root: str = ROOT
) -> Told:
    """Return what Google tells of a domain and the mails of these days, both of them too.

    Raises:
        PostmasterError: it does not answer, does not know the key, or shows it no such domain.
    """
    with httpx2.Client(timeout=_SECONDS, follow_redirects=False) as client:
        client.headers["Authorization"] = f"Bearer {_token(client, key, now)}"
        base = f"{root}/v2/domains/{quote(domain, safe='')}"
        days: dict[date, dict[str, float]] = {}
        for day, name, value in _stats(client, base, first, last):
            days.setdefault(day, {})[name] = value
        status = _told(client, "GET", f"{base}/complianceStatus")
    rows = tuple(DayTold(day, **days[day]) for day in sorted(days))
    return Told(rows, dict(_requirements(status)))


def _token(client: httpx2.Client, key: ServiceKey, now: datetime) -> str:
    """Return a token for an hour, which the account's signature is given for."""
    at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": key.account,
        "scope": _SCOPE,
        "aud": key.token_uri,
        "iat": at,
        "exp": at + _GOOD_FOR,
    }
    if key.person:
        claims["sub"] = key.person
    header = {"alg": "RS256", "typ": "JWT", **({"kid": key.key_id} if key.key_id else {})}
    signed = jwt.encode(header, claims, RSAKey.import_key(key.private_key))
    form = {"grant_type": _GRANT, "assertion": signed}
    token = _told(client, "POST", key.token_uri, data=form).get("access_token")
    if not isinstance(token, str) or not token:
        raise PostmasterError("Google gave no token")
    return token


def _stats(
    client: httpx2.Client, base: str, first: date, last: date
) -> Iterator[tuple[date, str, float]]:
    """Yield each share that is told: of which day, by its name."""
    span = {"start": _date(first), "end": _date(last)}
    query: dict[str, Any] = {
        "metricDefinitions": [
            {"name": name, "baseMetric": {"standardMetric": metric}}
            | ({"filter": condition} if condition else {})
            for name, (metric, condition) in _RATES.items()
        ],
        "timeQuery": {"dateRanges": {"dateRanges": [span]}},
        "aggregationGranularity": "DAILY",
        "pageSize": 200,
    }
    for _ in range(_MOST_PAGES):
        page = _told(client, "POST", f"{base}/domainStats:query", json=query)
        yield from filter(None, map(_stat, _listed(page.get("domainStats"))))
        query["pageToken"] = page.get("nextPageToken")
        if not query["pageToken"]:
            return


def _stat(row: Mapping[str, Any]) -> tuple[date, str, float] | None:
    """Return the share that a row tells; None for one that is none."""
    name, value = row.get("metric"), _mapping(row.get("value"))
    share = value.get("doubleValue", value.get("floatValue"))
    told = _mapping(row.get("date"))
    try:
        day = date(*(int(told[part]) for part in ("year", "month", "day")))
        found = float(str(share))
    except (KeyError, TypeError, ValueError):
        return None
    is_one = isinstance(name, str) and name in _RATES and 0 <= found <= 1
    return (day, str(name), found) if is_one else None


def _requirements(status: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield what is asked of the domain, and whether it is met; a subdomain's own row counts."""
    for part in ("complianceData", "subdomainComplianceData"):
        data = _mapping(status.get(part))
        rows = [(one.get("requirement"), one) for one in _listed(data.get("rowData"))]
        rows += [
            ("ONE_CLICK_UNSUBSCRIBE", _mapping(data.get("oneClickUnsubscribeVerdict"))),
            ("HONOR_UNSUBSCRIBE", _mapping(data.get("honorUnsubscribeVerdict"))),
        ]
        for name, row in rows:
            is_met = _MET.get(str(_mapping(row.get("status")).get("status")))
            if isinstance(name, str) and is_met is not None:
                yield name.lower()[:60], is_met


def _told(client: httpx2.Client, method: str, address: str, **more: Any) -> Mapping[str, Any]:
    """Return the object that an address answers with."""
    try:
        answer = client.request(method, address, **more)
        found = answer.json() if len(answer.content) <= _LONGEST else None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise PostmasterError(f"Google does not answer: {type(error).__name__}") from None
    except (ValueError, RecursionError):
        raise PostmasterError("Google answers with no JSON") from None
    if not answer.is_success:
        word = _mapping(_mapping(found).get("error")).get("status") or _mapping(found).get("error")
        said = f" {word}" if isinstance(word, str) else ""
        raise PostmasterError(f"Google answers {answer.status_code}{said[:60]}")
    return _mapping(found)


def _date(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
