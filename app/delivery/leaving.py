"""Leaving: the ways to leave that stand in a mail's headers, and how the one by mail is read back.

Both ways are one token. By mail it stands in the address, behind a +, because some programs send an
empty subject, and whatever they do to the mail, this is where it went (docs/adr/0044).
"""

from typing import Final

from app.tokens import token_for_address, token_from_address

_SEPARATOR: Final = "+"
_NOBODYS: Final = "preview"
"""Stands in a preview's address in place of a token; it is none, so a mail to it does nothing."""


def leave_url(base_url: str, token: str) -> str:
    """Return the page by which the holder of this token leaves."""
    return f"{base_url}/leave/{token}"


def leave_headers(base_url: str, inbound_address: str, token: str) -> dict[str, str]:
    """Return the List-Unsubscribe of one reader's mail; it has no mailto: without an address."""
    address = leave_address(inbound_address, token) if inbound_address else ""
    return _headers(leave_url(base_url, token), address)


def preview_leave_headers(url: str, inbound_address: str) -> dict[str, str]:
    """Return the List-Unsubscribe of a preview: as a mail has it, but nobody leaves by it.

    `url` is the page to which the links of a preview lead.
    """
    return _headers(url, _behind(inbound_address, _NOBODYS) if inbound_address else "")


def leave_address(inbound_address: str, token: str) -> str:
    """Return the address at which any mail lets the holder of this token leave."""
    return _behind(inbound_address, token_for_address(token))


def token_in(address: str) -> str | None:
    """Return the token that an address names, whatever became of its case; None without one.

    It is worth nothing until a `Signer` has read it.
    """
    local = address.rpartition("@")[0]
    return token_from_address(local.rpartition(_SEPARATOR)[2])


def _headers(url: str, address: str) -> dict[str, str]:
    """Return the header with the ways that there are.

    The https address is the only one and comes first, so that whoever knows both takes the one that
    acts at once. Beside it stands List-Unsubscribe-Post. Source: RFC 8058 section 3.1; RFC 2369
    section 2 (the leftmost is preferred).
    """
    ways = [url, f"mailto:{address}"] if address else [url]
    return {"List-Unsubscribe": ", ".join(f"<{one}>" for one in ways)}


def _behind(inbound_address: str, said: str) -> str:
    local, _, domain = inbound_address.rpartition("@")
    return f"{local}{_SEPARATOR}{said}@{domain}"
