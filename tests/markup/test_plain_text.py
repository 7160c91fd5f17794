import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.markup.plain_text import Block, blocks_of

LINES = st.lists(
    st.one_of(
        st.sampled_from(["", " ", "• one", "  - two", "1. first", "2) second", "* starred", "-"]),
        st.text(max_size=20),
    ),
    max_size=12,
)


def test_blank_lines_divide_paragraphs_and_line_ends_are_kept() -> None:
    assert blocks_of("one\ntwo\n\nthree") == (
        Block("paragraph", ("one", "two")),
        Block("paragraph", ("three",)),
    )


@pytest.mark.parametrize("text", ["• a\n• b", "  • a\n\n  • b", "- a\r\n- b", "* a\n \n\n\n* b"])
def test_bullets_are_one_list_when_they_follow_each_other(text: str) -> None:
    assert blocks_of(text) == (Block("bullets", ("a", "b")),)


def test_numbers_go_on_when_a_paragraph_lies_between() -> None:
    assert blocks_of("1. a\n2. b\n\nbetween\n\n3. c") == (
        Block("numbers", ("a", "b"), 1),
        Block("paragraph", ("between",)),
        Block("numbers", ("c",), 3),
    )


def test_list_ends_when_plain_text_follows() -> None:
    assert blocks_of("Why:\n• a\nplain") == (
        Block("paragraph", ("Why:",)),
        Block("bullets", ("a",)),
        Block("paragraph", ("plain",)),
    )


@pytest.mark.parametrize("text", ["-5 degrees", "2026 was long", "1.5 times", "•", "— a quotation"])
def test_line_is_a_paragraph_when_it_only_looks_like_a_list(text: str) -> None:
    assert blocks_of(text) == (Block("paragraph", (text,)),)


@given(LINES)
def test_no_words_are_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    blocks = blocks_of(text)
    shown: list[str] = []
    for block in blocks:
        for place, line in enumerate(block.lines):
            marks = {"paragraph": "", "bullets": "•", "numbers": f"{block.start + place}."}
            shown += (marks[block.kind] + " " + line).split()
    said = text.split()
    assert [_unmarked(word) for word in shown] == [_unmarked(word) for word in said]


def _unmarked(word: str) -> str:
    """Return one form for all bullets, and for a number whatever ends it."""
    if word in {"•", "-", "*"}:
        return "•"
    if word[:-1].isdecimal() and word[-1] in ".)":
        return f"{int(word[:-1])}."
    return word


@pytest.mark.parametrize(
    ("sign", "kind"), [("a", "paragraph"), ("- a", "bullets"), ("  a", "paragraph")]
)
def test_block_of_as_many_lines_as_an_article_may_have_is_one(sign: str, kind: str) -> None:
    (block,) = blocks_of(f"{sign}\n" * 60_000)
    assert block.kind == kind
    assert len(block.lines) == 60_000


def test_numbers_go_on_from_line_to_line() -> None:
    (block,) = blocks_of("\n".join(f"{n}. a" for n in range(1, 900)))
    assert (block.start, len(block.lines)) == (1, 899)
