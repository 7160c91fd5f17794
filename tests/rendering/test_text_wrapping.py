from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.linebreak import line_break_boundaries

from app.rendering.plain import COLUMNS, Links, underlined, wrap

WORDS = st.text(alphabet="abc-é\u00a0 \t\n", max_size=400)


@given(WORDS, st.sampled_from(["", "  * ", "12. "]))
def test_wrap_keeps_every_word_and_the_columns(text: str, first: str) -> None:
    lines = wrap(text, first).split("\n")
    words = text.replace("\t", " ").replace("\n", " ").split(" ")
    assert lines[0].startswith(first)
    assert all(line.startswith(" " * len(first)) for line in lines[1:])
    got = [word for line in lines for word in line[len(first) :].split(" ") if word]
    assert got == [word for word in words if word]
    assert all(len(line) <= COLUMNS or " " not in line[len(first) :] for line in lines)


def test_wrap_leaves_an_address_whole_when_it_is_too_long() -> None:
    address = "https://example.org/" + "x" * 100
    assert wrap(f"see {address} there") == f"see\n{address}\nthere"


def test_wrap_keeps_a_no_break_space() -> None:
    assert wrap("AI\u00a019") == "AI\u00a019"


def test_links_keep_their_numbers() -> None:
    links = Links()
    assert [links.ref(url) for url in ("a", "b", "a")] == ["[1]", "[2]", "[1]"]
    assert links.listed() == [(1, "a"), (2, "b")]


def test_links_are_listed_again_when_a_later_part_names_them_too() -> None:
    links = Links()
    links.ref("a"), links.ref("b")
    assert links.listed() == [(1, "a"), (2, "b")]
    links.ref("c"), links.ref("b")
    assert links.listed() == [(2, "b"), (3, "c")]
    assert links.listed() == []


@given(st.text(alphabet="日本語한글カナa b-🙂⚡✅❌⭐🆕", max_size=200))
def test_wrap_counts_two_columns_for_wide_signs_and_loses_none(text: str) -> None:
    lines = wrap(text).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    narrow = set("ab- ")
    assert all(
        sum(1 if s in narrow else 2 for s in line) <= COLUMNS for line in lines if " " in line
    )


def test_wide_writing_is_broken_between_its_signs() -> None:
    assert [len(line) for line in wrap("漢" * 80).split("\n")] == [36, 36, 8]


@given(st.text(alphabet="日本語カナッょー、。「」・々〜한글\uff01\uff08\uff09", max_size=120))
def test_lines_of_wide_writing_end_where_uax_14_lets_them_and_as_late_as_they_can(
    text: str,
) -> None:
    ends = [*line_break_boundaries(text)] if text else []
    lines = wrap(text).split("\n")
    broken = [*accumulate(map(len, lines))]
    assert set(broken[:-1]) <= set(ends)
    for start, end in pairwise([0, *broken]):
        later = next((one for one in ends if one > end), end)
        assert end == len(text) or 2 * (later - start) > COLUMNS


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("漢" * 36 + "。字", "漢。字"),
        ("漢" * 35 + "「字」", "「字」"),
        ("漢" * 35 + "きょう", "きょう"),
        ("漢" * 35 + "スーパー", "スーパー"),
        ("漢" * 34 + "GPT-5は", "GPT-5は"),
        ("漢" * 34 + "https://example.org/a/b/語", "https://example.org/a/b/語"),
    ],
)
def test_second_line_begins_with_what_may_begin_one(text: str, second: str) -> None:
    assert wrap(text).split("\n")[1] == second


@pytest.mark.parametrize("sign", "⚡✅❌⭐⌛🀄🆕🈁")
def test_line_keeps_its_columns_when_wide_signs_stand_among_narrow_ones(sign: str) -> None:
    assert [len(line) for line in wrap(" ".join([sign] * 30)).split("\n")] == [47, 11]
    assert wrap("x" * 69 + f" {sign}{sign}") == "x" * 69 + f" {sign}\n{sign}"


def test_heading_is_underlined_as_long_as_its_longest_line() -> None:
    assert underlined("One\nLonger") == "One\nLonger\n------"
    assert underlined("漢字") == "漢字\n----"
    assert underlined("x" * 100).endswith("\n" + "-" * COLUMNS)
