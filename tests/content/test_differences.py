"""Differences by words: each text can be read out of them, and they are told as people see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.differences import Kind, Piece, differences, shortened

SAME, OUT, IN, GAP = Kind.SAME, Kind.OUT, Kind.IN, Kind.GAP


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("As it was.", "As it was.", [(SAME, "As it was.")]),
        ("", "All of it.", [(IN, "All of it.")]),
        ("All of it.", "", [(OUT, "All of it.")]),
        (
            "It saves an hour a day.",
            "It saves two hours a day.",
            [(SAME, "It saves "), (OUT, "an hour"), (IN, "two hours"), (SAME, " a day.")],
        ),
        ("It works.", "It works, too.", [(SAME, "It works"), (IN, ", too"), (SAME, ".")]),
        # What lies between two changes is told with them where it is next to nothing.
        (
            "The best of three models wins.",
            "The worst of four models wins.",
            [
                (SAME, "The "),
                (OUT, "best of three"),
                (IN, "worst of four"),
                (SAME, " models wins."),
            ],
        ),
        (
            "By hand, from a list",
            "By hand and from a list",
            [(SAME, "By hand"), (OUT, ","), (IN, " and"), (SAME, " from a list")],
        ),
        (
            "It keeps apart",
            "It now keeps apart",
            [(SAME, "It "), (IN, "now"), (SAME, " keeps apart")],
        ),
        ("Spaces  alone", "Spaces alone", [(SAME, "Spaces alone")]),
        ("One\nTwo", "One\n\nTwo", [(SAME, "One\n"), (IN, "\n"), (SAME, "Two")]),
        ("One\nTwo\nThree", "One\nThree", [(SAME, "One\n"), (OUT, "Two\n"), (SAME, "Three")]),
        ("don’t", "won’t", [(OUT, "don’t"), (IN, "won’t")]),
        ("1,000 readers", "1,200 readers", [(OUT, "1,000"), (IN, "1,200"), (SAME, " readers")]),
        (
            "Über die Straße",
            "Auf die Straße",
            [(OUT, "Über"), (IN, "Auf"), (SAME, " die Straße")],
        ),
    ],
)
def test_differences_are_told_by_words(
    old: str, new: str, expected: list[tuple[Kind, str]]
) -> None:
    assert [(one.kind, one.text) for one in differences(old, new)] == expected


WORDS = st.lists(st.sampled_from(["a", "the", "model", "wins", ".", "\n", ","]), max_size=40)


@given(old=WORDS, new=WORDS)
def test_both_texts_can_be_read_out_of_their_differences(old: list[str], new: list[str]) -> None:
    before, after = " ".join(old), " ".join(new)
    found = differences(before, after)
    for kind, text in ((Kind.OUT, before), (Kind.IN, after)):
        said = "".join(one.text for one in found if one.kind in {Kind.SAME, kind})
        assert "".join(said.split()) == "".join(text.split())
    if old == new:
        assert {one.kind for one in found} <= {SAME}


@given(old=st.text(max_size=60), new=st.text(max_size=60))
def test_any_two_texts_can_be_compared(old: str, new: str) -> None:
    for one in shortened(differences(old, new)):
        assert one.text or one.kind is GAP


def test_long_texts_without_a_line_in_common_are_exchanged_whole() -> None:
    old, new = "the old one " * 15_000, "and the new one " * 12_000
    assert [(one.kind, len(one.text) > 100_000) for one in differences(old, new)][:2] == [
        (OUT, True),
        (IN, True),
    ]


def test_many_empty_lines_are_compared_at_once() -> None:
    old, new = "\n" * 100_000 + "x", "y" + "\n" * 90_000
    assert {one.kind for one in differences(old, new)} <= {SAME, OUT, IN}


def test_what_stayed_far_from_a_change_is_left_out() -> None:
    stayed = "Nothing was changed here at all. " * 40
    found = shortened(differences(f"{stayed}Old. {stayed}", f"{stayed}New. {stayed}"))
    assert [one.kind for one in found] == [GAP, SAME, OUT, IN, SAME, GAP]
    assert all(len(one.text) < 130 for one in found)
    assert found[1].text.endswith("at all. ")
    assert shortened([Piece(SAME, "As it was.")]) == [Piece(SAME, "As it was.")]
