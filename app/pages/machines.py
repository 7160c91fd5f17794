"""Machines: recognise requests of programs that follow links or open mails."""

import re
from collections.abc import Mapping
from typing import Final

_BARE: Final = frozenset({"", "Mozilla/5.0"})
"""What no browser sends. Source: Apple's Mail Privacy Protection fetches all pictures of a mail
when it arrives, from Apple's own network, as a bare `Mozilla/5.0`."""

_SCANNER: Final = re.compile(
    r"bot\b|crawl|spider|slurp|scan|preview|headless|phantom|validator|monitor"
    r"|curl|wget|python|java/|go-http|okhttp|libwww|axios|node-fetch|http-?client"
    r"|barracuda|mimecast|proofpoint|safelinks|symantec|trendmicro|fortinet"
    r"|facebookexternalhit|whatsapp|telegram|slack|discord",
    re.IGNORECASE,
)
"""Scanners of mailbox providers and companies, link previews and scripts, by their own words.

Pictures by way of Gmail's or Yahoo's proxy are a person's: they are fetched when a mail is opened.
"""

_AHEAD: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")
"""Where browsers say that they fetch something before anybody asked for it."""


def is_machine(headers: Mapping[str, str]) -> bool:
    """Return whether a request says that it is no person's; names of headers in lower case.

    Only what machines say of themselves counts: a scanner that passes for a browser is not seen
    here.
    """
    agent = headers.get("user-agent", "").strip()
    if agent in _BARE or _SCANNER.search(agent):
        return True
    return any("prefetch" in headers.get(name, "") for name in _AHEAD) or any(
        headers.get(name, "").strip() == "preview" for name in _AHEAD
    )


def is_known_person(headers: Mapping[str, str]) -> bool:
    """Return whether a request may be kept as its reader's own."""
    return not is_machine(headers) and not refuses_to_be_known(headers)


def refuses_to_be_known(headers: Mapping[str, str]) -> bool:
    """Return whether a browser asks not to be tracked.

    Source: Global Privacy Control (`Sec-GPC: 1`); Tracking Preference Expression (`DNT: 1`).
    """
    return "1" in {headers.get("sec-gpc", ""), headers.get("dnt", "")}
