"""MJML → finished HTML: checked, compiled as a whole document, styles inlined."""

import re
from html import unescape
from typing import Final

import css_inline
import mjml

from app.errors import RenderError
from app.rendering.lines import FILLER, PREHEADER_CHARS
from app.rendering.mjml_check import check_mjml

_INLINE: Final = re.compile(r'<mj-style inline="inline">(.*?)</mj-style>', re.DOTALL)
_NEEDLESS: Final = re.compile(r"</li>(?=<li>|</ul>)|</p>(?=<(?:p|h[1-6]|ul)[ >]|</(?:td|div)>)")
_POSITION: Final = re.compile(r" at position (\d+):\d+")
_STYLE: Final = re.compile(r"(<mj-style.*?</mj-style>)", re.DOTALL)
_UGLY_VALUE: Final = re.compile(r"=(\"[^\"<>]*[\\\t\r\n][^\"<>]*\"|'[^'<>]*[\\\t\r\n][^'<>]*')")
_PREHEADER: Final = re.compile(
    r'(<div style="display:none;[^"]*?)color:#ffffff;([^"]*">)(.*?)(</div>)', re.DOTALL
)
_REFERENCES: Final = {ord(sign): f"&#{ord(sign)};" for sign in "\\\t\r\n"}


def compile_mjml(source: str, *, file: str) -> str:
    """Compile a whole MJML document to an HTML document.

    `<mj-style inline="inline">` ends up in `style` attributes (the compiler would leave it in the
    head), every other `mj-style` in the head. Nothing is fetched. Takes about 2 ms for 70 KB.

    Raises:
        RenderError: with `file` and the line in `source` where there is one.
    """
    check_mjml(source, file=file)
    parts = _INLINE.split(source)
    inline = "\n".join(parts[1::2])
    # As many line ends stay as were there, so that the compiler's positions stay true.
    parts[1::2] = ["\n" * styles.count("\n") for styles in parts[1::2]]
    html = _compiled("".join(parts), file)
    inliner = css_inline.CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        minify_css=True,
        extra_css=inline,
        load_remote_stylesheets=False,
    )
    return _with_filler(_without_end_tags(str(inliner.inline(html))))


def _with_filler(markup: str) -> str:
    """Fill the preheader up with what cannot be seen, so that inboxes show none of the text behind.

    The compiler hides it in white as well, which filters take for a trick (SpamAssassin's
    `HTML_FONT_LOW_CONTRAST`); it is not displayed anyway.
    """

    def filled(found: re.Match[str]) -> str:
        n_signs = PREHEADER_CHARS - len(unescape(found[3]))
        return f"{found[1]}{found[2]}{found[3]}{FILLER * n_signs}{found[4]}"

    return _PREHEADER.sub(filled, markup, count=1)


def _without_end_tags(markup: str) -> str:
    """Remove `</li>` and `</p>` where HTML lets them be left out: 100 bytes a story.

    Source: HTML standard, 13.1.2.4 "Optional tags". Text of authors holds no `<`.
    """
    return _NEEDLESS.sub("", markup)


def _compiled(source: str, file: str) -> str:
    source = _referring(source)
    try:
        html = str(mjml.mjml2html(source, fonts={}, social_icon_origin=""))
    except ValueError as error:
        found = _POSITION.search(str(error))
        line = source.encode()[: int(found[1])].count(b"\n") + 1 if found else None
        raise RenderError(_POSITION.sub("", str(error)), file=file, line=line) from error
    if "<mj-" in html:
        raise RenderError("the compiler left MJML in the mail: is some HTML unbalanced?", file=file)
    return html


def _referring(source: str) -> str:
    r"""Write numeric references for what the compiler would spoil.

    It writes attribute values as Rust writes strings for debugging: a backslash, a tab, a no-break
    space, the joiner in an emoji come out as `\\`, `\t`, `\u{a0}`, `\u{200d}`.
    """
    parts = _STYLE.split(source)
    parts[::2] = [
        _UGLY_VALUE.sub(
            lambda m: m[0].translate(_REFERENCES),
            part.encode("ascii", "xmlcharrefreplace").decode("ascii"),
        )
        for part in parts[::2]
    ]
    return "".join(parts)
