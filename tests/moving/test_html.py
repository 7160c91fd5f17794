"""HTML of other services as an article: what it says is shown, and nothing else."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.markup.article import article_of, article_words
from app.moving.html import markdown_of

WORDS = st.text(
    st.sampled_from("ab1 .,:;#>-+|~=*_`[]()!\\/&<äß\n"), min_size=1, max_size=30
)  # fmt: skip


def shown(html: str) -> str:
    """Return the page of an article that was this HTML, without what stands around elements."""
    page = str(article_of(markdown_of(html), reads_markdown=True).html)
    return "".join(line.strip() for line in page.splitlines())


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h2>One</h2><p>Two<br>three</p>", '<h3 id="part-1">One</h3><p>Twothree</p>'),
        ("<p>a <strong>b</strong> <em>c</em> <code>d</code></p>",
         "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>"),
        ("<p>a<b> b </b>c <b></b>d<i>e</i>f <b><i>g</i></b></p>",
         "<p>a <strong>b</strong> c def <em><strong>g</strong></em></p>"),
        ('<p><a href="https://example.com/a(b)">x</a> <a href="javascript:x()">y</a></p>',
         '<p><a href="https://example.com/a%28b%29" rel="noopener">x</a> y</p>'),
        ("<ul><li>a</li><li><p>b</p><ol><li>c</li></ol></li></ul>",
         "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"),
        ("<blockquote><p>a</p></blockquote>", "<blockquote><p>a</p></blockquote>"),
        ("<pre><code>a *b*\n  ```c</code></pre>",
         '<pre tabindex="0"><code>a *b*```c</code></pre>'),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1|</td><td></td></tr></table>",
         ('<div class="wide" tabindex="0"><table><thead><tr><th>A</th><th>B</th></tr></thead>'
         "<tbody><tr><td>1|</td><td></td></tr></tbody></table></div>")),
        ("<table><tr><td><p>layout</p></td></tr></table>", "<p>layout</p>"),
        (('<p>a</p><script>x()</script><style>p{}</style><img src="https://x.example/i.png"'
         ' alt="a cat"><hr><div>b</div>'), "<p>a</p><p>a cat</p><hr><p>b</p>"),
        ("<li>lost</ul></blockquote></td></tr></p></b>", "<ul><li>lost</li></ul>"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_it_says_comes_over_without_its_looks(html: str, expected: str) -> None:
    assert shown(html) == expected


@given(WORDS)
def test_text_stays_text(text: str) -> None:
    words = " ".join(text.split())
    read = article_words(markdown_of(f"<p>x {escape(words)} x</p>"), reads_markdown=True)

    # Beside a backslash of the text's own there may be one more; nothing else is added or lost.
    assert read.replace("\\", "") == f"x {words} x".replace("  ", " ").replace("\\", "")
