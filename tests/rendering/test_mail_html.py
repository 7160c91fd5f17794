"""What mail programs and screen readers need of the HTML."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest

from app.enums import LetterKind
from app.rendering.edition import render_edition
from app.rendering.inputs import ConfirmationFacts
from app.rendering.letters import render_letter
from app.rendering.templates import Templates
from tests.rendering import goldens
from tests.rendering.reading import parsed, said, tags
from tests.rendering.samples import PUBLICATION, edition, section

GMAIL_STYLE_CHARS = 8192


@pytest.fixture(scope="module")
def html(templates: Templates) -> str:
    slugs = ("ai", "devops", "security", "general")
    return render_edition(edition(*(section(slug) for slug in slugs)), templates).html


@pytest.fixture(scope="module", params=["edition", "letter"])
def any_html(request: pytest.FixtureRequest, templates: Templates, html: str) -> str:
    if request.param == "edition":
        return html
    facts = ConfirmationFacts(PUBLICATION, "https://devoured.example/confirm/x")
    return render_letter(LetterKind.CONFIRMATION, facts, templates).html


def test_language_and_colour_schemes_are_said(any_html: str) -> None:
    document = parsed(any_html)
    metas = {meta.get("name"): meta.get("content") for meta in document.iter("meta")}
    assert document.get("lang") == "en"
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert "@media (prefers-color-scheme:dark)" in any_html
    assert "[data-ogsc] .page" in any_html


def test_edition_is_said_to_be_in_the_language_of_its_stories(templates: Templates) -> None:
    for language, of_ours in (("fr-CA", "en"), ("en-GB", None)):
        publication = replace(PUBLICATION, language=language)
        html = render_edition(edition(publication=publication), templates).html
        assert parsed(html).get("lang") == language
        footer = next(p for p in parsed(html).iter("p") if "You get this" in "".join(p.itertext()))
        assert footer.get("lang") == of_ours


def test_letter_is_english_but_for_its_stories(templates: Templates) -> None:
    facts = replace(goldens.welcome(), publication=replace(PUBLICATION, language="de"))
    html = render_letter(LetterKind.WELCOME, facts, templates).html
    assert parsed(html).get("lang") == "en"
    assert {div.get("lang") for div in parsed(html).iter("div") if div.get("class") == "s"} == {
        "de"
    }


def test_tables_are_for_layout_only(any_html: str) -> None:
    assert {table.get("role") for table in parsed(any_html).iter("table")} == {"presentation"}


def test_no_table_is_empty(any_html: str) -> None:
    assert all("".join(table.itertext()).strip() for table in parsed(any_html).iter("table"))


def _parts(html: str) -> list[Element]:
    """Return every element of the sections."""
    cells = [cell for cell in parsed(html).iter("td") if "s" in (cell.get("class") or "").split()]
    assert len(cells) == 4
    return [part for cell in cells for part in cell.iter()]


def test_design_stays_when_a_program_throws_the_head_away(html: str) -> None:
    parts = _parts(html)
    styles = {(part.tag, part.get("class")): part.get("style") or "" for part in parts}
    assert "font:bold 20px/26px" in styles["h3", None]
    assert "color:#1C1B19;text-decoration:none" in next(
        part.get("style") or ""
        for heading in parts
        if heading.tag == "h3"
        for part in heading
        if part.tag == "a"
    )
    assert "font-size:13px" in styles["span", "m"]
    assert "border-top:2px solid" in styles["td", "b"]
    assert "border-top:1px solid #E4DFD6" in styles["td", "y q"]
    assert "border-left:3px solid" in styles["td", "t"]
    for accent in ("#5B3FD6", "#0B6B57", "#A3285F", "#B4371F"):
        coloured = [part for part in parts if accent in (part.get("style") or "")]
        assert {"td", "h4", "a", "b"} <= {part.tag for part in coloured}


def test_prose_is_styled_by_the_head_alone(html: str) -> None:
    prose = [part for part in _parts(html) if part.tag in {"p", "ul", "li"}]
    assert len(prose) > 30
    assert [part.tag for part in prose if part.get("style")] == []


def test_important_has_the_blank_that_outlook_for_windows_needs(html: str) -> None:
    assert "!important" in html
    styles = re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    ours = [style for style in styles if ".page" in style]
    assert len(ours) == 3
    assert [style for style in ours if re.search(r"[^ ]!important", style)] == []


def test_headings_step_down_one_by_one(templates: Templates) -> None:
    for name, mail in goldens.mails(templates):
        levels = [int(tag[1]) for tag in tags(mail.html) if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), name


def test_styles_of_the_head_are_plain_css_that_gmail_takes(any_html: str) -> None:
    styles = said(any_html, "style")
    assert all("&" not in style for style in styles)
    assert all(len(style) < GMAIL_STYLE_CHARS for style in styles)
    assert not any("data-ogsc" in style and "@media" in style for style in styles)


def test_every_colour_has_six_digits(any_html: str) -> None:
    colours = re.findall(r"(?<![&\w])#[0-9A-Fa-f]{3,8}\b", any_html)
    assert {len(colour) for colour in colours} == {7}


def test_nothing_is_loaded_from_anywhere(any_html: str) -> None:
    for sign in ("<img", "<link", "<script", "url(", "@import", "fonts.googleapis", "<mj-"):
        assert sign not in any_html


def test_categories_have_their_dark_colours_in_the_head(html: str) -> None:
    dark, ogsc = (
        next(style for style in said(html, "style") if sign in style)
        for sign in ("prefers-color-scheme", "data-ogsc")
    )
    for accent in ("#B3A4FF", "#63CDB2", "#F08CB5", "#F58A72"):
        assert accent in dark
        assert accent in ogsc


def test_style_of_a_template_is_written_once_when_two_categories_share_it(
    templates: Templates,
) -> None:
    facts = edition(section("ai"), section("general", template="ai"))
    assert render_edition(facts, templates).html.count(".ai h3 .a{") == 1
