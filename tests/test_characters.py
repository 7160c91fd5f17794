"""Nothing is cut inside what people see as one character."""

import re
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.characters import LONGEST, clusters, cut, one_line
from app.rendering.lines import preheader_of, shortened, subject_of
from app.rendering.plain import wrap
from app.rendering.story_views import short_titles
from app.transports.replies import tidy

APP = Path(__file__).parents[1] / "app"
SEEN = [
    "🇦🇹",
    "🇩🇪",
    "👍🏽",
    "👩‍💻",
    "👨‍👩‍👧‍👦",
    "e\u0301",
    "กี่",
    "น้ำ",
    "हि",
    "각",
    "❤️",
    "1️⃣",
    "a",
    "漢",
    " ",
    "-",
]
"""What people see as one character each; most are several code points."""

TEXTS = st.lists(st.sampled_from(SEEN), max_size=120).map("".join) | st.text(max_size=200)
CUTS: list[Callable[[str], str]] = [
    lambda text: cut(text, 40),
    lambda text: shortened(text, 40),
    lambda text: subject_of([text])[0],
    lambda text: preheader_of([text], 0, ""),
    lambda text: next(short_titles([text])),
    tidy,
]


def _ends(text: str) -> set[int]:
    return {0, *accumulate(map(len, clusters(text)))}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("🇦🇹🇩🇪", ["🇦🇹", "🇩🇪"]),
        ("👍🏽👩‍💻", ["👍🏽", "👩‍💻"]),
        ("e\u0301a", ["e\u0301", "a"]),
        ("กี่น้ำ", ["กี่", "น้ำ"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("", []),
    ],
)
def test_clusters_are_what_people_see(text: str, seen: list[str]) -> None:
    assert list(clusters(text)) == seen


@given(TEXTS, st.integers(1, 60))
def test_cut_ends_between_two_characters_and_as_late_as_it_can(text: str, n_chars: int) -> None:
    head = cut(text, n_chars)
    ends = _ends(text)

    assert text.startswith(head)
    assert len(head) <= n_chars
    if max(map(len, clusters(text)), default=0) <= LONGEST:
        assert len(head) == max(end for end in ends if end <= n_chars)
    assert len(head) > min(n_chars, len(text)) - LONGEST


@pytest.mark.parametrize(
    ("text", "n_chars", "head"),
    [
        ("abcd", 2, "ab"),
        ("ab\u0301c", 2, "a"),
        ("a\r\nb", 2, "a"),
        ("a\r\nb", 3, "a\r\n"),
        ("ab", 0, ""),
    ],
)
def test_cut_sees_what_comes_right_behind_its_end(text: str, n_chars: int, head: str) -> None:
    assert cut(text, n_chars) == head


@pytest.mark.parametrize("one", CUTS)
@given(text=TEXTS.filter(lambda text: max(map(len, clusters(text)), default=0) <= LONGEST))
def test_nothing_is_cut_inside_a_character(one: Callable[[str], str], text: str) -> None:
    line = " ".join(re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+", " ", text).split())
    said = one(line)
    head = said.removesuffix("…") if said != line else said

    assert said == line or not line.startswith(head) or len(head) in _ends(line)


@pytest.mark.parametrize("seen", [one for one in SEEN if one.strip("- ")])
def test_a_title_of_one_character_over_and_over_is_cut_between_two(seen: str) -> None:
    for said in (subject_of([seen * 90])[0], shortened(seen * 90, 30)):
        assert said.removesuffix("…").replace(seen, "") == ""
        assert said.endswith("…")


@pytest.mark.parametrize("seen", ["👍🏽", "👩‍💻", "👨‍👩‍👧‍👦", "🇦🇹", "각"])
def test_lines_of_text_are_broken_between_characters(seen: str) -> None:
    for line in wrap(f"漢 {seen * 90}").split("\n"):
        assert line.replace(seen, "").strip(" 漢") == ""


def test_a_character_that_never_ends_is_cut_all_the_same() -> None:
    assert cut("e" + "\u0301" * 500, 100) == "e" + "\u0301" * 99


def test_no_text_is_cut_by_hand() -> None:
    """Slices of texts by a number of characters stand in no module but the one that does it."""
    by_hand = re.compile(
        r"\b(?:text|title|name|cell|key|value|line|subject|typed|detail|reason)\[:\s*[A-Z0-9_]+\]"
    )
    found = [
        f"{path.relative_to(APP)}: {hit[0]}"
        for path in sorted(APP.rglob("*.py"))
        for hit in by_hand.finditer(path.read_text("utf-8"))
        if path.name != "characters.py"
    ]
    assert [one for one in found if not one.endswith("[:1]")] == []


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("  Ada \t\n Lovelace\u2028", "Ada Lovelace"),
        ("Ma\u00adria", "Maria"),
        ("\u202eadA", "adA"),
        ("A\u200dda \u200cBo", "Ada Bo"),
        ("شب\u200cنم", "شب\u200cنم"),
        ("شب\u200c\u200cنم\u200c", "شبنم"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("ক\u09cd\u200cষ", "ক\u09cd\u200cষ"),
        ("Ada 👩\u200d💻", "Ada 👩\u200d💻"),
        ("🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("👩\u200d", "👩"),
        ("\u200b\u2066\u200d", ""),
    ],
)
def test_line_keeps_joiners_where_a_name_needs_them_and_nothing_else_that_is_unseen(
    typed: str, line: str
) -> None:
    assert one_line(typed) == line
    assert one_line(line) == line


@given(st.text(max_size=80))
def test_line_has_no_break_and_is_a_line_already_the_second_time(typed: str) -> None:
    line = one_line(typed)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line
