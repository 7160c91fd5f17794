"""Requests to SES: a Mail and its recipients as the SESv2 operations want them (pure).

Inline templates with flat `{{key}}` only. Everything personal goes through template data and
`ReplacementHeaders`, the only ways a bulk entry has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from app.transports.base import Mail, Recipient, Refused
from app.transports.checks import DELIVERY_HEADER
from app.transports.headers import mailbox

MAX_REQUEST_BYTES: Final = 1_000_000
"""Of one call's JSON. Source: SES developer guide, "Sending personalized email"."""

MAX_DATA_CHARACTERS: Final = 262_144
"""Of one entry's template data. Source: SESv2 `EmailTemplateData`."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Shared:
    """What all calls for one Mail have alike, and how many bytes that takes.

    `content` is the template, JSON already: most of a request, and the same in all of them. `keys`
    are the merge fields; every entry gives all of them, because SES takes an entry that lacks one,
    answers SUCCESS and then sends nothing.
    """

    request: Json
    content: orjson.Fragment
    headers: Mapping[str, str]
    tags: tuple[Json, ...]
    keys: tuple[str, ...]
    n_bytes: int


@dataclass(frozen=True)
class Entry:
    """One recipient of a call: as a bulk entry, that as JSON, and its bytes there."""

    place: int
    bulk: Json
    headers: Mapping[str, str]
    json: bytes

    @property
    def n_bytes(self) -> int:
        """Return how long it is in a request, with the comma before the next."""
        return len(self.json) + 1


def shared_part(
    mail: Mail, keys: frozenset[str], *, attempt: int, configuration_set: str
) -> Shared:
    """Build what all recipients of the mail have in common; the mail was checked before."""
    request: Json = {"FromEmailAddress": mailbox(mail.from_address)}
    if mail.reply_to:
        request["ReplyToAddresses"] = [mailbox(mail.reply_to)]
    if configuration_set:
        request["ConfigurationSetName"] = configuration_set
    bodies = {name: text for name, text in (("Html", mail.html), ("Text", mail.text)) if text}
    content = orjson.Fragment(orjson.dumps({"Subject": mail.subject, **bodies}))
    tags = tuple(_pairs({"attempt": str(attempt), **mail.tags}))
    found = Shared(request, content, mail.headers, tags, tuple(sorted(keys)), 0)
    return replace(found, n_bytes=len(orjson.dumps(bulk_request(found, []))))


def entry(shared: Shared, place: int, one: Recipient) -> Entry | Refused:
    """Build one recipient's part of a call, or return why there is none."""
    data = orjson.dumps({key: one.fields[key] for key in shared.keys}).decode()
    headers = {DELIVERY_HEADER: one.delivery_id, **one.headers}
    bulk: Json = {
        "Destination": {"ToAddresses": [one.address]},
        # All of the tags: whether these add to the call's own or take their place is not
        # documented, so the call itself has none.
        "ReplacementTags": [{"Name": "delivery_id", "Value": one.delivery_id}, *shared.tags],
        "ReplacementHeaders": _pairs(headers),
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
    }
    found = Entry(place, bulk, headers, orjson.dumps(bulk))
    if len(data) > MAX_DATA_CHARACTERS or shared.n_bytes + found.n_bytes > MAX_REQUEST_BYTES:
        return Refused("never", "fields_too_large", "the merge fields take too much room")
    return found


def bulk_request(shared: Shared, entries: Sequence[Entry]) -> Json:
    """Build the arguments of SendBulkEmail. Source: SESv2 `SendBulkEmailRequest`."""
    template: Json = {"TemplateContent": shared.content, "TemplateData": "{}"}
    if shared.headers:
        template["Headers"] = _pairs(shared.headers)
    return {
        **shared.request,
        "DefaultContent": {"Template": template},
        "BulkEmailEntries": [orjson.Fragment(one.json) for one in entries],
    }


def single_request(shared: Shared, one: Entry) -> Json:
    """Build the arguments of SendEmail for the same message. Source: SESv2 `SendEmailRequest`."""
    replaced = {name.lower() for name in one.headers}
    kept = {name: value for name, value in shared.headers.items() if name.lower() not in replaced}
    data = one.bulk["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
    return {
        **shared.request,
        "Destination": one.bulk["Destination"],
        "EmailTags": one.bulk["ReplacementTags"],
        "Content": {
            "Template": {
                "TemplateContent": shared.content,
                "TemplateData": data,
                "Headers": _pairs({**one.headers, **kept}),
            }
        },
    }


def groups(shared: Shared, entries: Sequence[Entry]) -> list[list[Entry]]:
    """Split the entries, in order, into calls that each keep within the bytes of a request."""
    found: list[list[Entry]] = []
    room = 0
    for one in entries:
        if not found or one.n_bytes > room:
            found.append([])
            room = MAX_REQUEST_BYTES - shared.n_bytes
        found[-1].append(one)
        room -= one.n_bytes
    return found


def _pairs(values: Mapping[str, str]) -> list[Json]:
    return [{"Name": name, "Value": value} for name, value in values.items()]
