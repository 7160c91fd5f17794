"""An article: what Markdown marks is an element, and every other line is shown as ever."""

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import pages
from app.markup.article import HIGHEST, article_of, article_words
from app.markup.parser import MOST_CELLS
from tests.rendering.reading import parsed

PLAIN = """A line that looks like a heading

One line
and the next, snake_case and 2 * 3.

• a point
• another

  1. first
  2. second

    an indented line, [sic] #1
3. third

[1]: https://example.org/a-note
Underlined
=========="""

MARKED = """# First part

Words with *emphasis*, `code` and [a link](https://example.org/a).
On a line of its own.

### Below it

- one
  - within
- two

> Said by *her*
> and him.

```python
def f(x):
    if x < 1:

        return x
```

| Name | Count |
|------|------:|
| *a* | 1 |

---

![A plan](https://example.org/plan.png "The plan")

\\# no heading
"""


def _shown(text: str, *, reads_markdown: bool = True) -> str:
    return str(article_of(text, reads_markdown=reads_markdown).html)


def test_plain_text_is_shown_the_same_with_markdown_and_without() -> None:
    before = _shown(PLAIN, reads_markdown=False)
    marked = _shown(PLAIN)
    for piece in (
        "One line\nand the next, snake_case and 2 * 3.",
        "[1]: https://example.org/a-note",
    ):
        assert piece in before
        assert piece in marked
    assert "<h" not in before + marked
    assert "<pre" not in before + marked
    assert re.findall(r"<li>(.*?)</li>", before) == [
        "a point",
        "another",
        "first",
        "second",
        "third",
    ]
    assert "Underlined\n==========" in marked


def test_marks_are_elements() -> None:
    shown = _shown(MARKED)
    assert f'<h{HIGHEST} id="part-1">First part</h{HIGHEST}>' in shown
    assert f'<h{HIGHEST + 2} id="part-2">Below it</h{HIGHEST + 2}>' in shown
    assert "<em>emphasis</em>, <code>code</code>" in shown
    assert '<a href="https://example.org/a" rel="noopener">a link</a>.\nOn a line' in shown
    assert re.search(r"<ul><li>one\s*<ul><li>within</li>", shown)
    assert "<blockquote><p>Said by <em>her</em>\nand him.</p>" in shown
    assert (
        '<pre tabindex="0"><code>def f(x):\n    if x &lt; 1:\n\n        return x\n</code></pre>'
        in shown
    )
    assert '<div class="wide" tabindex="0"><table>' in shown
    assert '<td class="to-end">1</td>' in shown
    assert "<hr>" in shown
    assert "<p># no heading</p>" in shown


def test_image_is_its_words_so_that_no_page_asks_anybody_for_it() -> None:
    shown = _shown(MARKED)
    assert "<p>A plan: The plan</p>" in shown
    assert "plan.png" not in shown
    assert _shown("![Same](a.png 'Same')") == "<p>Same</p>\n"
    # With no words at all it stays as typed: nothing is gone without a trace.
    assert _shown("![](https://example.org/x.png)") == "<p>![](https://example.org/x.png)</p>\n"


def test_headings_are_told_with_their_level_and_words() -> None:
    article = article_of("## A *b*\n\n#### C\n\n## `d`", reads_markdown=True)
    assert [(one.level, one.anchor, one.words) for one in article.headings] == [
        (HIGHEST, "part-1", "A b"),
        (HIGHEST + 2, "part-2", "C"),
        (HIGHEST, "part-3", "d"),
    ]


@pytest.mark.parametrize("text", ["#1 of all", "#hashtag", "A title\n-------", "\\# so", "1. One"])
def test_heading_is_one_only_where_markdown_says_so(text: str) -> None:
    assert article_of(text, reads_markdown=True).headings == ()


def test_article_of_before_shows_every_sign() -> None:
    shown = html.unescape(
        re.sub(r"<[^>]*>", "", _shown("# a *b*\n\n```\nc\n```", reads_markdown=False))
    )
    assert shown.split() == ["#", "a", "*b*", "```", "c", "```"]


_SAMPLES = """# A
###### b
#
- c
  - d
> e
> > f
```
~~~ g
| h | i |
|--|:-:|
| `j|k` | l
1. m
7) n
---
***
    o

• p
===
[q](https://example.org)
[r]: https://example.org
<b>s</b>
![t](https://example.org/t.png)
\\> u
[v](javascript:alert(1))
![w](x" onerror=alert(1))
*y*
\\*z\\*"""
_LINES = st.lists(
    st.sampled_from(_SAMPLES.split("\n")) | st.text("#>-`|* \\[]()<&a1\n", max_size=20), max_size=12
).map("\n".join)
_ALLOWED = frozenset(("a", "blockquote", "code", "div", "em", "hr", "li", "ol", "p", "pre"))
_ALLOWED |= {"strong", "table", "tbody", "td", "th", "thead", "tr", "ul", "h3", "h4", "h5", "h6"}


@given(_LINES)
def test_only_what_is_allowed_comes_out(text: str) -> None:
    for element in parsed(f"<main>{_shown(text)}</main>").find(".//main") or ():
        for one in element.iter():
            assert one.tag in _ALLOWED
            assert set(one.attrib) <= {"href", "rel", "id", "start", "tabindex", "class"}
            assert one.get("href", "https:").startswith(("https:", "http:", "mailto:"))


@given(_LINES)
def test_no_word_is_lost(text: str) -> None:
    shown = "".join(parsed(f"<main>{_shown(text)}</main>").find(".//main").itertext())  # type: ignore[union-attr]
    left = re.findall(
        "[a-z]", re.sub(r"\]\([^)]*\)|^\s*(?:~~~|```).*$", "", text, flags=re.MULTILINE)
    )
    signs = iter(re.findall("[a-z]", shown))
    if "`" not in text and "~" not in text and "(" not in text:
        assert all(sign in signs for sign in left)


def test_lists_in_lists_in_lists_lose_nothing() -> None:
    for text in ("> " * 500 + "deep", "- " * 500 + "deep", "1. " * 500 + "deep"):
        assert "deep" in _shown(text)


def test_classes_of_an_article_are_those_that_its_style_sheet_knows_and_no_others() -> None:
    static = Path(pages.__file__).parent / "static"
    shown = _shown("| a | b |\n|:-:|--:|\n| c | d |")
    used = set(re.findall(r'class="([^"]*)"', shown))
    assert used == {"wide", "to-centre", "to-end"}
    assert all(f".{name}" in (static / "article.css").read_text("utf-8") for name in used)
    assert not any(
        re.search(rf"\.{name}\b", (static / "site.css").read_text("utf-8")) for name in used
    )


def test_words_of_an_article_are_without_its_marks() -> None:
    text = "## A *b*\n\nSee [c](https://c.dev/).\n\n- `d`\n\n```\n*e*\n```\n"
    text += "\n| f | g |\n|---|---|\n| h | i |"
    words = article_words(text, reads_markdown=True)
    assert words.split() == ["A", "b", "See", "c.", "d", "*e*", "f", "g", "h", "i"]
    assert article_words(text, reads_markdown=False) == text
    deep = "> " * 500 + "deep *words*"
    assert article_words(deep, reads_markdown=True) == deep


@pytest.mark.parametrize(
    "text",
    [
        f"|{'a|' * 256}\n|{'-|' * 256}\n" + "a\n" * 2_000,
        (f"|{'a|' * 256}\n|{'-|' * 256}\n" + "a\n" * 255 + "\n") * 20,
        f"{'|' * 1_000}a|\n{'-|' * 1_000}\n" + "a\n" * 2_000,
        (f"> |{'a|' * 100}\n> |{'-|' * 100}\n" + "> a\n" * 500 + "\n") * 3,
    ],
)
def test_tables_of_few_signs_are_no_longer_than_an_article(text: str) -> None:
    shown = article_of(text, reads_markdown=True).html
    assert shown.count("<td") + shown.count("<th>") <= MOST_CELLS
    assert len(re.findall(r"(?<![\w<])a(?!\w)", shown)) == len(re.findall("a", text))


def test_rows_beyond_what_tables_may_hold_are_text() -> None:
    rows = [f"| n{n} | b |" for n in range(MOST_CELLS)]
    shown = article_of("| A | B |\n|---|---|\n" + "\n".join(rows), reads_markdown=True).html
    n_shown = MOST_CELLS // 2 - 1
    assert f"<td>n{n_shown - 1}</td>" in shown
    assert f"<td>n{n_shown}</td>" not in shown
    assert all(row in shown for row in rows[n_shown:])
