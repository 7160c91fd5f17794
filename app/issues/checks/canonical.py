"""Addresses brought to one form, to tell whether two links lead to the same page; pure."""

import re
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

import idna

from app.web_addresses import web_parts

_TRACKING: Final = re.compile(
    r"utm_.*|mtm_.*|pk_.*|hsa_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|igsh"
    r"|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|vero_id|oly_anon_id|oly_enc_id|ref|ref_src|referrer"
    r"|cmpid|ocid|spm|s_cid|trk|si|__s",
    re.IGNORECASE,
)
"""Query parameters that say where a reader came from and not what they read."""

_DEFAULT_PORTS: Final = {80, 443}
_PATH_SAFE: Final = "!$&'()*+,;=:@/~-._"


def canonical(url: str) -> str:
    """Return a key that is equal for addresses of the same page; compare it, never fetch it.

    Scheme, `www.`, the host's case and script, default ports, dot segments, a final slash, needless
    percent-encoding, the fragment, tracking parameters and the order of the others do not count. A
    text that is no web address is returned stripped.

    Source: RFC 3986 section 6.2 (syntax- and scheme-based normalisation); the rest is ours.
    """
    parts = web_parts(url.strip())
    try:
        port = parts.port if parts else None
    except ValueError:
        parts = None
    if parts is None:
        return url.strip()
    place = _host(parts.hostname or "")
    if port and port not in _DEFAULT_PORTS:
        place += f":{port}"
    query = _query(parts.query)
    return place + _path(parts.path) + (f"?{query}" if query else "")


def _host(host: str) -> str:
    plain = host.rstrip(".").casefold()
    # An address in numbers, or a name that no registry takes, stays as it is.
    with suppress(idna.IDNAError):
        plain = idna.encode(plain, uts46=True).decode()
    while plain.startswith("www.") and plain.count(".") > 1:
        plain = plain[4:]
    return f"[{plain}]" if ":" in plain else plain


def _path(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        plain = unquote(segment, errors="surrogateescape")
        if plain in {"", "."}:
            continue
        if plain == "..":
            del kept[-1:]
        else:
            kept.append(quote(plain, safe=_PATH_SAFE.replace("/", ""), errors="surrogateescape"))
    return "".join(f"/{segment}" for segment in kept)


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted(pair for pair in pairs if not _TRACKING.fullmatch(pair[0]))
    return urlencode(kept, errors="surrogateescape")
