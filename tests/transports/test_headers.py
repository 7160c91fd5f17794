from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transports.headers import (
    is_address,
    mailbox,
    names_two_addresses,
    split_mailbox,
    subject,
    written_mailbox,
)

_NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60
).filter(lambda name: name == name.strip())


@given(name=_NAMES)
def test_display_name_arrives_when_it_holds_anything(name: str) -> None:
    line = mailbox(written_mailbox(name, "digest@devoured.example"))
    assert line.isascii()
    found, address = parseaddr(line)
    assert address == "digest@devoured.example"
    assert str(make_header(decode_header(found))) == name


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a@b.example", "a@b.example"),
        ("<a@b.example>", "a@b.example"),
        ("Devoured <a@b.example>", "Devoured <a@b.example>"),
        ('"Devoured, Inc." <a@b.example>', '"Devoured, Inc." <a@b.example>'),
        ("Devoured, Inc. <a@b.example>", '"Devoured, Inc." <a@b.example>'),
        ("Дайджест <a@b.example>", "=?utf-8?b?0JTQsNC50LTQttC10YHRgg==?= <a@b.example>"),
    ],
)
def test_mailbox_is_encoded_only_when_it_must_be(text: str, line: str) -> None:
    assert mailbox(text) == line


@given(name=_NAMES)
def test_written_mailbox_is_split_into_what_it_was(name: str) -> None:
    text = written_mailbox(name, "a@b.example")
    assert split_mailbox(text) == (name, "a@b.example")
    assert not names_two_addresses(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('Der "Digest" <a@b.example>', 'Der "Digest"'),
        ('"Daily" News <a@b.example>', '"Daily" News'),
        ('"Daily" and "Weekly" <a@b.example>', '"Daily" and "Weekly"'),
        (r'"The \"Daily\"" <a@b.example>', 'The "Daily"'),
        ('"Daily" <a@b.example>', "Daily"),
        ("Digest, Daily <a@b.example>", "Digest, Daily"),
    ],
)
def test_name_stays_whole_when_it_has_quotation_marks_or_a_comma(text: str, name: str) -> None:
    assert split_mailbox(text) == (name, "a@b.example")
    assert parseaddr(mailbox(text)) == (name, "a@b.example")


@pytest.mark.parametrize(
    ("text", "are_two"),
    [
        ("a@b.example, c@d.example", True),
        ("a@b.example; C <c@d.example>", True),
        ("A <a@b.example>, C <c@d.example>", True),
        ("A <a@b.example> C <c@d.example>", True),
        ("A <a@b.example>, c@d.example", True),
        ("a@b.example <a@b.example>", False),
        ('"a@b.example, c@d.example" <c@d.example>', False),
        ("A, Inc. <a@b.example>", False),
        ("a@b.example", False),
    ],
)
def test_two_addresses_are_told_from_one(text: str, *, are_two: bool) -> None:
    assert names_two_addresses(text) is are_two


def test_last_bracket_divides_when_a_name_holds_one() -> None:
    assert split_mailbox("a < b <c@d.example>") == ("a < b", "c@d.example")


@pytest.mark.parametrize(("text", "n_lines"), [("Short and plain", 1), ("word " * 20 + "end", 2)])
def test_subject_stays_readable_when_it_is_plain(text: str, n_lines: int) -> None:
    lines = subject(text).split("\r\n ")
    assert " ".join(lines) == text
    assert len(lines) == n_lines
    assert max(map(len, lines)) <= 67


@pytest.mark.parametrize(
    "text", ["é", "=?utf-8?q?x?=", " x", "x ", "a  b " * 20, "x" * 100, "a\tb"]
)
def test_subject_is_encoded_when_it_would_not_survive(text: str) -> None:
    assert subject(text).startswith("=?utf-8?")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a.b+c@d.example", True),
        ("o'neil@x-y.example", True),
        ("a@xn--bcher-kva.example", True),
        ("a..b@c.example", False),
        ('"a b"@c.example', False),
        ("x" * 64 + "@c.example", True),
        ("x" * 65 + "@c.example", False),
        ("a", False),
        ("", False),
    ],
)
def test_is_address_tells_what_can_stand_in_an_envelope(text: str, *, is_one: bool) -> None:
    assert is_address(text) is is_one
