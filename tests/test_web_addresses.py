import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import app
from app.content.drafts import Sponsor, StoryDraft
from app.content.limits import faults, sponsor_faults
from app.markup.parser import address_of
from app.web_addresses import MAX_URL, host_of, is_web_address, web_address

_WORDS: Final = "http https ftp javascript : // @ ? # [ ] {{ % é / example.com www. :8080 a < >"
_PIECES: Final = st.sampled_from([*_WORDS.split(), *' \t\n\x00\x7f\u2028\u202e\u2066"'])
_TEXTS: Final = st.lists(_PIECES, max_size=8).map("".join) | st.text(max_size=40)
_ADDRESSES: Final = _TEXTS.map(lambda rest: f"https://example.com/{rest}")


@given(_TEXTS | _ADDRESSES)
@example("ht\ntps://example.com")
@example("https://exa\x00mple.com/{{x}}")
def test_what_is_linked_is_an_address_or_nothing(text: str) -> None:
    linked = web_address(text)
    assert linked == "" or is_web_address(linked)
    assert web_address(linked) == linked
    assert bool(host_of(text)) <= bool(linked)


@given(_TEXTS | _ADDRESSES)
def test_what_is_taken_is_linked_as_it_is(text: str) -> None:
    if is_web_address(text):
        assert web_address(text) == text


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.example.com/a?b#c", "example.com"),
        ("HTTP://EXAMPLE.com", "example.com"),
        ("  http://example.com:8080 ", "example.com"),
        ("https://example.com/a b", "example.com"),
        ("javascript:alert(1)", ""),
        ("javascript://example.com/%0aalert(1)", ""),
        ("http://[broken", ""),
        ("http://", ""),
        ("//example.com", ""),
        ("example.com", ""),
        ("", ""),
    ],
)
def test_host_is_named_when_the_address_is_of_the_web(text: str, host: str) -> None:
    assert host_of(text) == host
    assert bool(web_address(text)) is bool(host)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/a",
        "https://example.com/a b",
        "https://example.com/{{x}}",
        "https://example.com/gnp.\u202eexe",
        "https://moc.elpmaxe\u202e.example.org",
        "ftp://example.com",
        "https://example.com/" + "a" * MAX_URL,
    ],
)
def test_stories_and_sponsors_take_the_same_addresses(text: str) -> None:
    refused = not is_web_address(text)
    assert ("url" in {path for path, _ in faults(StoryDraft(title="T", url=text))}) is refused
    assert ("url" in {path for path, _ in sponsor_faults(Sponsor("Who", url=text))}) is refused


@pytest.mark.parametrize("sign", [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2069"])
def test_no_address_is_read_in_another_order_than_it_is_written(sign: str) -> None:
    stored = f"https://moc.elpmaxe{sign}.example.org/gnp.{sign}exe"
    assert not is_web_address(stored)
    assert sign not in web_address(stored)
    assert sign not in host_of(stored)
    assert sign not in address_of(stored)


_HOMES: Final = {
    r"""\{["']https?["'], ["']https?["']\}""": {"web_addresses.py"},
    r"\bWEB_SCHEMES\b": {
        "web_addresses.py",
        "settings.py",  # where this service itself is
        "provider_settings.py",  # where people sign in elsewhere
        "issues/links/look.py",  # where a redirect may lead
    },
    r"def (is_)?web_address\b|def host_of\b": {"web_addresses.py"},
}
"""What is written only where the rule is at home, by what it looks like."""


@pytest.mark.parametrize("looks_like", _HOMES)
def test_rule_is_written_down_once(looks_like: str) -> None:
    root = Path(app.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(looks_like, path.read_text())
    }
    assert found == _HOMES[looks_like]
