import re
from typing import Final

import css_inline
import html5lib  # type: ignore[import-untyped] # it ships no types
import pytest

from app.rendering.templates import Templates
from tests.rendering import goldens
from tests.rendering.client_support import table
from tests.rendering.client_support.fallbacks import FALLBACKS
from tests.rendering.client_support.features import features, for_outlook
from tests.rendering.reading import parsed

_LINE: Final = re.compile(r"border-(?:top|bottom|left|right): ?[1-9]")
_COMMENTS: Final = re.compile(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", re.DOTALL)


def test_every_feature_that_some_program_lacks_has_a_fallback_and_no_other_has(
    templates: Templates,
) -> None:
    used = table.used(templates)
    lacked = {feature for feature in used if table.lacking(feature) or table.half_known(feature)}
    assert lacked == set(FALLBACKS)


def test_page_about_programs_is_what_the_mails_use(templates: Templates) -> None:
    assert table.PAGE.read_text(encoding="utf-8") == table.page(templates)


@pytest.mark.parametrize(
    ("html", "feature"),
    [
        ("<style>.a{display:flex}</style>", "css-display-flex"),
        ("<style>@media (hover:hover){.a{color:red}}</style>", "css-at-media-hover"),
        ("<style>a:hover{color:red}</style>", "css-pseudo-class-hover"),
        ("<style>a>b{color:red}</style>", "css-selector-child"),
        ("<style>a::before{color:red}</style>", "css-pseudo-element-before"),
        ('<p style="margin-top:calc(1px)">', "css-margin"),
        ('<p style="border-top-width:2rem">', "css-unit-rem"),
        ('<p style="width:min(1px,2px)">', "css-function-min"),
        ('<img src="x" srcset="y">', "html-srcset"),
        ("<details></details><video></video>", "html-video"),
    ],
)
def test_feature_is_found_wherever_it_stands(html: str, feature: str) -> None:
    assert feature in features(html, table.tested()["features"])


def test_what_fallbacks_say_of_our_mails_is_so(templates: Templates) -> None:
    """Each `only` of `fallbacks.py`, looked up in every mail as it is."""
    for name, mail in goldens.mails(templates):
        plain = re.sub(r"<!--.*?-->", "", mail.html, flags=re.DOTALL)
        hidden = re.findall(r"<div style=\"display:none;[^\"]*\">", plain)
        assert len(hidden) == plain.count("display:none") == plain.count("max-height") == 1, name
        assert "font-size:1px;line-height:1px" in hidden[0], name
        assert "color" not in hidden[0], "white text that is hidden is taken for a trick"
        assert plain.count("opacity:") == plain.count("overflow:") == 1, name
        assert set(re.findall(r"(?<![-\w])height: ?(\w+)", plain)) == {"auto"}, name
        assert set(re.findall(r"text-transform: ?(\w+)", plain)) <= {"none"}, name
        assert set(re.findall(r"text-align: ?(\w+)", plain)) <= {"left", "right", "center"}, name
        assert set(re.findall(r"font-weight: ?(\w+)", plain)) <= {"bold", "normal"}, name
        assert plain.count("letter-spacing") == 1, name
        assert set(re.findall(r"font-size: ?[\d.]+(\w+)", plain)) == {"px"}, name
        assert ("<img" in plain) is ("height=" in plain) is (name == "tracked"), name


def test_feature_in_a_comment_for_outlook_alone_does_not_count() -> None:
    html = "<!--[if mso]><style>.a{display:flex}</style><![endif]--><p>x</p>"
    assert "css-display-flex" not in features(html, table.tested()["features"])


def test_outlook_for_windows_is_told_nothing_that_it_lacks(templates: Templates) -> None:
    data = table.tested()["features"]
    for name, mail in goldens.mails(templates):
        told = for_outlook(mail.html)
        assert {"css-font-family", "css-line-height"} <= told
        lacked = {
            one for one in told & set(data) if data[one]["stats"].get("outlook windows") == "n"
        }
        assert lacked <= {"html-style"}, name
        assert not re.search(r"[^ ]!important", "".join(_COMMENTS.findall(mail.html))), name


def _lined(html: str) -> set[str]:
    """Return the names of all elements with a line on a side, by any rule of the mail."""
    whole = css_inline.CSSInliner(keep_style_tags=True).inline(html)
    return {str(one.tag) for one in parsed(whole).iter() if _LINE.search(one.get("style", ""))}


def test_outlook_for_windows_draws_every_line_for_they_are_of_cells(templates: Templates) -> None:
    mails = dict(goldens.mails(templates))
    assert {
        name: lined for name, mail in mails.items() if (lined := _lined(mail.html)) != {"td"}
    } == {}
    paragraph = "<style>p{border-top:1px solid #E4DFD6}</style><p>x</p>"
    assert _lined(paragraph) == {"p"}


def test_outlook_for_windows_takes_what_is_important_for_it_stands_behind_a_blank(
    templates: Templates,
) -> None:
    for name, mail in goldens.mails(templates):
        assert " !important" in mail.html, name
        assert not re.search(r"[^ ]!important", mail.html), name


def test_title_of_a_letter_keeps_its_look_without_the_head(templates: Templates) -> None:
    welcome = parsed(dict(goldens.mails(templates))["welcome"].html)
    titles = [one for one in welcome.iter("h2") if list(one.iter("a"))]
    assert titles
    for one in titles:
        assert "bold 21px/27px" in one.get("style", "")
        assert all("text-decoration:none" in link.get("style", "") for link in one.iter("a"))


def test_every_mail_is_html_without_an_error(templates: Templates) -> None:
    for name, mail in goldens.mails(templates):
        parser = html5lib.HTMLParser()
        parser.parse(mail.html)
        assert parser.errors == [], name
