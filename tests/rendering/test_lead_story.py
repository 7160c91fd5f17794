"""An edition that one story leads, and an editor's words around the stories."""

import re
from dataclasses import replace

import pytest

from app.delivery.compose import lead_first
from app.enums import Depth, Trim
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, Section
from app.rendering.templates import Templates
from app.rendering.views import edition_view
from tests.rendering.goldens import tracked
from tests.rendering.reading import shown
from tests.rendering.samples import QUIET_FIX, SMALL_MODEL, edition, section

LEAD = 22


def _sections() -> tuple[Section, ...]:
    """Build AI with two stories, and DevOps with two of which the second leads."""
    one, two, three, four = (
        replace(QUIET_FIX if n % 2 else SMALL_MODEL, title=f"Story {n}", story_id=20 + n)
        for n in (4, 3, 1, 2)
    )
    return lead_first([section("ai", one, two), section("devops", three, four)], LEAD)


def _led(depth: Depth = Depth.DEEP, *sections: Section) -> EditionFacts:
    return edition(*(sections or _sections()), depth=depth)


@pytest.mark.parametrize("depth", list(Depth))
def test_lead_story_stands_before_all_categories_and_nowhere_else(
    templates: Templates, depth: Depth
) -> None:
    mail = render_edition(_led(depth), templates)
    assert re.findall(r">(Story \d)</a>", mail.html.partition("<h3")[2]) == [
        f"Story {n}" for n in (2, 4, 3, 1)
    ]
    stories = mail.text.partition("*" * 72)[2]
    assert re.findall(r"Story \d", stories) == [f"Story {n}" for n in (2, 4, 3, 1)]
    assert mail.subject.startswith("Story 2")


def test_lead_story_is_counted_once_with_its_category(templates: Templates) -> None:
    plain = edition_view(
        _led(Depth.DEEP, *lead_first(_sections()[1:], None)), templates.section_names()
    )
    view = edition_view(_led(), templates.section_names())
    assert view.contents.startswith("4 stories · 1 minute · AI\u00a02, DevOps\u00a02")
    assert [one.count for one in view.sections[1:]] == ["2 stories", "1 story"]
    assert view.categories == plain.categories == "AI and DevOps"


def test_list_of_titles_begins_with_the_lead_story(templates: Templates) -> None:
    said = shown(render_edition(_led(), templates).html)
    assert "In this mailStory 2AIStory 4Story 3DevOpsStory 1" in said


def test_cut_without_its_category_has_no_lead_story(templates: Templates) -> None:
    facts = _led(Depth.DEEP, *(one for one in _sections() if one.slug == "ai"))
    assert "Story 2" not in render_edition(facts, templates).html


def test_category_of_the_lead_story_alone_has_no_band_of_its_own(templates: Templates) -> None:
    sections = lead_first([section("ai"), section("devops", replace(SMALL_MODEL, story_id=1))], 1)
    assert [(one.slug, one.is_lead) for one in sections] == [("devops", True), ("ai", False)]
    view = edition_view(_led(Depth.DEEP, *sections), templates.section_names())
    assert view.contents.endswith("AI\u00a02, DevOps\u00a01")


def test_lead_story_stays_when_there_is_no_room_for_others(templates: Templates) -> None:
    sections = [
        replace(one, stories=tuple(replace(story, what="x" * 60_000) for story in one.stories))
        for one in _sections()
    ]
    mail = render_edition(_led(Depth.BRIEF, *sections), templates)
    shortened = {one.what: one.titles for one in mail.trimmed}
    assert shortened[Trim.HEADLINE] == ("Story 4", "Story 3", "Story 1")
    assert "Story 2" in mail.html


def test_link_of_the_lead_story_is_tracked_as_others_are(templates: Templates) -> None:
    mail = tracked(_led(), templates)
    assert {22, 24, 23, 21} <= {link.story_id for link, _ in mail.links}
    assert QUIET_FIX.url.replace("&", "&amp;") not in mail.html


@pytest.mark.parametrize("depth", list(Depth))
def test_editors_words_stand_before_the_first_story_and_after_the_last(
    templates: Templates, depth: Depth
) -> None:
    facts = replace(
        edition(depth=depth), opening="Good <morning> & welcome.", sign_off="{{leave_url}} Ada"
    )
    mail = render_edition(facts, templates)
    for text in (shown(mail.html), " ".join(mail.text.split())):
        opening, first = text.index("Good <morning> & welcome."), text.index(QUIET_FIX.title)
        assert opening < text.rindex(QUIET_FIX.title) or opening < first
        assert text.index(SMALL_MODEL.title) < text.index("Ada") < text.index("Digest devoured!")
    assert mail.html.count("{{leave_url}}") == render_edition(edition(), templates).html.count(
        "{{leave_url}}"
    )


def test_words_that_lie_right_to_left_say_so(templates: Templates) -> None:
    html = render_edition(replace(edition(), opening="בוקר טוב"), templates).html
    (paragraph,) = re.findall(r"<p[^>]*>(?=בוקר טוב<)", html)
    assert 'dir="rtl"' in paragraph
    assert "text-align:right" in paragraph.replace(" ", "")
