from hypothesis import given
from hypothesis import strategies as st

from app.rendering.plain import COLUMNS, Links, wrap

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
    assert links.urls == ["a", "b"]
