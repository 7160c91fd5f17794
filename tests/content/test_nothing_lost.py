"""Every word of an input is in a story or unplaced; no error but our own is raised."""

import json
from collections.abc import Callable
from contextlib import suppress
from importlib import resources

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.content.drafts import Digest
from app.content.errors import ContentError
from app.content.json_form import parse_json
from app.content.markdown_form import parse_markdown
from app.content.parse import Form, parse
from app.content.text_form import parse_text
from tests.content.drawn import json_values, lines, texts, words, words_of

_SAMPLE = resources.files("localdev").joinpath("samples/digest.txt").read_text("utf-8").split("\n")
_OF_MARKS = words(
    "Story image shows caption opening sign off "
    "Fresh Devoured. Digest devoured. Summary, category, link, what, why it matters, takeaway, "
    "deep dive, decoder, original article, a href"
)
_PARSERS = pytest.mark.parametrize(
    "read", [parse_text, lambda text: parse_markdown("\n" + text)], ids=["text", "markdown"]
)


@_PARSERS
@given(source=texts)
@example(source="a\t5 min read\tb\na (5 minute read)\nAI\nWhat: x")
@example(source="a\na (5 minute read)\nAI\nb\nWhat: x")
def test_no_word_is_lost_when_lines_are_arbitrary(
    read: Callable[[str], Digest], source: str
) -> None:
    assert words(source) - words_of(read(source)) <= _OF_MARKS


@_PARSERS
@given(drawn=st.lists(lines, max_size=40))
def test_no_word_is_lost_when_each_stands_in_one_line_only(
    read: Callable[[str], Digest], drawn: list[str]
) -> None:
    source = "\n".join(f"{line} w{number}" for number, line in enumerate(drawn))
    digest = read(source + "\n" + "\n".join(drawn))
    assert {f"w{number}" for number in range(len(drawn))} <= words_of(digest)


@given(
    cuts=st.lists(st.integers(0, len(_SAMPLE) - 1), max_size=20),
    moved=st.lists(st.integers(0, len(_SAMPLE) - 1), max_size=5),
    added=st.lists(st.tuples(st.integers(0, len(_SAMPLE)), lines), max_size=10),
)
def test_no_word_is_lost_when_the_sample_is_damaged(
    cuts: list[int], moved: list[int], added: list[tuple[int, str]]
) -> None:
    damaged = [line for number, line in enumerate(_SAMPLE) if number not in cuts]
    damaged += [_SAMPLE[number] for number in moved]
    for place, line in added:
        damaged.insert(place, line)
    source = "\n".join(damaged)
    assert words(source) - words_of(parse_text(source)) <= _OF_MARKS


@given(
    rows=st.lists(st.lists(lines, max_size=6), max_size=6),
    sign=st.sampled_from(["\t", " | "]),
)
def test_no_word_is_lost_when_a_table_is_arbitrary(rows: list[list[str]], sign: str) -> None:
    cells = [["Title", "Category", "Owner", "Summary", "Link", "Deep dive"], *rows]
    source = "\n".join(sign.join(row) for row in cells)
    names = words("Title, category, owner, summary, link, deep dive")
    assert words(source) - words_of(parse_text(source)) <= _OF_MARKS | names


@given(source=texts)
def test_unplaced_lines_keep_number_and_text_when_reported(source: str) -> None:
    unplaced = parse_text(source).unplaced
    numbered = source.split("\n")
    assert [(item.line, item.text) for item in unplaced] == [
        (item.line, numbered[item.line - 1].rstrip()) for item in unplaced
    ]
    assert [item.line for item in unplaced] == sorted({item.line for item in unplaced})


@given(source=st.text("&*!|>%@`{}[],:?-'\"# \n\t\\Uux0aé<=~.1", max_size=60))
def test_only_content_errors_come_when_front_matter_is_arbitrary(source: str) -> None:
    with suppress(ContentError):
        parse_markdown(f"---\n{source}\n---\n")


@given(value=json_values)
def test_only_content_errors_come_when_json_is_arbitrary(value: object) -> None:
    with suppress(ContentError):
        parse_json(json.dumps(value))


@given(data=st.binary(max_size=200), form=st.none() | st.sampled_from(Form))
def test_only_content_errors_come_when_bytes_are_arbitrary(data: bytes, form: Form | None) -> None:
    with suppress(ContentError):
        parse(data, form=form)


@given(
    source=st.one_of(st.text(max_size=200), texts, texts.map("---\n{}\n---\n".format)),
    form=st.none() | st.sampled_from(Form),
)
def test_only_content_errors_come_when_text_is_arbitrary(source: str, form: Form | None) -> None:
    with suppress(ContentError):
        parse(source.encode("utf-8", "surrogatepass"), form=form)
