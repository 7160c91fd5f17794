from unicodedata import bidirectional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directions import Direction, direction_of, direction_of_text

RTL = (
    "ar", "he", "fa", "ur", "iw", "yi", "ps", "sd", "ug", "ckb", "dv", "nqo",
    "syr", "arz", "ar-EG", "he-IL", "fa-AF", "az-Arab", "pa-PK", "ku-Arab",
)  # fmt: skip


@pytest.mark.parametrize("tag", RTL)
def test_language_lies_right_to_left(tag: str) -> None:
    assert direction_of(tag) is Direction.RTL
    assert direction_of(tag.upper()) is Direction.RTL


@pytest.mark.parametrize(
    "tag", ["en", "de-AT", "ru", "ja", "zh-Hant-TW", "ar-Latn", "pa", "xx", ""]
)
def test_language_lies_left_to_right(tag: str) -> None:
    assert direction_of(tag) is Direction.LTR


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("مرحبا بالعالم.", Direction.RTL),
        ("GitHub يطلق أداة جديدة للمطورين في كل مكان", Direction.RTL),
        ("שלום עולם 2026", Direction.RTL),
        ("The word سلام means peace", Direction.LTR),
        ("Привет", Direction.LTR),
    ],
)
def test_text_lies_as_most_of_its_letters_do(text: str, direction: Direction) -> None:
    assert {direction_of_text(text, otherwise) for otherwise in Direction} == {direction}


@pytest.mark.parametrize("text", ["", "2026 – 7!", "🙂"])
def test_text_without_letters_lies_as_what_is_around_it(text: str) -> None:
    assert [direction_of_text(text, otherwise) for otherwise in Direction] == list(Direction)


@given(st.text("aé–☃שع1 ", max_size=20), st.sampled_from(Direction))
def test_text_lies_as_its_letters_count(text: str, otherwise: Direction) -> None:
    lead = sum({"L": 1, "R": -1, "AL": -1}.get(bidirectional(sign), 0) for sign in text)
    expected = otherwise if lead == 0 else Direction.LTR if lead > 0 else Direction.RTL
    assert direction_of_text(text, otherwise) is expected
