from dataclasses import replace

import pytest

from app.transports.base import Mail, Recipient, Refused
from app.transports.checks import CheckedMail, check_mail, read_texts
from tests.transports.mails import MAIL, recipient

_LONG = {f"X-{number}": "x" for number in range(14)}


@pytest.mark.parametrize(
    ("mail", "code"),
    [
        (replace(MAIL, from_address="Devoured"), "bad_sender"),
        (replace(MAIL, from_address="De\r\nBcc: x@y.example <a@b.example>"), "bad_sender"),
        (replace(MAIL, from_address="dïgest@devoured.example"), "bad_sender"),
        (replace(MAIL, reply_to="a@b.example\nBcc: c@d.example"), "bad_sender"),
        (replace(MAIL, subject="a\r\nBcc: x@y.example"), "bad_subject"),
        (replace(MAIL, html="\ud800"), "bad_text"),
        (replace(MAIL, html="", text=""), "empty_mail"),
        (replace(MAIL, text="{{#each x}}"), "bad_merge_field"),
        (replace(MAIL, text="{{nobody_has_it}}"), "unknown_merge_field"),
        (replace(MAIL, headers={"List-Id": "a\r\nBcc: x@y.example"}), "bad_header"),
        (replace(MAIL, headers={"List-Id": "Дайджест"}), "bad_header"),
        (replace(MAIL, headers={"List:Id": "x"}), "bad_header"),
        (replace(MAIL, headers={"X-Long": "x" * 995}), "bad_header"),
        (replace(MAIL, headers={"X-Empty": ""}), "bad_header"),
        (replace(MAIL, headers={"to": "x@y.example"}), "bad_header"),
        (replace(MAIL, headers={"Content-Language": "en"}), "bad_header"),
        (replace(MAIL, headers={"X-A": "1", "x-a": "2"}), "bad_header"),
        (replace(MAIL, headers={**_LONG, "X-More": "x"}), "bad_header"),
        (replace(MAIL, tags={"issue": "a b"}), "bad_tag"),
        (replace(MAIL, tags={"ses:other": "x"}), "bad_tag"),
        (replace(MAIL, tags={"delivery_id": "x"}), "bad_tag"),
    ],
)
def test_everything_stops_when_the_mail_is_wrong(mail: Mail, code: str) -> None:
    refused = check_mail(read_texts(mail), [recipient(1)], 50)
    assert isinstance(refused, Refused)
    assert (refused.kind, refused.code) == ("stop", code)
    assert "\n" not in refused.detail


def test_everything_stops_when_there_are_too_many_recipients() -> None:
    refused = check_mail(read_texts(MAIL), [recipient(number) for number in range(51)], 50)
    assert isinstance(refused, Refused)
    assert (refused.kind, refused.code) == ("stop", "too_many_recipients")


def _with_fields(**fields: str) -> Recipient:
    return replace(recipient(1), fields={**recipient(1).fields, **fields})


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (recipient(1, "réader@readers.example"), "bad_address"),
        (recipient(1, "reader@bücher.example"), "bad_address"),
        (recipient(1, "a@b.example\r\nDATA"), "bad_address"),
        (recipient(1, "a@b.example>"), "bad_address"),
        (recipient(1, "a b@c.example"), "bad_address"),
        (recipient(1, "a@b@c.example"), "bad_address"),
        (recipient(1, "a" * 250 + "@b.example"), "bad_address"),
        (replace(recipient(1), delivery_id="7:1"), "bad_delivery_id"),
        (recipient(1, **{"X-A": "a\nb"}), "bad_header"),
        (recipient(1, **_LONG), "bad_header"),
        (replace(recipient(1), fields={"name": "n", "leave": "l"}), "missing_merge_field"),
        (_with_fields(name="a\r\nBcc: x@y.example"), "bad_merge_field"),
        (_with_fields(leave="\udfff"), "bad_merge_field"),
    ],
)
def test_one_recipient_is_refused_when_only_theirs_is_wrong(one: Recipient, code: str) -> None:
    found = check_mail(read_texts(MAIL), [recipient(2), one], 50)
    assert isinstance(found, CheckedMail)
    good, bad = found.refused
    assert good is None
    assert bad is not None
    assert (bad.kind, bad.code) == ("never", code)
    assert "@" not in bad.detail


def test_fifteen_headers_pass_when_the_delivery_header_is_one_of_them() -> None:
    headers = {f"X-{number}": "x" for number in range(13)}
    mail = replace(MAIL, headers=headers)
    found = check_mail(read_texts(mail), [recipient(1), recipient(2, **{"X-More": "x"})], 50)
    assert isinstance(found, CheckedMail)
    assert [one is None for one in found.refused] == [True, False]
