"""Names of the other direction lie by themselves in our sentences, and change no place."""

import re
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directions import END_ISOLATE, ISOLATE, Direction, isolated, without_isolates
from app.enums import LetterKind
from app.in_words import apart, listing, translated
from app.language import speaking
from app.rendering.document import html_document
from app.rendering.edition import render_edition
from app.rendering.inputs import LinkFacts
from app.rendering.letters import render_letter
from app.rendering.merge import new_marks, settle_html
from app.rendering.templates import Templates
from app.rendering.views import edition_view
from app.sentences import Sentence
from tests.rendering.foreign import foreign_editions
from tests.rendering.reading import links, parsed
from tests.rendering.samples import PUBLICATION, QUIET_FIX, edition, section

_MARKS: Final = (ISOLATE, END_ISOLATE)
_TAG: Final = f"<i title='x{ISOLATE}y{END_ISOLATE}'>"
_LATIN: Final = st.text("AbC 1,.!", min_size=1)
_HEBREW: Final = st.text("אבג 1,.!", min_size=1)


@given(st.text("ab 12.,!אבג", max_size=12), st.sampled_from(Direction))
def test_text_is_set_apart_where_it_holds_letters_of_the_other_direction(
    text: str, around: Direction
) -> None:
    found = isolated(text, around)
    other = "אבג" if around is Direction.LTR else "ab"
    assert (found != text) is bool(set(text) & set(other))
    assert without_isolates(found) == text
    assert isolated(found, around) == found, "nothing is set apart twice"


@given(st.lists(_LATIN | _HEBREW, max_size=4), st.sampled_from(["en", "de", "he"]))
def test_list_names_the_same_with_marks_and_without(names: list[str], code: str) -> None:
    with speaking(code):
        said = listing(names)
        assert said.count(ISOLATE) == said.count(END_ISOLATE) == sum(apart(n) != n for n in names)
        for name in names:
            assert apart(name) in said


def test_sentence_of_a_check_sets_titles_apart() -> None:
    told = Sentence("“%(title)s” stands twice.", title="כותרת 24")
    with speaking("en"):
        assert translated(told) == f"“{ISOLATE}כותרת 24{END_ISOLATE}” stands twice."
    assert ISOLATE not in told, "where nobody's language is known, as by API"


@given(st.lists(st.sampled_from([*_MARKS, "a", "א", "<b>", "</b>", _TAG, "{{", "&lt;"])))
def test_marks_become_elements_that_close_and_lose_no_text(pieces: list[str]) -> None:
    html = "".join(pieces)
    settled = settle_html(html, new_marks())
    assert settled.count("<span dir=") == settled.count("</span>")
    plain = re.sub("<[^>]*>", "", html)
    kept = re.sub("<[^>]*>", "", settled).replace("&#123;", "{")
    assert without_isolates(kept) == without_isolates(plain)
    assert settled.count(_TAG) == html.count(_TAG)


def test_mail_in_hebrew_sets_latin_names_apart_and_no_address_or_subject(
    templates: Templates,
) -> None:
    ours = replace(PUBLICATION, language="he")
    mail = render_edition(edition(section("ai"), section("devops"), publication=ours), templates)
    assert f'<span dir="ltr">{PUBLICATION.name}</span>' in mail.html
    assert re.search(r'<span dir="ltr">AI(&nbsp;|\W)\d+</span>', mail.html)
    assert '<span dir="ltr">{{address_h}}</span>' in mail.html
    assert 'href="{{leave_url}}"' in mail.html
    assert not set(_MARKS) & set(mail.html + mail.subject)


def test_address_with_such_a_mark_says_it_in_signs_that_turn_nothing(templates: Templates) -> None:
    odd = replace(QUIET_FIX, url=f"https://example.org/{ISOLATE}a{END_ISOLATE}")
    mail = render_edition(edition(section("ai", odd)), templates)
    assert "https://example.org/%E2%81%A8a%E2%81%A9" in links(mail.html)
    assert "https://example.org/%E2%81%A8a%E2%81%A9" in mail.text


def test_long_hebrew_mail_leads_to_the_web_and_out(templates: Templates) -> None:
    facts = edition(section("ai"), publication=replace(PUBLICATION, language="he"))
    with speaking("he"):
        known = {"edition": edition_view(facts, templates.section_names()), "clipped": True}
        html = html_document("edition.mjml.j2", known, templates, personal=True)
    assert links(html).count("{{leave_url}}") == 2
    assert facts.browser_url in links(html)
    assert not set(_MARKS) & set(html)


def test_letter_in_hebrew_has_marks_in_neither_its_text_nor_its_subject(
    templates: Templates,
) -> None:
    facts = LinkFacts(PUBLICATION, "https://devoured.example/address/x", "he")
    mail = render_letter(LetterKind.NEW_ADDRESS, facts, templates)
    assert f'<span dir="ltr">{PUBLICATION.name}</span>' in mail.html
    assert not set(_MARKS) & set(mail.html + mail.subject + mail.text)
    assert "<title>" not in mail.html.partition("</title>")[2]


@pytest.mark.parametrize("code", ["en", "de"])
def test_mail_of_one_direction_is_as_it_was(templates: Templates, code: str) -> None:
    mail = render_edition(
        edition(section("ai"), publication=replace(PUBLICATION, language=code)), templates
    )
    assert "<span dir=" not in mail.html
    assert not set(_MARKS) & set(mail.html + mail.text)


def test_label_and_count_lie_apart_from_a_title_and_a_name_in_latin(templates: Templates) -> None:
    html = render_edition(dict(foreign_editions())["edition-he"], templates).html
    labels = re.findall(r'<span class="m"[^>]*?( dir="rtl")?[^>]*>4', html)
    assert len(labels) == 3
    assert labels.count(' dir="rtl"') == 2, "the English story lies as its label does"
    assert '<span dir="ltr">AI</span> <span class="n"' in html
    english = render_edition(edition(section("ai")), templates).html
    assert 'class="m" dir=' not in english


def test_and_of_hebrew_has_a_hyphen_before_a_name_in_latin() -> None:
    with speaking("he"):
        assert without_isolates(listing(["AI", "DevOps"])) == "AI \u05d5-DevOps"
        assert listing(["אבטחה", "עיצוב"]) == "אבטחה ועיצוב"
        assert without_isolates(listing(["AI"])) == "AI"


@pytest.mark.parametrize("mark", [*"\u202b\u202e\u2067"])
def test_mark_that_turns_what_follows_turns_nothing_beyond_a_title(
    templates: Templates, mark: str
) -> None:
    story = replace(QUIET_FIX, title=f"Quiet{mark} fix")
    html = render_edition(edition(section("general", story)), templates).html
    (heading,) = parsed(html).iter("h3")
    (label,) = heading.iter("span")
    assert label.get("dir") == "ltr"
    assert apart(f"Quiet{mark} fix") == f"{ISOLATE}Quiet{mark} fix{END_ISOLATE}"
