import re
from dataclasses import replace

import pytest

from app.errors import RenderError
from app.rendering.edition import render_edition
from app.rendering.merge import fields_for, fill
from app.rendering.templates import Templates
from app.words import Depth
from tests.rendering.reading import links, said, shown
from tests.rendering.samples import QUIET_FIX, SMALL_MODEL, edition, edition_of, section

_BRIEF = (QUIET_FIX.what, QUIET_FIX.why_it_matters, QUIET_FIX.takeaway)
_DEEP = (*QUIET_FIX.deep_dive, *(text for pair in QUIET_FIX.decoder for text in pair))


@pytest.mark.parametrize(
    ("depth", "says", "leaves_out"),
    [
        (Depth.HEADLINES, (), (*_BRIEF, *_DEEP)),
        (Depth.BRIEF, _BRIEF, _DEEP),
        (Depth.DEEP, (*_BRIEF, *_DEEP), ()),
    ],
)
@pytest.mark.parametrize("slug", ["general", "ai", "devops", "security"])
def test_every_part_is_there_as_the_depth_asks(
    templates: Templates,
    slug: str,
    depth: Depth,
    says: tuple[str, ...],
    leaves_out: tuple[str, ...],
) -> None:
    mail = render_edition(edition(section(slug, QUIET_FIX), depth=depth), templates)
    for part in (shown(mail.html), " ".join(mail.text.split())):
        for text in (QUIET_FIX.title, QUIET_FIX.label, QUIET_FIX.summary, *says):
            assert text in part
        for text in leaves_out:
            assert text not in part


def test_title_leads_out_when_there_is_an_address(templates: Templates) -> None:
    mail = render_edition(edition(), templates)
    assert QUIET_FIX.url in links(mail.html)


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "data:text/html,x", "https://", "//x"])
def test_title_leads_to_the_reading_page_when_there_is_no_web_address(
    templates: Templates, url: str
) -> None:
    mail = render_edition(edition_of(url=url, has_article=False), templates)
    assert links(mail.html)[0] == QUIET_FIX.read_url
    assert url not in links(mail.html) + mail.text.split()


@pytest.mark.parametrize(
    ("depth", "has_article", "offered"),
    [
        (Depth.DEEP, True, True),
        (Depth.DEEP, False, False),
        (Depth.BRIEF, False, True),
        (Depth.HEADLINES, False, True),
    ],
)
def test_reading_page_is_offered_when_it_says_more(
    templates: Templates, depth: Depth, *, has_article: bool, offered: bool
) -> None:
    facts = edition(section("ai", replace(QUIET_FIX, has_article=has_article)), depth=depth)
    mail = render_edition(facts, templates)
    assert (QUIET_FIX.read_url in links(mail.html)) is offered
    assert ("Read it all" in mail.text) is offered


def test_contents_line_counts_stories_minutes_and_categories(templates: Templates) -> None:
    mail = render_edition(edition(section("ai"), section("devops", SMALL_MODEL)), templates)
    assert "3 stories · 1 minute · AI 2, DevOps 1" in shown(mail.html)
    assert "3 stories · 1 minute · AI\u00a02, DevOps\u00a01\n" in mail.text
    assert "Tuesday 28 April 2026" in mail.html


def test_footer_says_why_and_how_to_leave(templates: Templates) -> None:
    mail = render_edition(edition(section("ai"), section("devops")), templates)
    fields = fields_for(
        "ada@example.org",
        "https://devoured.example/leave/a.b-c_d",
        "https://devoured.example/preferences/a.b-c_d",
    )
    html, text = fill(mail.html, fields), fill(mail.text, fields)
    for part in (shown(html), " ".join(text.split())):
        assert "because ada@example.org signed up for Devoured" in part
        assert "This edition: AI and DevOps, every story in depth." in part
        assert "1 Harbour Street" in part
    for name in ("leave_url", "preferences_url"):
        assert fields[name] in links(html)
        assert f"\n{fields[name]}\n" in text


def test_every_link_of_the_html_is_in_the_text(templates: Templates) -> None:
    facts = edition(*(section(slug) for slug in ("ai", "devops", "security", "general")))
    mail = render_edition(facts, templates)
    lines = {line.split("] ")[-1] for line in mail.text.splitlines()}
    assert set(links(mail.html)) <= lines


def test_text_numbers_every_address_once(templates: Templates) -> None:
    mail = render_edition(edition(section("ai"), section("devops")), templates)
    listed = re.findall(r"^\[(\d+)\] (\S+)$", mail.text, re.MULTILINE)
    assert [int(number) for number, _ in listed] == [1, 2, 3]
    assert [url for _, url in listed] == [QUIET_FIX.url, QUIET_FIX.read_url, SMALL_MODEL.read_url]


def test_text_keeps_to_its_columns(templates: Templates) -> None:
    mail = render_edition(edition(section("ai"), section("security")), templates)
    prose = [line for line in mail.text.splitlines() if "://" not in line]
    assert max(map(len, prose)) <= 72


def test_security_says_what_to_do_first(templates: Templates) -> None:
    mail = render_edition(edition(section("security")), templates)
    for part in (mail.html, mail.text):
        assert part.index("Upgrade, and sign") < part.index("A library that many")


def test_ai_numbers_its_stories(templates: Templates) -> None:
    mail = render_edition(edition(section("ai")), templates)
    assert said(mail.html, "h3")[1].startswith("2 A small model")
    assert "\n2. A small model" in mail.text


@pytest.mark.parametrize(
    ("slug", "template", "numbered"),
    [("ai", "", True), ("ai", "default", False), ("general", "", False)],
)
def test_section_takes_its_own_template_then_its_slugs_then_the_default(
    templates: Templates, slug: str, template: str, *, numbered: bool
) -> None:
    mail = render_edition(edition(section(slug, template=template)), templates)
    assert ("1. A quiet fix" in mail.text) is numbered


def test_render_is_refused_when_a_template_is_not_there(templates: Templates) -> None:
    with pytest.raises(
        RenderError, match=r"sections/sport\.mjml\.j2: General asks for it"
    ) as error:
        render_edition(edition(section("general", template="sport")), templates)
    assert "ai, default, devops and security" in error.value.detail


@pytest.mark.parametrize("colour", ["#fff", "red", "#12345g", "#123456;}body{display:none"])
def test_render_is_refused_when_a_colour_is_none(templates: Templates, colour: str) -> None:
    for wrong in (replace(section(), accent=colour), replace(section(), accent_dark=colour)):
        with pytest.raises(RenderError, match="six hex digits"):
            render_edition(edition(wrong), templates)


def test_render_is_refused_when_there_is_no_story(templates: Templates) -> None:
    with pytest.raises(RenderError, match="without a story"):
        render_edition(edition(replace(section(), stories=())), templates)


def test_rendering_twice_gives_the_same_bytes(templates: Templates) -> None:
    assert render_edition(edition(), templates) == render_edition(edition(), templates)
