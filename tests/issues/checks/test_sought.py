import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.issues.checks.markup import EMPHASIS, LINK, TAG
from app.issues.checks.placeholders import FILLER, MARKS, SYNTAX
from app.issues.checks.sought import Pattern

PIECES = [
    *("lorem", "Lorem ", " ipsum", "TODO", "Todo", "FIXME", "TBD", "TBC", "TK", "TKTK", "XXX"),
    *("xxxx", "asdfgh", "qwerty", "Your title here", "your text here", "[insert link]", "[date]"),
    *("???", "{{ x }}", "{% if %}", "*|NAME|*", "%%name%%", "${a.b}", "<%= a %>", " ", ".", "é"),
    *("*a*", "**b c**", "_d_", "__e f__", "[g](https://h.example)", "![i](/j)", "<b>", "</DIV>"),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join)


@pytest.mark.parametrize("sought", [FILLER, MARKS, SYNTAX, EMPHASIS, LINK, TAG])
@given(text=TEXTS)
def test_hints_hide_nothing_that_the_pattern_finds(sought: Pattern, text: str) -> None:
    found = sought.pattern.search(text)
    assert sought.found_in(text) == (found[0] if found else "")
