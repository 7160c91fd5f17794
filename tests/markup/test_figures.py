"""Images of an article: ours are shown with their caption, any other is its words."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.markup.article import Article, article_of
from app.markup.figures import HeldImage
from tests.rendering.reading import parsed

NAME: Final = f"{'0c' * 20}.png"
OTHER: Final = f"{'0d' * 20}.png"
HELD: Final = frozenset({HeldImage(NAME, f"/images/{NAME}", 300, 200)})


def _article(text: str) -> Article:
    return article_of(text, reads_markdown=True, held=HELD)


def _figure(alt: str = "A plan", caption: str = "") -> str:
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        f'<figure class="picture"><img src="/images/{NAME}" width="300" height="200" alt="{alt}"'
        f' loading="lazy" decoding="async">{below}</figure>\n'
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f'![A plan]({NAME} "The plan")', _figure(caption="The plan")),
        (f"![A plan](<https://digest.example/images/{NAME}>)", _figure()),
        (f"![A plan](http://elsewhere.example/a/{NAME})", _figure()),
        (
            f"Before\n  ![A plan]({NAME})\nand *after*.",
            f"<p>Before</p>\n{_figure()}<p>and <em>after</em>.</p>\n",
        ),
        (f"![A plan]({NAME})\n![A plan]({NAME})", _figure() + _figure()),
        (f"- one\n- ![A plan]({NAME})", f"<ul><li>one</li>\n<li>{_figure()}</li>\n</ul>\n"),
        (
            f"- ![A plan]({NAME})\n\n- two",
            f"<ul><li>{_figure()}</li>\n<li><p>two</p>\n</li>\n</ul>\n",
        ),
        (f"> said\n> ![A plan]({NAME})", f"<blockquote><p>said</p>\n{_figure()}</blockquote>\n"),
        (f"• ![A plan]({NAME})", f"<ul>\n<li>{_figure()}</li>\n</ul>\n"),
        (f"![<b>\"x]({NAME} '<i>')", _figure("&lt;b&gt;&#34;x", "&lt;i&gt;")),
        (f"![A\nplan]({NAME})", _figure()),
    ],
)
def test_image_of_ours_is_shown_with_its_size_and_caption(text: str, shown: str) -> None:
    assert _article(text).html == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![A plan](https://a.example/plan.png 'Ours')", "<p>A plan: Ours</p>\n"),
        (f"![A plan]({OTHER})", "<p>A plan</p>\n"),
        (f"See ![A plan]({NAME}), please", "<p>See A plan, please</p>\n"),
        (f"*![A plan]({NAME})*", "<p>*A plan*</p>\n"),
        (f"# ![A plan]({NAME})", '<h3 id="part-1">A plan</h3>\n'),
        (f"`![A plan]({NAME})`", f"<p><code>![A plan]({NAME})</code></p>\n"),
        (f"\\![A plan]({NAME})", f"<p>![A plan]({NAME})</p>\n"),
        ("![](https://a.example/x.png) words", "<p>![](https://a.example/x.png) words</p>\n"),
    ],
)
def test_any_other_image_is_its_words(text: str, shown: str) -> None:
    assert _article(text).html == shown


def test_article_says_which_images_it_names_and_whether_they_could_be_shown() -> None:
    text = (
        f"![a]({NAME})\n\nwith ![b]({OTHER}) within\n\n# ![c]({NAME})\n\n![d](https://a.example/x)"
    )
    found = [(one.written.alt, one.name, one.is_alone) for one in _article(text).images]
    assert found == [("a", NAME, True), ("b", OTHER, False), ("c", NAME, False), ("d", "", True)]


def test_plain_text_shows_none() -> None:
    plain = article_of(f"![A plan]({NAME})", reads_markdown=False, held=HELD)
    assert (plain.html, plain.images) == (f"<p>![A plan]({NAME})</p>\n", ())


_PIECES = [
    "![",
    "](",
    f"{NAME})",
    f"![a]({NAME})",
    "\n",
    "\n\n",
    "*",
    "`",
    "a",
    " ",
    "[",
    ")",
    "> ",
]


@given(text=st.lists(st.sampled_from([*_PIECES, "- ", "# ", "| ", "<", '"', "\\"])).map("".join))
def test_no_paragraph_holds_a_figure_and_no_address_is_anothers(text: str) -> None:
    root = parsed(f"<body>{_article(text).html}</body>")
    for around in ("p", "h3", "a"):
        assert [one for place in root.iter(around) for one in place.iter("figure")] == []
    assert {one.get("src") for one in root.iter("img")} <= {f"/images/{NAME}"}
    assert "<img" not in article_of(text, reads_markdown=True).html
