from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.issues.checks.canonical import canonical
from app.issues.checks.repeats import title_key

NAMES = st.text("abcxyz019-", min_size=1, max_size=8).map(lambda name: f"h{name}h")
SEGMENTS = st.lists(st.text(min_size=1, max_size=6).filter(lambda s: s not in {".", ".."}))
PAIRS = st.lists(st.tuples(st.text("abq", min_size=1, max_size=4), st.text(max_size=5)))
TRACKING = ["utm_source", "UTM_medium", "fbclid", "gclid", "mc_eid", "ref"]


@st.composite
def addresses(draw: st.DrawFn) -> tuple[str, list[str], list[tuple[str, str]]]:
    """Draw a host, path segments and query pairs."""
    return f"{draw(NAMES)}.dev", draw(SEGMENTS), draw(PAIRS)


def _url(host: str, segments: list[str], pairs: list[tuple[str, str]]) -> str:
    path = "".join("/" + quote(segment, safe="") for segment in segments)
    return f"https://{host}{path}?{urlencode(pairs)}"


@given(st.text())
def test_canonical_takes_anything(text: str) -> None:
    canonical(text)
    canonical(f"https://{text}")


@given(addresses())
def test_canonical_changes_nothing_when_applied_again(
    parts: tuple[str, list[str], list[tuple[str, str]]],
) -> None:
    once = canonical(_url(*parts))
    assert canonical(f"https://{once}") == once


@given(addresses(), st.sampled_from(TRACKING), st.randoms())
def test_canonical_is_the_same_whatever_does_not_count(
    parts: tuple[str, list[str], list[tuple[str, str]]], tracking: str, random: object
) -> None:
    host, segments, pairs = parts
    shuffled = [*pairs, (tracking, "x")]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    other = _url(f"WWW.{host.upper()}:443", [*segments], shuffled).removeprefix("https")
    assert canonical(f"  HTTP{other}#part ") == canonical(_url(host, segments, pairs))


@given(addresses(), addresses())
def test_canonical_is_another_when_path_or_host_are(
    one: tuple[str, list[str], list[tuple[str, str]]],
    other: tuple[str, list[str], list[tuple[str, str]]],
) -> None:
    if (one[0], one[1], sorted(one[2])) != (other[0], other[1], sorted(other[2])):
        assert canonical(_url(*one)) != canonical(_url(*other))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://Example.com/a/./b/../c/?b=2&a=1#x", "example.com/a/c?a=1&b=2"),
        ("http://www.example.com:80/%7Euser/", "example.com/~user"),
        ("https://example.com:8443/", "example.com:8443"),
        ("https://bücher.example/ä", "xn--bcher-kva.example/%C3%A4"),
        ("https://[2001:db8::1]/x", "[2001:db8::1]/x"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("https://example.com:port/", "https://example.com:port/"),
        ("", ""),
    ],
)
def test_canonical_of_these_is_known(url: str, key: str) -> None:
    assert canonical(url) == key


@given(st.text())
def test_title_key_changes_nothing_when_applied_again(title: str) -> None:
    assert title_key(title_key(title)) == title_key(title)
