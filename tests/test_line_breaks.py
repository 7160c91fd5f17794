"""Long words are hyphenated where their language lets them; Japanese breaks between phrases."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.enums import LetterKind
from app.line_breaks import HYPHENS, IN_PHRASES, LONG_WORDS, PHRASES, line_breaks
from app.pages import static
from app.rendering.edition import render_edition
from app.rendering.letters import render_letter
from app.rendering.templates import our_templates
from tests.rendering.goldens import welcome
from tests.rendering.samples import PUBLICATION, edition, section

_SOFT_HYPHEN = "\u00ad"
_STYLES = (Path(static.__file__).parent / "static" / "site.css").read_text()


@pytest.mark.parametrize(
    ("tag", "style"),
    [
        ("de", HYPHENS),
        ("de-AT", HYPHENS),
        ("NL_be", HYPHENS),
        ("ja-JP", PHRASES),
        ("en", ""),
        ("he", ""),
        ("zh-Hant", ""),
        ("dei", ""),
        ("", ""),
    ],
)
def test_style_is_that_of_the_language(tag: str, style: str) -> None:
    assert line_breaks(tag) == style


@pytest.mark.parametrize("tag", ["de-AT", "ja", "en"])
def test_mail_says_how_its_lines_break_and_keeps_its_words_as_they_are(tag: str) -> None:
    facts = edition(section("ai"), publication=replace(PUBLICATION, language=tag))
    mail = render_edition(facts, our_templates())
    styles = re.findall(r"<style[^>]*>(.*?)</style>", mail.html, re.DOTALL)
    own = [style for style in styles if "hyphens" in style or "auto-phrase" in style]
    assert len(own) == bool(line_breaks(tag))
    assert all(line_breaks(tag) in style and "@media" not in style for style in own)
    assert not {_SOFT_HYPHEN, "\u200b"} & set(mail.text)
    assert _SOFT_HYPHEN not in mail.html.split("</div>", 1)[1], "copied, it would hide in a word"


def test_welcome_breaks_the_lines_of_its_stories_as_their_issue_does() -> None:
    facts = replace(welcome(), publication=replace(PUBLICATION, language="de"))
    html = render_letter(LetterKind.WELCOME, facts, our_templates()).html
    assert html.count(HYPHENS) == 1
    assert HYPHENS not in render_letter(LetterKind.WELCOME, welcome(), our_templates()).html


def test_pages_break_lines_of_the_same_languages() -> None:
    hyphens, phrases = (
        re.findall(rf"^(:is\(h1[^{{]*)\{{[^}}]*{style}", _STYLES, re.MULTILINE)
        for style in (
            "hyphenate-limit-chars: 10 4 4",
            PHRASES.replace(":", ": ").replace(";", "; "),
        )
    )
    named = [set(re.findall(r":lang\((\w+)\)", one)) for one in (*hyphens, *phrases)]
    assert named == [LONG_WORDS, IN_PHRASES]
