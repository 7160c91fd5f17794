import html5lib  # type: ignore[import-untyped] # it ships no types
import pytest

from app.rendering.templates import Templates
from tests.rendering import goldens
from tests.rendering.client_support import table
from tests.rendering.client_support.fallbacks import FALLBACKS
from tests.rendering.client_support.features import features


def test_every_feature_that_some_program_lacks_has_a_fallback_and_no_other_has(
    templates: Templates,
) -> None:
    lacked = {feature for feature in table.used(templates) if table.lacking(feature)}
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


def test_feature_in_a_comment_for_outlook_alone_does_not_count() -> None:
    html = "<!--[if mso]><style>.a{display:flex}</style><![endif]--><p>x</p>"
    assert "css-display-flex" not in features(html, table.tested()["features"])


def test_every_mail_is_html_without_an_error(templates: Templates) -> None:
    for name, mail in goldens.mails(templates):
        parser = html5lib.HTMLParser()
        parser.parse(mail.html)
        assert parser.errors == [], name
