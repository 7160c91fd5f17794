"""The account's own operations: quotas, the sending switch, the suppression list."""

from datetime import datetime
from typing import Any

from localdev.ses.context import Context
from localdev.ses.faults import Fault
from localdev.ses.limits import bare_address
from localdev.ses.quota import refill
from localdev.ses.shapes import text_of
from localdev.ses.store import Suppressed, lift, suppress

_REASONS = ("BOUNCE", "COMPLAINT")
_MAX_PAGE = 1000


def get_account(context: Context, now: datetime) -> dict[str, Any]:
    """Return quotas and switches. Source: GetAccount in the SESv2 model."""
    quota = context.quota
    refill(quota, now.timestamp())
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendQuota": {
            "Max24HourSend": float(quota.daily),
            "MaxSendRate": float(quota.rate),
            "SentLast24Hours": float(quota.n_sent),
        },
        "SendingEnabled": context.sending_enabled,
        "SuppressionAttributes": {"SuppressedReasons": list(_REASONS)},
        **context.account,
    }


def put_sending(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Let the account send or pause. Source: PutAccountSendingAttributes."""
    context.sending_enabled = request.get("SendingEnabled", False) is True
    return {}


def put_suppressed(context: Context, request: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Put the address on the list. Source: PutSuppressedDestination."""
    address = text_of(request.get("EmailAddress"), "emailAddress")
    bare_address(address)
    reason = text_of(request.get("Reason"), "reason")
    _check_reason(reason)
    suppress(context.store, address, reason, now)
    return {}


def get_suppressed(context: Context, address: str) -> dict[str, Any]:
    """Return the entry; raise Fault when there is none. Source: GetSuppressedDestination."""
    entry = context.store.suppressed.get(address)
    if entry is None:
        raise _not_suppressed()
    return {"SuppressedDestination": _summary(address, entry)}


def delete_suppressed(context: Context, address: str) -> dict[str, Any]:
    """Delete the entry; raise Fault when there is none. Source: DeleteSuppressedDestination."""
    if not lift(context.store, address):
        raise _not_suppressed()
    return {}


def list_suppressed(
    context: Context, reasons: list[str], page_size: str, token: str
) -> dict[str, Any]:
    """Return a page of entries by address. Source: ListSuppressedDestinations."""
    for reason in reasons:
        _check_reason(reason)
    if not page_size.isdecimal() or not 1 <= int(page_size) <= _MAX_PAGE:
        raise Fault("BadRequestException", f"PageSize must be 1 to {_MAX_PAGE}.")
    suppressed = context.store.suppressed
    if token and token not in suppressed:
        raise Fault("InvalidNextTokenException", "The next token is invalid.")
    wanted = sorted(
        address
        for address, entry in suppressed.items()
        if address > token and (not reasons or entry.reason in reasons)
    )
    page = wanted[: int(page_size)]
    answer: dict[str, Any] = {
        "SuppressedDestinationSummaries": [_summary(name, suppressed[name]) for name in page]
    }
    if len(wanted) > len(page):
        answer["NextToken"] = page[-1]
    return answer


def _check_reason(reason: str) -> None:
    """Fault for a reason outside the model's enumeration."""
    if reason not in _REASONS:
        raise Fault("BadRequestException", f"Reason must be one of {', '.join(_REASONS)}.")


def _not_suppressed() -> Fault:
    """Return the answer for an address that is not on the list."""
    return Fault("NotFoundException", "Email address does not exist on your suppression list.")


def _summary(address: str, entry: Suppressed) -> dict[str, Any]:
    """Return an entry; times are Unix seconds, as in every REST-JSON answer of AWS."""
    at = entry.at.timestamp()
    return {"EmailAddress": address, "Reason": entry.reason, "LastUpdateTime": at}
