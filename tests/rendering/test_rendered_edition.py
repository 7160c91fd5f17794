import quopri
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Depth
from app.errors import RenderError
from app.rendering.edition import render_edition
from app.rendering.inputs import SponsorFacts, StoryFacts
from app.rendering.merge import fields_for, fill
from app.rendering.templates import Templates
from app.story_fields import Term
from tests.rendering.reading import links, said, shown, tags, title_links
from tests.rendering.samples import (
    QUIET_FIX,
    SMALL_MODEL,
    SPONSOR,
    edition,
    edition_of,
    section,
)

_BRIEF = (QUIET_FIX.what, QUIET_FIX.why_it_matters, QUIET_FIX.takeaway)
_DEEP = (
    *QUIET_FIX.deep_dive,
    *(text for one in QUIET_FIX.decoder for text in (one.term, one.definition)),
)


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
    assert title_links(mail.html) == [QUIET_FIX.read_url]
    assert url not in links(mail.html) + mail.text.split()


@pytest.mark.parametrize(
    ("depth", "has_article", "offered"),
    [
        (Depth.DEEP, True, True),
        (Depth.DEEP, False, False),
        (Depth.BRIEF, False, True),
        (Depth.HEADLINES, True, False),
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
    assert "Tuesday 28 April 2026" in shown(mail.html)


def test_footer_says_why_and_how_to_leave(templates: Templates) -> None:
    mail = render_edition(edition(section("ai"), section("devops")), templates)
    fields = fields_for(
        "ada@example.org",
        "https://devoured.example/leave/a.b-c_d",
        "https://devoured.example/preferences/a.b-c_d",
    )
    html, text = fill(mail.html, fields), fill(mail.text, fields)
    for part in (shown(html), " ".join(text.split())):
        assert "because ada@example.org is signed up for Devoured" in part
        assert "This edition: AI and DevOps, every story in depth." in part
        assert "1 Harbour Street" in part
    for name in ("leave_url", "preferences_url"):
        assert fields[name] in links(html)
        assert f"\n{fields[name]}\n" in text


_URLS = st.sampled_from(["", "javascript:x", "//x"]) | st.builds(
    lambda path: f"https://example.org/{path}", st.text(max_size=20)
)
_STORIES = st.lists(
    st.builds(
        lambda url, has_article: replace(QUIET_FIX, url=url, has_article=has_article),
        _URLS,
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@given(
    told=st.dictionaries(
        st.sampled_from(["ai", "devops", "security", "general"]), _STORIES, min_size=1
    ),
    depth=st.sampled_from(Depth),
    sponsor=st.none() | st.builds(SponsorFacts, st.just("Label"), st.just("Says."), _URLS),
)
def test_every_link_of_the_html_is_in_the_text(
    templates: Templates,
    told: dict[str, list[StoryFacts]],
    depth: Depth,
    sponsor: SponsorFacts | None,
) -> None:
    sections = [section(slug, *stories) for slug, stories in told.items()]
    mail = render_edition(edition(*sections, depth=depth, sponsor=sponsor), templates)
    ways_out = [line for line in mail.text.splitlines() if line.startswith("{{")]
    numbered = re.findall(r"^\[(\d+)\] (\S+)$", mail.text, re.MULTILINE)
    numbers = {number for number, _ in numbered}
    assert {int(number) for number in numbers} == set(range(1, len(numbers) + 1))
    assert len(set(numbered)) == len(numbers), "a number has one address"
    for number, _ in numbered:
        assert mail.text.count(f"[{number}]") >= 2, "each is named where it belongs"
    said_in_text = {url for _, url in numbered} | set(mail.text.split("\n"))
    assert {url for url in links(mail.html) if not url.startswith("#")} <= said_in_text
    assert len(ways_out) == 4


@pytest.mark.parametrize("depth", list(Depth))
def test_text_says_the_same_as_the_html_in_the_same_order(
    templates: Templates, depth: Depth
) -> None:
    slugs = ("security", "ai", "devops", "general")
    sections = [section(slug, *_numbered(slug)) for slug in slugs]
    facts = edition(*sections, depth=depth, sponsor=SPONSOR, preheader="Before all of it")
    mail = render_edition(facts, templates)
    html, text = shown(mail.html), " ".join(mail.text.split())
    unique = re.compile(r"(?:title|label|summary|what|why|take|dive|term|means)-[a-z]+-\d")
    assert unique.findall(html) == unique.findall(text)
    assert (
        len(set(unique.findall(html)))
        == {
            Depth.HEADLINES: 8 * 3,
            Depth.BRIEF: 8 * 6,
            Depth.DEEP: 8 * 9,
            Depth.WHOLE: 8 * 9,
        }[depth]
    )
    for part in (html, text):
        assert part.index("Sponsor · Example Hosting") > part.index("title-security-2")
        assert part.index("Sponsor · Example Hosting") < part.rindex("title-ai-1")


def _numbered(slug: str) -> list[StoryFacts]:
    """Two stories, every text of which is a word of its own."""
    return [
        StoryFacts(
            title=f"title-{slug}-{n}",
            label=f"label-{slug}-{n}",
            minutes=None,
            url="https://example.org/",
            read_url=f"https://devoured.example/read/1/{n}",
            summary=f"summary-{slug}-{n}",
            what=f"what-{slug}-{n}",
            why_it_matters=f"why-{slug}-{n}",
            takeaway=f"take-{slug}-{n}",
            deep_dive=(f"dive-{slug}-{n}",),
            decoder=(Term(f"term-{slug}-{n}", f"means-{slug}-{n}"),),
            has_article=True,
        )
        for n in (1, 2)
    ]


def test_links_of_the_text_stand_right_after_the_section_that_names_them(
    templates: Templates,
) -> None:
    mail = render_edition(edition(*map(section, ("ai", "devops")), sponsor=SPONSOR), templates)
    parts = re.split(r"\n(?=Sponsor|(?:AI|DevOps) \(2 stories\)\n)", mail.text)
    assert len(parts) == 4
    for part in parts[1:]:
        named = set(re.findall(r"(?<!\n)\[(\d+)\]", part))
        assert named
        assert named == set(re.findall(r"^\[(\d+)\] https", part, re.MULTILINE))


def test_rulers_of_the_text_are_no_longer_on_the_wire(templates: Templates) -> None:
    mail = render_edition(edition(*map(section, ("ai", "devops")), sponsor=SPONSOR), templates)
    rulers = {line for line in mail.text.splitlines() if len(line) > 8 and len(set(line)) == 1}
    assert len(rulers) >= 3
    for ruler in rulers:
        assert quopri.encodestring(ruler.encode()) == ruler.encode()


def test_sponsor_is_named_as_one_and_its_link_says_where_it_leads(templates: Templates) -> None:
    mail = render_edition(edition(section("ai"), sponsor=SPONSOR), templates)
    assert SPONSOR.url in links(mail.html)
    assert {"Sponsor · Example Hosting", f"{SPONSOR.text} example.com"} <= set(said(mail.html, "p"))
    number = re.findall(r"Servers that wake up before you do. example.com \[(\d+)\]", mail.text)
    assert f"\n[{number[0]}] {SPONSOR.url}\n" in mail.text


@pytest.mark.parametrize("none", [None, SponsorFacts("Label", "", "https://example.com")])
def test_no_sponsor_is_named_when_there_is_none(
    templates: Templates, none: SponsorFacts | None
) -> None:
    mail = render_edition(edition(sponsor=none), templates)
    assert "Sponsor" not in shown(mail.html) + mail.text


def test_sponsor_is_plain_text_and_leads_nowhere_bad(templates: Templates) -> None:
    hostile = SponsorFacts("<b>{{leave_url}}", "<script>x</script> {{address_h}}", "javascript:x")
    calm = SponsorFacts("calm", "calm", "")
    mail, usual = (render_edition(edition(sponsor=s), templates) for s in (hostile, calm))
    assert tags(mail.html) == tags(usual.html)
    assert links(mail.html) == links(usual.html)
    assert mail.html.count("{{leave_url}}") == usual.html.count("{{leave_url}}")


def test_footer_offers_every_way_to_get_less(templates: Templates) -> None:
    mail = render_edition(edition(), templates)
    ways = {"{{preferences_url}}", "{{preferences_url}}#categories", "{{preferences_url}}#pause"}
    assert {*ways, "{{leave_url}}"} <= set(links(mail.html))
    assert {*ways, "{{leave_url}}"} <= set(mail.text.split("\n"))


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
