import json
from dataclasses import replace

import orjson
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from app.transports.base import Mail, Recipient, Refused
from app.transports.ses_request import (
    MAX_REQUEST_BYTES,
    Entry,
    Shared,
    bulk_request,
    entry,
    groups,
    shared_part,
    single_request,
)
from tests.transports.mails import MAIL, recipient

_MODEL = ServiceModel(Loader().load_service_model("sesv2", "service-2"))
_KEYS = frozenset({"name", "name_h", "leave"})


def _shared(mail: Mail = MAIL, keys: frozenset[str] = _KEYS) -> Shared:
    return shared_part(mail, keys, attempt=2, configuration_set="events")


def _entries(shared: Shared, people: list[Recipient]) -> list[Entry]:
    found = [entry(shared, place, one) for place, one in enumerate(people)]
    return [one for one in found if isinstance(one, Entry)]


def _fits_model(operation: str, request: dict[str, object]) -> bool:
    request = orjson.loads(orjson.dumps(request))
    shape = _MODEL.operation_model(operation).input_shape
    assert shape is not None
    return not ParamValidator().validate(request, shape).has_errors()


def test_requests_fit_the_model_when_they_are_whole() -> None:
    shared = _shared()
    entries = _entries(shared, [recipient(1), recipient(2)])
    assert _fits_model("SendBulkEmail", bulk_request(shared, entries))
    assert _fits_model("SendEmail", single_request(shared, entries[0]))


def test_every_entry_has_all_keys_tags_and_its_own_headers() -> None:
    shared = _shared()
    request = bulk_request(shared, _entries(shared, [recipient(1), recipient(2)]))
    assert request["DefaultContent"]["Template"]["Headers"] == [
        {"Name": name, "Value": value} for name, value in MAIL.headers.items()
    ]
    assert "DefaultEmailTags" not in request
    entries = orjson.loads(orjson.dumps(request))["BulkEmailEntries"]
    for number, one in enumerate(entries, start=1):
        content = one["ReplacementEmailContent"]["ReplacementTemplate"]
        assert json.loads(content["ReplacementTemplateData"]) == recipient(number).fields
        tags = {tag["Name"]: tag["Value"] for tag in one["ReplacementTags"]}
        assert tags == {"delivery_id": f"7-{number}", "attempt": "2", **MAIL.tags}
        headers = {header["Name"]: header["Value"] for header in one["ReplacementHeaders"]}
        assert headers == {"X-Devoured-Delivery": f"7-{number}", **recipient(number).headers}


def test_only_keys_of_the_mail_go_out_when_a_recipient_has_more() -> None:
    shared = _shared(keys=frozenset({"name"}))
    (one,) = _entries(shared, [recipient(1)])
    content = one.bulk["ReplacementEmailContent"]["ReplacementTemplate"]
    assert json.loads(content["ReplacementTemplateData"]) == {"name": "Зоя 1 & <co>"}


def test_recipients_header_takes_the_mails_place_when_one_message_has_both() -> None:
    shared = _shared()
    (one,) = _entries(shared, [recipient(1, **{"LIST-ID": "<x.y>"})])
    headers = single_request(shared, one)["Content"]["Template"]["Headers"]
    assert [h["Value"] for h in headers if h["Name"].lower() == "list-id"] == ["<x.y>"]


def test_size_is_that_of_what_is_written_when_texts_are_not_ascii() -> None:
    shared = _shared()
    entries = _entries(shared, [recipient(number) for number in range(50)])
    written = len(orjson.dumps(bulk_request(shared, entries)))
    assert shared.n_bytes + sum(one.n_bytes for one in entries) == written + 1


def test_call_is_cut_in_pieces_when_it_is_too_large_for_one_request() -> None:
    shared = _shared(replace(MAIL, html="я" * 120_000 + MAIL.html))
    people = [recipient(number) for number in range(50)]
    people = [replace(one, fields={**one.fields, "name": "n" * 20_000}) for one in people]
    entries = _entries(shared, people)
    found = groups(shared, entries)
    assert len(found) > 1
    assert [one for group in found for one in group] == entries
    for group in found:
        assert len(orjson.dumps(bulk_request(shared, group))) <= MAX_REQUEST_BYTES


def test_recipient_is_refused_when_their_fields_are_too_large() -> None:
    one = replace(recipient(1), fields={**recipient(1).fields, "name": "n" * 262_144})
    refused = entry(_shared(), 0, one)
    assert isinstance(refused, Refused)
    assert (refused.kind, refused.code) == ("never", "fields_too_large")
