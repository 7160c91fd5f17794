"""Markdown within a line: what is clearly meant is read, and every other sign stays as typed."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.markup.prose import prose_of, words_of
from tests.rendering.reading import parsed

# Texts that are full of signs which mean something to Markdown, and that were meant as typed.
PLAIN = (
    "snake_case_names, __init__.py and _private_ ones",
    "2 * 3 * 4, 2*3*4 and 2**10",
    "He said it [sic], see [1](a) and #1",
    "f(*args, **kwargs)",
    "*.py, *.js and (*), (*)",
    "foo.*, bar.*",
    "a ** b ** c, 4* and 5* hotels",
    "/* a comment */",
    r"C:\*.txt, C:\Users\_me_ and \\server\share",
    r"\[a-z\]+ and \d*",
    "let`s say it`s ``so''",
    "<b>bold</b>, &amp; and <https://example.org>",
    "1. One\n# Two\n- Three\n> Four\n    five",
    "![A picture](https://example.org/a.png)",
    "[a](javascript:alert(1)) [b](data:text/html,x) [c](/read) [d]() [e][f] [ ](https://a.org)",
    "****four**** and *",
    "[brackets] (https://example.org)",
)
MARKED = (
    ("A *new* day", "A <em>new</em> day", "A *new* day"),
    ("**Note:** it", "<strong>Note:</strong> it", "*Note:* it"),
    ("***So***!", "<em><strong>So</strong></em>!", "**So**!"),
    ("“*Quoted*” (*or so*)", "“<em>Quoted</em>” (<em>or so</em>)", "“*Quoted*” (*or so*)"),
    ("Run `a *b* <c>`.", "Run <code>a *b* &lt;c&gt;</code>.", "Run `a *b* <c>`."),
    ("``a`b``", "<code>a`b</code>", "`a`b`"),
    ("これは*強調*です。", "これは<em>強調</em>です。", "これは*強調*です。"),
    (
        "See [the *whole*](https://example.org/?a=1&b=2).",
        'See <a href="https://example.org/?a=1&amp;b=2">the <em>whole</em></a>.',
        "See the *whole* {https://example.org/?a=1&b=2}.",
    ),
    (
        "[Write](mailto:ada@example.org?subject=x)",
        '<a href="mailto:ada@example.org">Write</a>',
        "Write {mailto:ada@example.org}",
    ),
    (r"\*not\* \`so\` \[x](https://a.org)", "*not* `so` [x](https://a.org)", None),
)


@pytest.mark.parametrize("text", PLAIN)
def test_signs_stay_as_typed_when_they_are_no_marks(text: str) -> None:
    for reads_markdown in (True, False):
        prose = prose_of(text, reads_markdown=reads_markdown)
        assert prose == str(prose.for_text(_ref)) == text
        assert prose.__html__() == html.escape(text).replace("&#x27;", "&#39;").replace(
            "&quot;", "&#34;"
        )
        assert prose.links() == ()


@pytest.mark.parametrize(("text", "shown", "said"), MARKED)
def test_marks_are_read_when_they_are_meant(text: str, shown: str, said: str | None) -> None:
    prose = prose_of(text, reads_markdown=True)
    assert prose.__html__() == shown
    assert str(prose.for_text(_ref)) == (shown if said is None else said)
    assert prose == html.unescape(re.sub(r"<[^>]*>", "", shown))


@pytest.mark.parametrize(("text", "shown", "said"), MARKED)
def test_marks_stay_as_typed_when_the_text_is_no_markdown(
    text: str, shown: str, said: str | None
) -> None:
    prose = prose_of(text, reads_markdown=False)
    assert prose == str(prose.for_text(_ref)) == text
    assert html.unescape(prose.__html__()) == text


_SIGNS = st.text("*`[]()\\_!<>&# a1é強.,:\"'-")
_LINKS = st.sampled_from(
    (
        '[a](https://example.org/?x=<&y=")',
        "[b *c*](http://example.org/(x))",
        "[d](<https://example.org/a b>)",
        "[e](JavaScript:alert(1))",
        "[f](mailto:a@example.org)",
        '[g](https://example.org "title")',
        "[[h](https://example.org)](https://example.net)",
        "![i](https://example.org/i.png)",
        "`code`",
        "**strong**",
    )
)
_TEXTS = st.lists(_SIGNS | _LINKS | st.text(max_size=20), max_size=6).map("".join)


@given(_TEXTS)
def test_only_what_is_allowed_comes_out(text: str) -> None:
    prose = prose_of(text, reads_markdown=True)
    for element in parsed(f"<div>{prose.__html__()}</div>").iter():
        name = element.tag
        if name in {"html", "head", "body", "div"}:
            continue
        assert name in {"a", "em", "strong", "code"}
        assert set(element.attrib) == ({"href"} if name == "a" else set())
        assert element.get("href", "https:").startswith(("https:", "http:", "mailto:"))


@given(_TEXTS)
def test_no_word_is_lost(text: str) -> None:
    prose = prose_of(text, reads_markdown=True)
    words = words_of(text, reads_markdown=True)
    signs = iter(text)
    # In their order; what else is gone were marks, and the address of a link.
    assert all(sign in signs for sign in words)
    if not prose.links():
        assert re.sub(r"[*`\\\s]", "", words) == re.sub(r"[*`\\\s]", "", text)
    if not set("*`[\\") & set(text):
        assert words == text


@given(_TEXTS)
def test_html_text_part_and_words_say_the_same(text: str) -> None:
    prose = prose_of(text, reads_markdown=True)
    shown = html.unescape(re.sub(r"</?(?:a|em|strong|code)\b[^>]*>", "", prose.__html__()))
    assert shown == prose
    said = str(prose.for_text(lambda _: ""))
    assert re.sub(r"[*` ]", "", said) == re.sub(r"[*` ]", "", prose)


def test_long_texts_of_signs_take_no_longer_than_others() -> None:
    for text in (
        "[" * 20_000,
        "*a " * 7_000,
        "\\[" * 10_000,
        "a\\* " * 30_000,
        "[a](" * 5_000,
        "`" * 9 + "`a" * 9_000,
    ):
        assert prose_of(text, reads_markdown=True)


def _ref(address: str) -> str:
    return f"{{{address}}}"
