"""A mail can be scanned: its titles first, the first points of a story, one short link on."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Depth
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, StoryFacts
from app.rendering.points import BULLETS, TERMS, with_few_points
from app.rendering.templates import Templates
from app.rendering.views import FEW_STORIES
from app.story_fields import Term
from tests.rendering.reading import links, parsed, said, shown
from tests.rendering.samples import PUBLICATION, QUIET_FIX, edition, section


def _titled(*titles: str) -> list[StoryFacts]:
    return [replace(QUIET_FIX, title=title) for title in titles]


def _four(depth: Depth) -> EditionFacts:
    ai, devops = _titled("One", "Two"), _titled("Three", "Four")
    return edition(section("ai", *ai), section("devops", *devops), depth=depth)


@pytest.mark.parametrize("depth", [Depth.BRIEF, Depth.DEEP])
def test_long_mail_opens_with_its_titles_which_lead_to_their_stories(
    templates: Templates, depth: Depth
) -> None:
    mail = render_edition(_four(depth), templates)
    headings = {one.get("id"): one for one in parsed(mail.html).iter("h3")}
    listed = [one for one in parsed(mail.html).iter("a") if one.get("href", "").startswith("#")]
    assert [one.text for one in listed] == ["One", "Two", "Three", "Four"]
    for one in listed:
        heading = headings[one.get("href", "")[1:]]
        assert (one.text or "") in "".join(heading.itertext())
    assert [one for one in said(mail.html, "b") if one in {"AI", "DevOps"}] == ["AI", "DevOps"]


def test_text_part_opens_with_the_same_titles(templates: Templates) -> None:
    text = render_edition(_four(Depth.BRIEF), templates).text
    listed = text.partition("In this mail\n\n")[2].partition("*****")[0]
    assert listed.strip() == "AI\n  * One\n  * Two\n\nDevOps\n  * Three\n  * Four"


def test_mail_has_no_list_of_titles_when_it_is_short_or_has_little_else(
    templates: Templates,
) -> None:
    few = edition(section("ai", *_titled(*"abcdefgh"[:FEW_STORIES])))
    for facts in (few, _four(Depth.HEADLINES)):
        mail = render_edition(facts, templates)
        assert "In this mail" not in mail.html + mail.text


def test_categories_are_not_named_in_the_list_when_there_is_one(templates: Templates) -> None:
    mail = render_edition(edition(section("ai", *_titled("a", "b", "c", "d"))), templates)
    assert said(mail.html, "li")[:4] == ["a", "b", "c", "d"]
    assert "AI" not in said(mail.html, "b")


@pytest.mark.parametrize("depth", list(Depth))
def test_reading_page_is_not_offered_again_when_the_title_leads_there(
    templates: Templates, depth: Depth
) -> None:
    story = replace(QUIET_FIX, url="")
    mail = render_edition(edition(section("ai", story), depth=depth), templates)
    assert links(mail.html).count(story.read_url) == 1
    assert "Read it all" not in mail.text + mail.html


def _with_points(n_bullets: int, n_terms: int) -> StoryFacts:
    bullets = tuple(f"bullet-{n}." for n in range(n_bullets))
    terms = tuple(Term(f"term-{n}", f"means-{n}") for n in range(n_terms))
    return replace(QUIET_FIX, url="", deep_dive=bullets, decoder=terms)


@pytest.mark.parametrize(
    ("n_bullets", "n_terms", "said_of_more"),
    [
        (10, 4, "7 more points"),
        (BULLETS.whole + 1, 0, "3 more points"),
        (BULLETS.whole, TERMS.shown, ""),
        (2, 5, "3 more terms"),
        (0, TERMS.shown + 1, "1 more term"),
    ],
)
def test_story_in_depth_says_its_first_points_and_links_to_the_others(
    templates: Templates, n_bullets: int, n_terms: int, said_of_more: str
) -> None:
    story = _with_points(n_bullets, n_terms)
    mail = render_edition(edition(section("ai", story)), templates)
    n_shown = n_bullets if n_bullets <= BULLETS.whole else BULLETS.shown
    for part in (shown(mail.html), mail.text):
        assert part.count("bullet-") == n_shown
        assert part.count("means-") == min(n_terms, TERMS.shown)
        assert ("more" in part) is bool(said_of_more)
        assert said_of_more in part
    assert links(mail.html).count(story.read_url) == (2 if said_of_more else 1)


@pytest.mark.parametrize(
    "asked",
    [{"depth": Depth.DEEP, "shows_all_points": True}, {"depth": Depth.WHOLE}],
    ids=["by the publication", "by the reader"],
)
def test_every_point_is_in_the_mail_when_all_are_asked_for(
    templates: Templates, asked: dict[str, Any]
) -> None:
    story = _with_points(10, 4)
    facts = edition(section("ai", story), **asked)
    mail = render_edition(facts, templates)
    for part in (shown(mail.html), mail.text):
        assert (part.count("bullet-"), part.count("means-")) == (10, 4)
        assert "more" not in part


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de-AT", {"In dieser Mail", "7 weitere Punkte", "1 weiterer Begriff", "Alles lesen"}),
        ("he", {"בגיליון הזה", "7 נקודות נוספות", "מונח אחד נוסף", "לקריאה המלאה"}),
        ("fr", {"In this mail", "7 more points", "1 more term", "Read it all"}),
    ],
)
def test_list_and_links_on_are_said_in_the_publication_s_language(
    templates: Templates, language: str, words: set[str]
) -> None:
    whole = replace(QUIET_FIX, has_article=True)
    stories = [_with_points(10, 4), _with_points(2, 3), whole, *_titled("Four")]
    publication = replace(PUBLICATION, language=language)
    mail = render_edition(edition(section("ai", *stories), publication=publication), templates)
    assert words <= {*said(mail.html, "h2"), *said(mail.html, "a")}
    for one in words:
        assert one in mail.text


@given(st.integers(0, 100), st.integers(0, 100), st.sampled_from(Depth))
def test_no_point_is_lost_from_the_count(n_bullets: int, n_terms: int, depth: Depth) -> None:
    story = _with_points(n_bullets, n_terms)
    few = with_few_points(edition(section("ai", story), depth=depth))
    kept = few.sections[0].stories[0]
    assert len(kept.deep_dive) + kept.n_more_bullets == n_bullets
    assert len(kept.decoder) + kept.n_more_terms == n_terms
    assert kept.n_more_bullets != 1
    assert with_few_points(few) == few


def test_heads_that_run_into_their_text_have_punctuation(templates: Templates) -> None:
    mail = render_edition(edition(section("ai", QUIET_FIX)), templates)
    heads = {"What:", "Why it matters:", "Takeaway:", "Session store:", "Cookie:"}
    assert heads <= set(said(mail.html, "b"))


@pytest.mark.parametrize("depth", list(Depth))
def test_title_and_label_are_one_line(templates: Templates, depth: Depth) -> None:
    mail = render_edition(edition(section("general", QUIET_FIX), depth=depth), templates)
    assert said(mail.html, "h3") == [f"{QUIET_FIX.title} {QUIET_FIX.label} · example.org"]


@pytest.mark.parametrize(
    ("label", "url", "shown_as"),
    [
        ("4 minute read", "https://example.org/x", "4\xa0minute\xa0read\xa0·\xa0example.org"),
        (
            "4 minute read",
            "https://engineering.example-of-a-long-host.org/x",
            "4\xa0minute\xa0read\xa0· engineering.example-of-a-long-host.org",
        ),
        ("4 minute read", "", "4\xa0minute\xa0read"),
        ("", "https://example.org/x", "example.org"),
    ],
)
def test_label_and_host_are_not_parted_where_they_fit_on_one_line(
    templates: Templates, label: str, url: str, shown_as: str
) -> None:
    story = replace(QUIET_FIX, label=label, url=url)
    mail = render_edition(edition(section("general", story)), templates)
    (heading,) = parsed(mail.html).iter("h3")
    assert ["".join(span.itertext()) for span in heading.iter("span")] == [shown_as]


def test_numbers_of_places_follow_each_other(templates: Templates) -> None:
    html = render_edition(_four(Depth.DEEP), templates).html
    places = [int(one.get("id", "")[1:]) for one in parsed(html).iter("h3")]
    assert all(later - earlier == 1 for earlier, later in pairwise(places))
