"""Requests of SendEmail and SendBulkEmail read into what store.py keeps, every limit checked.

Source: the request shapes of botocore's SESv2 model.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import orjson

from localdev.ses.faults import Fault, Invalid, constraint, wrong_type
from localdev.ses.limits import (
    MAX_ENTRIES,
    MAX_RECIPIENTS,
    MAX_TEMPLATE_DATA,
    bare_address,
    check_headers,
    check_tags,
)
from localdev.ses.template import Fields, fields_of

_SCALARS = frozenset({str, int, float, bool, type(None)})
_NOT_HERE = ("TemplateName", "TemplateArn")


@dataclass(slots=True, frozen=True)
class Content:
    """A body as it came; `form` is simple, raw or template, `raw` is base64."""

    form: str
    subject: str = ""
    text: str = ""
    html: str = ""
    raw: str = ""


# Not frozen: a frozen one costs a microsecond more for every recipient.
@dataclass(slots=True)
class Entry:
    """One message of a call: who gets it, and what differs from the call's defaults.

    `bare` are all its addresses without names, in lower case; `data` is JSON as it came, empty
    for the call's own.
    """

    to: list[str]
    cc: list[str]
    bcc: list[str]
    bare: list[str]
    data: str = ""
    fields: Fields = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def structure(value: object, place: str) -> dict[str, Any]:
    """Return the value as a JSON object; raise Fault when it is missing or something else."""
    if value is None:
        raise constraint(place, "Member must not be null")
    if type(value) is not dict:
        raise wrong_type(place)
    return value


def text_of(value: object, place: str) -> str:
    """Return the value as a string, empty when missing; raise Fault when it is something else."""
    if value is None:
        return ""
    if type(value) is not str:
        raise wrong_type(place)
    return value


def addresses_of(value: object, place: str) -> list[str]:
    """Return the value as a list, empty when missing; `bare_address` must check its items."""
    if value is None:
        return []
    if type(value) is not list:
        raise wrong_type(place)
    return value


def read_entry(
    destination: object,
    place: str,
    *,
    data: str = "",
    fields: Fields | None = None,
    headers: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> Entry:
    """Read one message; raise Invalid for a bad address, or not 1 to 50 of them.

    A bad address is one that SES would not take.
    """
    value = structure(destination, place)
    to = addresses_of(value.get("ToAddresses"), place)
    cc = addresses_of(value.get("CcAddresses"), place)
    bcc = addresses_of(value.get("BccAddresses"), place)
    bare = [bare_address(address) for address in (*to, *cc, *bcc)]
    if not 1 <= len(bare) <= MAX_RECIPIENTS:
        raise Invalid(f"Recipient count must be 1 to {MAX_RECIPIENTS}, is {len(bare)}.")
    return Entry(to, cc, bcc, bare, data, fields or {}, headers or {}, tags or {})


def read_bulk_entries(value: object, default: Fields) -> list[Entry | Invalid]:
    """Read the entries of a bulk call in order, each a message or what is wrong with it alone.

    Raises:
        Fault: not 1 to 50 entries, or one breaches a limit of the model.
    """
    if type(value) is not list:
        raise wrong_type("bulkEmailEntries")
    if not 1 <= len(value) <= MAX_ENTRIES:
        raise Fault(
            "BadRequestException",
            f"The number of destinations must be 1 to {MAX_ENTRIES}, is {len(value)}.",
        )
    entries: list[Entry | Invalid] = []
    for number, raw in enumerate(value, 1):
        try:
            entries.append(_bulk_entry(raw, f"bulkEmailEntries.{number}.member", default))
        except Invalid as invalid:
            entries.append(invalid)
    return entries


def _bulk_entry(raw: object, place: str, default: Fields) -> Entry:
    """Read one entry; replacement data that is absent or `{}` means all of the default data."""
    entry = structure(raw, place)
    headers = check_headers(entry.get("ReplacementHeaders"), place)
    data, fields = "", default
    replacement = entry.get("ReplacementEmailContent")
    if replacement is not None:
        template = structure(replacement, place).get("ReplacementTemplate")
        if template is not None:
            data = text_of(structure(template, place).get("ReplacementTemplateData"), place)
    if data and (given := read_data(data, place)):
        fields = given
    return read_entry(
        entry.get("Destination"),
        place,
        data=data if fields is not default else "",
        fields=fields,
        headers=headers,
        tags=check_tags(entry.get("ReplacementTags"), place),
    )


def read_data(data: str, place: str) -> Fields:
    """Template data as a flat object.

    Raises:
        Fault: longer than the model allows.
        Invalid: not JSON, not an object, or with nested values, which inline templates cannot use.
    """
    if len(data) > MAX_TEMPLATE_DATA:
        raise constraint(
            place, f"Member must have length less than or equal to {MAX_TEMPLATE_DATA}"
        )
    try:
        values = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Invalid("Template data is not valid JSON.") from None
    if type(values) is not dict or not _SCALARS.issuperset(map(type, values.values())):
        raise Invalid("Template data is not a flat JSON object.")
    return values


def read_template(value: object, place: str) -> tuple[Content, dict[str, str], str]:
    """Read an inline template: its content, its headers, its default data as JSON.

    Raises:
        Fault: no inline content, attachments (not kept here), or a template SES cannot fill.
    """
    template = structure(value, place)
    for name in _NOT_HERE:
        if template.get(name) is not None:
            raise Fault("NotFoundException", f"Template {template[name]} does not exist.")
    _refuse_attachments(template)
    body = structure(template.get("TemplateContent"), f"{place}.templateContent")
    content = _content(
        "template",
        *(text_of(body.get(part), f"{place}.{part}") for part in ("Subject", "Text", "Html")),
    )
    return (
        content,
        check_headers(template.get("Headers"), f"{place}.headers"),
        text_of(template.get("TemplateData"), f"{place}.templateData") or "{}",
    )


def template_fields(content: Content) -> tuple[frozenset[str], frozenset[str]]:
    """Return the keys the whole template asks for, and those its subject asks for."""
    subject = fields_of(content.subject)
    return subject | fields_of(content.text) | fields_of(content.html), subject


def read_simple(value: object, place: str) -> tuple[Content, dict[str, str]]:
    """Read a finished message in parts, and its headers.

    Raises Fault when a part is missing or wrong.
    """
    message = structure(value, place)
    _refuse_attachments(message)
    body = structure(message.get("Body"), f"{place}.body")
    content = _content(
        "simple",
        _data(structure(message.get("Subject"), f"{place}.subject"), place),
        *(_data(body.get(part), place) for part in ("Text", "Html")),
    )
    return content, check_headers(message.get("Headers"), f"{place}.headers")


def read_raw(value: object, place: str) -> Content:
    """Read a MIME message as base64, with its subject; raise Fault when it is no base64."""
    data = text_of(structure(value, place).get("Data"), place)
    try:
        mail = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise wrong_type(f"{place}.data") from None
    subject = message_from_bytes(mail, policy=policy.default).get("Subject", "")
    return Content("raw", subject=str(subject), raw=data)


def _data(value: object, place: str) -> str:
    """Return `Data` of a Subject, Text or Html; empty when there is none."""
    if value is None:
        return ""
    part = structure(value, place)
    if part.get("Data") is None:
        raise constraint(f"{place}.data", "Member must not be null")
    return text_of(part["Data"], f"{place}.data")


def _content(form: str, subject: str, text: str, html: str) -> Content:
    """Build the content; raise Invalid when the subject has a line break or there is no body."""
    if not {"\r", "\n"}.isdisjoint(subject):
        raise Invalid("Subject contains a line end.")
    if not text and not html:
        raise Invalid("A body is needed: text, HTML or both.")
    return Content(form, subject=subject, text=text, html=html)


def _refuse_attachments(value: dict[str, Any]) -> None:
    """Fault for attachments: this inbox keeps none, and says so rather than lose them."""
    attachments: Sequence[object] | None = value.get("Attachments")
    if attachments:
        raise Fault("BadRequestException", "The local SES takes no attachments.")
