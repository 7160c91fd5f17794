import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rendering.edition import render_edition
from app.rendering.merge import (
    MERGE_FIELDS,
    fields_for,
    fill,
    html_without_reader,
    neutralise_html,
    neutralise_text,
    new_marks,
    settle_html,
    settle_text,
)
from app.rendering.templates import Templates
from app.transports.slots import Slots
from tests.rendering.reading import parsed
from tests.rendering.samples import edition

LEAVE = "https://devoured.example/leave/eyJ-_.abc"
PREFERENCES = "https://devoured.example/preferences/eyJ-_.abc"
BRACES = st.text(alphabet="{}\\ leavprfnc_urladdress_hx&<\"'")


@given(BRACES)
def test_neutralised_text_opens_no_field(text: str) -> None:
    assert "{{" not in neutralise_html(text)
    assert "{{" not in neutralise_text(text)


@given(BRACES)
def test_neutralised_text_reads_as_before(text: str) -> None:
    assert html.unescape(neutralise_html(html.escape(text))) == text
    assert neutralise_text(text).replace("\u2060", "") == text.replace("\u2060", "")


@given(BRACES, st.sampled_from(MERGE_FIELDS), BRACES)
def test_only_a_mark_becomes_a_field_whatever_stands_around_it(
    before: str, name: str, after: str
) -> None:
    marks = new_marks()
    text = before + marks.fields[name] + after
    for settled in (settle_html(text, marks), settle_text(text, marks)):
        assert re.findall(r"\{\{\w*\}\}", settled) == [f"{{{{{name}}}}}"]
        assert Slots.of(settled).keys == (name,)


@given(BRACES, BRACES, st.text())
def test_no_field_survives_filling(before: str, after: str, address: str) -> None:
    marks = new_marks()
    text = before + after.join(marks.fields.values()) + after
    for settled in (settle_html(text, marks), settle_text(text, marks)):
        assert "{{" not in fill(settled, fields_for(address, LEAVE, PREFERENCES))


@given(st.text())
def test_address_is_escaped_for_html_and_whole_for_text(address: str) -> None:
    fields = fields_for(address, LEAVE, PREFERENCES)
    assert fields.keys() == set(MERGE_FIELDS)
    assert not set("<>\"'") & set(fields["address_h"])
    assert html.unescape(fields["address_h"]) == fields["address_t"].replace("{\u2060", "{")
    assert not set("\r\n\0") & set("".join(fields.values()))


def test_line_ends_are_taken_out_of_an_address() -> None:
    fields = fields_for("ada@example.org\r\nBcc: eve@example.org", LEAVE, PREFERENCES)
    assert fields["address_t"] == "ada@example.orgBcc: eve@example.org"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "leave/x",
        "javascript:x",
        "https://x/?a=1&b=2",
        'https://x/"',
        "https://x/{{y}}",
        "https://x/\n",
    ],
)
def test_fields_are_refused_when_a_link_would_need_escaping(url: str) -> None:
    for links in ((url, PREFERENCES), (LEAVE, url)):
        with pytest.raises(ValueError, match="reader's link"):
            fields_for("ada@example.org", *links)


def test_filling_is_refused_when_a_value_is_missing() -> None:
    with pytest.raises(KeyError, match="leave_url"):
        fill("{{leave_url}}", {})


def test_values_are_not_read_again_when_they_look_like_fields() -> None:
    assert fill("{{a}} {{b}}", {"a": "{{b}}", "b": "1"}) == "{{b}} 1"


def test_marks_cannot_be_guessed() -> None:
    assert new_marks() != new_marks()
    assert len(new_marks().key) > 16


def test_web_copy_has_no_reader_and_no_personal_link() -> None:
    mail = '<!--to-->For {{address_h}}<!--/to--> <a href="{{leave_url}}">Leave</a>{{address_t}}'
    assert html_without_reader(mail, "https://devoured.example", "en") == (
        '<p lang="en">This is the web copy of a mail.</p> <a href="https://devoured.example/leave">Leave</a>'
    )
    link = '<a href="{{preferences_url}}">Change</a>'
    assert html_without_reader(link, "https://devoured.example", "de") == (
        '<a href="https://devoured.example/preferences">Change</a>'
    )


def test_web_copy_is_what_its_page_is_about_and_no_mail(templates: Templates) -> None:
    said = '<div role="article" aria-roledescription="email">'
    mail = render_edition(edition(subject=said), templates).html
    page = html_without_reader(mail, "https://devoured.example", "en")
    (main,) = [one for one in parsed(page).iter() if one.get("role") == "main"]
    assert main.get("aria-label") == said
    assert main.get("aria-roledescription") is None
    assert next(parsed(page).iter("title")).text == said
