"""Names of categories: which are the same, and that those that are not never share a slug."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.publication.names import free_slug, name_key, slug_of

TRICKY = [
    *("C", "C#", "C++", "c++", "F#", ".NET", "NET", "Node.js", "Node js", "Nodejs", "A+", "A"),
    *("🚀", "🛸", "👩\u200d🚀", "👍🏽", "👍🏿", "❤\ufe0f", "❤", "Новости", "новости", "Йод", "Иод"),
    *(
        "日本語",
        "हिन्दी",
        "हिन्दि",
        "العربية",
        "עברית",
        "Früh & Spät",
        "Fruh Spat",
        "x" * 90,
        "x" * 91,
    ),
    *("DevOps & Cloud", "Dev Ops", "C-2", "c 2", "½", "1-2", "Straße", "Strasse", "İ", "\u0131"),
    *("!!", "—", "", "_", "a_b", "€", "ai/ml"),
]
NAMES = st.lists(st.one_of(st.sampled_from(TRICKY), st.text(max_size=12)), max_size=30)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        *(("AI", "ai"), ("DevOps & Cloud", "devops-cloud"), ("Früh & Spät", "fruh-spat")),
        *(("C", "c"), ("C#", "c-sharp"), ("C++", "c-plus-plus"), (".NET", "dot-net")),
        *(("Node.js", "node-js"), ("🚀", "rocket"), ("❤️", "heavy-black-heart")),
        *(("Новости", "новости"), ("Йод", "йод"), ("हिन्दी", "हिन्दी"), ("日本語", "日本語")),
        *(("!!", ""), ("—", ""), ("  ", "")),
    ],
)
def test_slug_reads_as_the_name_does(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(NAMES)
def test_names_that_differ_never_share_a_slug(names: list[str]) -> None:
    slugs: dict[str, str] = {}
    for name in names:
        if name_key(name) not in slugs and slug_of(name):
            slugs[name_key(name)] = free_slug(name, set(slugs.values()))
    assert len(set(slugs.values())) == len(slugs)
    assert all(re.fullmatch(r"[^\x00-\x20/,\x7f-\x9f]{1,100}", slug) for slug in slugs.values())


@given(st.one_of(st.sampled_from(TRICKY), st.text()))
def test_name_is_the_same_whatever_its_case_and_spaces(name: str) -> None:
    apart = unicodedata.normalize("NFD", name)
    for same in (name.casefold(), f"  {name}\u200b\u00a0", " ".join(apart), name_key(name)):
        assert name_key(same) == name_key(name)


@given(st.text())
def test_slug_is_the_same_when_it_is_made_of_itself(name: str) -> None:
    assert slug_of(slug_of(name)) == slug_of(name)
