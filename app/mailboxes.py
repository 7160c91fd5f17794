"""Mailboxes: several spellings of an address lead to one of them, by the rules of its provider.

This is for limits alone: who somebody is, is their address as they gave it (`addresses`).
"""

from dataclasses import dataclass
from typing import Final

from app.addresses import Address, address_hmac


@dataclass(frozen=True)
class _Provider:
    """What a provider takes no notice of, in addresses of these domains, the usual one first.

    `ignored` are characters before the @; what follows the first `tag` there is the reader's own.
    With `has_subdomains`, anything@name.domain goes to name@domain. With `is_one`, a name is the
    same person's at every one of the domains.
    """

    domains: str
    ignored: str = ""
    tag: str = "+"
    has_subdomains: bool = False
    is_one: bool = False


_YAHOO: Final = (
    "yahoo.com ymail.com rocketmail.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.ca"
    " yahoo.co.in yahoo.in yahoo.com.br yahoo.com.ar yahoo.com.mx yahoo.com.au yahoo.co.jp"
)
_FASTMAIL: Final = (
    "fastmail.com fastmail.fm fastmail.net fastmail.org fastmail.co.uk fastmail.de fastmail.es"
    " fastmail.in fastmail.jp fastmail.se fastmail.to fastmail.us sent.com pobox.com"
)
_PROVIDERS: Final = (
    # Source: support.google.com/mail/answer/7436150 (dots), /answer/22370 (plus); a firm's own
    # domain at Google keeps its dots.
    _Provider("gmail.com googlemail.com", ignored=".", is_one=True),
    # Source: removeEmailAlias in Proton's own web client (github.com/ProtonMail/WebClients).
    _Provider("proton.me protonmail.com protonmail.ch pm.me", ignored="._-", is_one=True),
    # Source: support.apple.com/en-us/118230: who has an older address has the newer ones too.
    _Provider("icloud.com me.com mac.com", is_one=True),
    # Source: fastmail.help 360060591053, plus addressing and subdomain addressing.
    _Provider(_FASTMAIL, has_subdomains=True),
    # Source: help.yahoo.com, disposable addresses: base-keyword, of a base that the reader chose.
    _Provider(_YAHOO, tag="-+"),
)
_BY_DOMAIN: Final = {domain: one for one in _PROVIDERS for domain in one.domains.split()}
_USUAL: Final = _Provider("")
"""A plus divides the name from a tag at nearly all who know tags, Outlook, Exchange, Google and
Postfix among them. Source: RFC 5233 section 1. Elsewhere it is rare in a name."""


def mailbox_of(address: Address) -> str:
    """Return the one spelling of all addresses that lead to the same mailbox as this one."""
    local, _, domain = address.key.rpartition("@")
    provider = _BY_DOMAIN.get(domain, _USUAL)
    if domain not in _BY_DOMAIN:
        name, _, parent = domain.partition(".")
        if parent in _BY_DOMAIN and _BY_DOMAIN[parent].has_subdomains:
            local, domain, provider = name, parent, _BY_DOMAIN[parent]
    if provider.is_one:
        domain = provider.domains.partition(" ")[0]
    return f"{_without_tag(local, provider)}@{domain}"


def mailbox_digest(address: Address, pepper: str) -> bytes:
    """Return 32 bytes that stand for the mailbox; of no use to find an address elsewhere."""
    return address_hmac(f"mailbox {mailbox_of(address)}", pepper)


def _without_tag(local: str, provider: _Provider) -> str:
    """Return the name alone; the whole where nothing would be left of it."""
    ends = [end for one in provider.tag if (end := local.find(one, 1)) > 0]
    name = local[: min(ends, default=len(local))]
    return name.translate(dict.fromkeys(map(ord, provider.ignored))) or local
