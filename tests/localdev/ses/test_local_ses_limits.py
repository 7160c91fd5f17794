import json
from typing import Any

import pytest

from tests.localdev.ses.running import (
    LocalSes,
    bulk,
    entry,
    headers,
    refusal,
    serving,
    simple,
    simple_with,
    tags,
    template_with,
)

BAD = "BadRequestException"


def entry_with(**changes: Any) -> dict[str, Any]:
    return bulk(entry(1) | changes)


def data_of(data: str) -> dict[str, Any]:
    template = {"ReplacementTemplate": {"ReplacementTemplateData": data}}
    return entry_with(ReplacementEmailContent=template)


CALLS = {
    "no_content": (simple(Content={}), BAD),
    "no_body": (simple_with(Body={}), BAD),
    "subject_with_line_end": (simple_with(Subject={"Data": "a\r\nBcc: b@c.example"}), BAD),
    "no_recipient": (simple(Destination={}), BAD),
    "51_recipients": (
        simple(Destination={"ToAddresses": [f"r{n}@readers.example" for n in range(51)]}),
        BAD,
    ),
    "16_headers": (
        simple_with(Headers=headers({f"X-{n}": "v" for n in range(16)})),
        BAD,
    ),
    "header_name_with_colon": (simple_with(Headers=headers({"X:Y": "v"})), BAD),
    "header_name_too_long": (simple_with(Headers=headers({"X" * 127: "v"})), BAD),
    "header_value_not_ascii": (simple_with(Headers=headers({"X-Name": "ü"})), BAD),
    "header_value_with_line_end": (simple_with(Headers=headers({"X-Name": "a\r\nBcc: b"})), BAD),
    "header_value_too_long": (simple_with(Headers=headers({"X": "v" * 996})), BAD),
    "header_name_and_value_too_long": (simple_with(Headers=headers({"X-Name": "v" * 991})), BAD),
    "header_twice": (
        simple_with(Headers=[*headers({"X-Name": "a"}), *headers({"X-Name": "b"})]),
        BAD,
    ),
    "tag_with_dot": (simple(EmailTags=tags(issue="a.b")), BAD),
    "tag_name_with_colon": (simple(EmailTags=tags(**{"ses:other": "a"})), BAD),
    "tag_too_long": (simple(EmailTags=tags(issue="a" * 257)), BAD),
    "unverified_reply_to": (simple(ReplyToAddresses=["not an address"]), BAD),
    "configuration_set_name": (simple(ConfigurationSetName="a b"), BAD),
    "stored_template": (
        simple(Content={"Template": {"TemplateName": "welcome", "TemplateData": "{}"}}),
        "NotFoundException",
    ),
    "tenant": (simple(TenantName="other"), "NotFoundException"),
    "attachment": (
        simple_with(Attachments=[{"RawContent": b"x", "FileName": "x.txt"}]),
        BAD,
    ),
}
BULK_CALLS = {
    "no_entries": (bulk(BulkEmailEntries=[]), BAD),
    "51_entries": (bulk(*[entry(number) for number in range(51)]), BAD),
    "over_1_mb": (template_with(TemplateContent={"Subject": "S", "Html": "x" * 1_000_000}), BAD),
    "block_in_template": (
        template_with(TemplateContent={"Subject": "S", "Html": "{{#if a}}x{{/if}}"}),
        BAD,
    ),
    "path_in_template": (template_with(TemplateContent={"Subject": "S", "Text": "{{a.b}}"}), BAD),
    "open_end_in_template": (template_with(TemplateContent={"Subject": "S", "Text": "{{a"}), BAD),
    "no_body": (template_with(TemplateContent={"Subject": "S"}), BAD),
    "no_template": (bulk(DefaultContent={}), BAD),
    "data_too_long": (data_of(json.dumps({"a": "x" * 262_144})), BAD),
    "entry_header_not_ascii": (entry_with(ReplacementHeaders=headers({"X": "ü"})), BAD),
    "entry_with_16_headers": (
        entry_with(ReplacementHeaders=headers({f"X-{n}": "v" for n in range(16)})),
        BAD,
    ),
    "default_data_no_json": (template_with(TemplateData="{"), BAD),
    "default_tag": (bulk(DefaultEmailTags=tags(issue_id="a b")), BAD),
}
FORBIDDEN = (
    "Bcc CC Content-Disposition content-type Date From Message-ID MIME-Version Reply-To "
    "Return-Path Subject To"
)


@pytest.mark.parametrize("case", CALLS)
def test_send_email_is_refused_and_keeps_nothing_when_a_limit_is_passed(
    ses: LocalSes, case: str
) -> None:
    request, code = CALLS[case]
    assert refusal(ses.client, "send_email", request)[0] == code
    assert ses.messages() == []


@pytest.mark.parametrize("case", BULK_CALLS)
def test_send_bulk_is_refused_and_keeps_nothing_when_a_limit_is_passed(
    ses: LocalSes, case: str
) -> None:
    request, code = BULK_CALLS[case]
    assert refusal(ses.client, "send_bulk_email", request)[0] == code
    assert ses.messages() == []


@pytest.mark.parametrize("name", FORBIDDEN.split())
def test_header_is_refused_when_ses_sets_it_itself(ses: LocalSes, name: str) -> None:
    request = simple_with(Headers=headers({name: "x"}))
    assert refusal(ses.client, "send_email", request)[0] == BAD


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "nobody",
        "a@",
        "@readers.example",
        "nö@readers.example",
        "a@bücher.example",
        "a b@readers.example",
        "a@readers.example\r\nBcc: b@readers.example",
        "a@readers.example, b@readers.example",
        "a..b@readers.example",
        "a@-readers.example",
        "Jörg <a@readers.example>",
        "A <a@readers.example> B",
    ],
)
def test_address_is_refused_when_ses_would_not_take_it(ses: LocalSes, address: str) -> None:
    to = simple(Destination={"ToAddresses": [address]})
    assert refusal(ses.client, "send_email", to)[0] == BAD
    assert refusal(ses.client, "send_email", simple(FromEmailAddress=address))[0] == BAD


@pytest.mark.parametrize(
    "address",
    [
        "a@readers.example",
        "A.b+tag@Readers.Example",
        "Ann <a@readers.example>",
        '"Ann, of the desk" <a@readers.example>',
        "=?utf-8?q?J=C3=B6rg?= <a@readers.example>",
        "a@xn--bcher-kva.example",
        '"a..b"@readers.example',
        "o'hara/x=y@readers.example",
    ],
)
def test_address_is_taken_when_ses_would_take_it(ses: LocalSes, address: str) -> None:
    ses.client.send_email(**simple(Destination={"ToAddresses": [address]}))
    assert ses.messages()[0]["to"] == [address]


def test_limits_are_kept_to_when_everything_is_at_its_greatest(ses: LocalSes) -> None:
    own = entry(1)
    own["ReplacementHeaders"] = headers({f"X-{number}": "v" for number in range(14)})
    own["ReplacementHeaders"] += headers({"X": "v" * 995})
    own["ReplacementTags"] = tags(delivery_id="d" * 256)
    own["Destination"] = {"ToAddresses": [f"r{n}@readers.example" for n in range(50)]}
    answer = ses.client.send_bulk_email(**bulk(own))
    assert [result["Status"] for result in answer["BulkEmailEntryResults"]] == ["SUCCESS"]


def test_sender_is_refused_when_its_domain_is_not_verified() -> None:
    with serving(verified_domains=["Devoured.example"]) as ses:
        ses.client.send_email(**simple())
        request = simple(FromEmailAddress="x@other.example")
        code, message = refusal(ses.client, "send_email", request)
        assert code == "MessageRejected"
        assert "x@other.example" in message
        bulk_request = bulk(FromEmailAddress="x@sub.devoured.example")
        assert refusal(ses.client, "send_bulk_email", bulk_request)[0] == "MessageRejected"
        assert len(ses.messages()) == 1
