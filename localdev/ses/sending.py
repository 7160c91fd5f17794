"""SendEmail and SendBulkEmail: what is accepted goes into the store, the rest is said no to."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import getaddresses
from typing import Any

from localdev.ses.context import Context
from localdev.ses.faults import Fault, Invalid
from localdev.ses.limits import MAX_MESSAGE, MAX_TEMPLATE_REQUEST, bare_address, check_tags
from localdev.ses.outcomes import FAILED, outcome_of
from localdev.ses.quota import refill, shortage, spend
from localdev.ses.shapes import (
    Content,
    Entry,
    addresses_of,
    read_bulk_entries,
    read_data,
    read_entry,
    read_raw,
    read_simple,
    read_template,
    structure,
    text_of,
)
from localdev.ses.store import Row, Store, add_call, add_edition, row
from localdev.ses.template import rendering_failure

_SHORTAGES = {
    "rate": ("ACCOUNT_THROTTLED", "Maximum sending rate exceeded."),
    "daily": ("ACCOUNT_DAILY_QUOTA_EXCEEDED", "Daily message quota exceeded."),
}
_PAUSED = "Email sending is disabled for this account."
_SET_NAME = 64


def send_email(context: Context, request: dict[str, Any], size: int, now: datetime) -> Any:
    """`{"MessageId": …}` of one message to 1 to 50 recipients.

    Raises:
        Fault: by SES's rules; nothing was kept.

    Source: SendEmail in the SESv2 model.
    """
    content, headers, data = _content_of(structure(request.get("Content"), "content"), size)
    tags = check_tags(request.get("EmailTags"), "emailTags")
    destination, sender = _envelope(request, content)
    call = _call(context, request, sender, now)
    call |= {"headers": headers, "data": data, "tags": tags, "operation": "SendEmail"}
    entry = read_entry(destination, "destination", fields=read_data(data or "{}", "templateData"))
    if not context.sending_enabled:
        raise Fault("SendingPausedException", _PAUSED)
    call["edition"] = add_edition(context.store, content)
    _spend_or_refuse(context, now)
    spend(context.quota, len(entry.bare), now.timestamp())
    (message_id,) = _message_ids(1, now)
    add_call(context.store, call, [_row(context.store, call["edition"], entry, message_id)])
    return {"MessageId": message_id}


def send_bulk_email(context: Context, request: dict[str, Any], size: int, now: datetime) -> Any:
    """`{"BulkEmailEntryResults": […]}`, one result per entry in their order.

    Raises:
        Fault: the call as a whole breaks SES's rules; nothing was kept.

    Source: SendBulkEmail in the SESv2 model.
    """
    _refuse_fast_calls(context, now)
    default = structure(request.get("DefaultContent"), "defaultContent")
    _check_template_size(size)
    content, headers, data = read_template(default.get("Template"), "defaultContent.template")
    tags = check_tags(request.get("DefaultEmailTags"), "defaultEmailTags")
    call = _call(
        context, request, text_of(request.get("FromEmailAddress"), "fromEmailAddress"), now
    )
    call |= {"headers": headers, "data": data, "tags": tags, "operation": "SendBulkEmail"}
    fields = read_data(data, "defaultContent.template.templateData")
    entries = read_bulk_entries(request.get("BulkEmailEntries"), fields)
    call["edition"] = add_edition(context.store, content)
    if context.sending_enabled:
        _spend_or_refuse(context, now)
    results, rows = _accept(context, call["edition"], entries, now)
    if rows:
        add_call(context.store, call, rows)
    return {"BulkEmailEntryResults": results}


def _accept(
    context: Context, edition: int, entries: Sequence[Entry | Invalid], now: datetime
) -> tuple[list[dict[str, str]], list[Row]]:
    """Return a result for every entry, and the messages of those that were accepted."""
    results: list[dict[str, str]] = []
    rows: list[Row] = []
    at = now.timestamp()
    for entry, message_id in zip(entries, _message_ids(len(entries), now), strict=True):
        if isinstance(entry, Invalid):
            results.append({"Status": entry.entry_status, "Error": entry.message})
        elif not context.sending_enabled:
            results.append({"Status": "ACCOUNT_SENDING_PAUSED", "Error": _PAUSED})
        elif short := shortage(context.quota):
            status, error = _SHORTAGES[short]
            results.append({"Status": status, "Error": error})
        else:
            spend(context.quota, len(entry.bare), at)
            rows.append(_row(context.store, edition, entry, message_id))
            results.append({"Status": "SUCCESS", "MessageId": message_id})
    return results, rows


def _content_of(value: dict[str, Any], size: int) -> tuple[Content, dict[str, str], str]:
    """Content, headers and template data of SendEmail; Fault unless exactly one form is given."""
    given = [form for form in ("Simple", "Raw", "Template") if value.get(form) is not None]
    if len(given) != 1:
        raise Fault("BadRequestException", "Content must be one of Simple, Raw or Template.")
    if given[0] == "Template":
        _check_template_size(size)
        return read_template(value["Template"], "content.template")
    if size > MAX_MESSAGE:
        raise Fault("BadRequestException", f"Message length is more than {MAX_MESSAGE} bytes.")
    if given[0] == "Raw":
        return read_raw(value["Raw"], "content.raw"), {}, ""
    content, headers = read_simple(value["Simple"], "content.simple")
    return content, headers, ""


def _check_template_size(size: int) -> None:
    """Fault for a request whose inline template SES would not take."""
    if size > MAX_TEMPLATE_REQUEST:
        raise Fault("BadRequestException", "A request with an inline template may have 1 MB.")


def _envelope(request: dict[str, Any], content: Content) -> tuple[object, str]:
    """Destination and From; a raw message's own headers stand in where the request has none."""
    destination = request.get("Destination")
    sender = text_of(request.get("FromEmailAddress"), "fromEmailAddress")
    if content.form == "raw" and not (destination and sender):
        mail = message_from_bytes(base64.b64decode(content.raw), policy=policy.compat32)
        sender = sender or str(mail.get("From", ""))
        destination = destination or {
            f"{name}Addresses": [pair[1] for pair in getaddresses(mail.get_all(name, []))]
            for name in ("To", "Cc", "Bcc")
        }
    return destination or {}, sender


def _call(context: Context, request: dict[str, Any], sender: str, now: datetime) -> dict[str, Any]:
    """Return what the messages of a call share; raise Fault for a sender not verified.

    The content is not part of it.
    """
    address = bare_address(sender)
    if context.verified_domains and address.split("@")[-1] not in context.verified_domains:
        raise Fault(
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region "
            f"EU-WEST-1: {address}",
        )
    for name in ("TenantName", "ListManagementOptions"):
        if request.get(name):
            raise Fault("NotFoundException", f"No such resource is in this account: {name}.")
    reply_to = addresses_of(request.get("ReplyToAddresses"), "replyToAddresses")
    for reply_address in reply_to:
        bare_address(reply_address)
    configuration_set = text_of(request.get("ConfigurationSetName"), "configurationSetName")
    plain = configuration_set.replace("-", "").replace("_", "")
    if configuration_set and not (plain.isascii() and plain.isalnum() and len(plain) <= _SET_NAME):
        raise Fault("BadRequestException", "Configuration set name is invalid.")
    return {
        "at": now.timestamp(),
        "from": sender,
        "reply_to": reply_to,
        "configuration_set": configuration_set,
    }


def _spend_or_refuse(context: Context, now: datetime) -> None:
    """Fault when the quota has nothing left for even one recipient."""
    refill(context.quota, now.timestamp())
    if short := shortage(context.quota):
        raise Fault("TooManyRequestsException", _SHORTAGES[short][1])


def _refuse_fast_calls(context: Context, now: datetime) -> None:
    """Fault when bulk calls come faster than the limit on them, whatever they hold.

    Source: SES developer guide, "Service quotas": API actions besides sending single mails.
    """
    if context.bulk_calls is None:
        return
    refill(context.bulk_calls, now.timestamp())
    if shortage(context.bulk_calls):
        raise Fault("TooManyRequestsException", "Rate exceeded")
    spend(context.bulk_calls, 1, now.timestamp())


def _row(store: Store, number: int, entry: Entry, message_id: str) -> Row:
    """Build the row of an accepted message with its outcome."""
    edition = store.editions[number]
    error = rendering_failure(edition.fields, edition.subject_fields, entry.fields)
    outcome = FAILED if error else outcome_of(entry.bare, store.suppressed)
    return row(entry, message_id, outcome, error)


def _message_ids(n_ids: int, now: datetime) -> list[str]:
    """Ids that look like those of SES in eu-west-1: time, random, and a tail of zeros."""
    start = f"0102{int(now.timestamp() * 1000):012x}"
    digits = secrets.token_hex(16 * n_ids)
    return [
        f"{start}-{digits[i : i + 8]}-{digits[i + 8 : i + 12]}-{digits[i + 12 : i + 16]}"
        f"-{digits[i + 16 : i + 20]}-{digits[i + 20 : i + 32]}-000000"
        for i in range(0, 32 * n_ids, 32)
    ]
