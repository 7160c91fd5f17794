"""In which language each text of a mail is said to be."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any, Final
from xml.etree.ElementTree import Element

import pytest

from app.enums import Trim
from app.language import speaking
from app.rendering.document import html_document
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, LineTemplates, PublicationFacts, Section
from app.rendering.lines import FILLER
from app.rendering.merge import fields_for, fill, html_without_reader
from app.rendering.preheader import preheader_in
from app.rendering.templates import Templates
from app.rendering.views import Trims, edition_view
from tests.rendering.goldens import SECTIONS
from tests.rendering.reading import parsed
from tests.rendering.samples import BASE_URL, PUBLICATION, QUIET_FIX, SMALL_MODEL, SPONSOR, edition

_GERMAN: Final = replace(PUBLICATION, name="Morgenblatt", postal_address="Hafen 1", language="de")
_FRENCH: Final = replace(_GERMAN, language="fr")
"""In a language that we have no catalogue of; what it says does not matter here."""

_ENGLISH: Final = replace(_GERMAN, language="en-IE")
_TITLES: Final = ("Stille Reparatur", "Kleine Tabellen", "Drei")
_NO_WORDS: Final = frozenset("■·0123456789 ,\u00a0\u2002")
_LINK: Final = re.compile(r" \[\d+\]$")
_SENTENCE: Final = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
_SHORT: Final[Trims] = {(0, 0): {Trim.DECODER}, (0, 2): {Trim.STORY}}


def _edition(slug: str, publication: PublicationFacts) -> EditionFacts:
    stories = [replace(QUIET_FIX, title=_TITLES[0], label="4 Minuten")]
    stories += [replace(SMALL_MODEL, title=title, label="") for title in _TITLES[1:]]
    section = Section(slug, "Rubrik", "", "#5B3FD6", "#B3A4FF", tuple(stories))
    return edition(section, publication=publication, sponsor=SPONSOR, preheader="Vorspann")


def _html(facts: EditionFacts, templates: Templates, trims: Trims) -> str:
    with speaking(facts.publication.spoken):
        view = edition_view(facts, templates.section_names(), trims)
        known = {"edition": view, "clipped": bool(trims)}
        return html_document("edition.mjml.j2", known, templates, personal=True)


def _written(facts: EditionFacts) -> set[str]:
    """Return every text by authors that is a text of its own in the mail."""
    (section,), (first, *_) = facts.sections, facts.sections[0].stories
    texts: list[Any] = [section.name, facts.publication.name, facts.publication.postal_address]
    texts += [facts.preheader, SPONSOR.text, f"· {SPONSOR.label}", "example.com"]
    texts += [f"{first.label} · example.org", *first.deep_dive]
    for story in section.stories:
        texts += [story.title, story.summary, story.what, story.why_it_matters, story.takeaway]
    return {*texts, *(text for one in first.decoder for text in (f"{one.term}:", one.definition))}


def _entries(facts: EditionFacts) -> list[str]:
    return [f"{one.term}: {one.definition}" for one in facts.sections[0].stories[0].decoder]


def _texts(element: Element, language: str) -> Iterator[tuple[str, str]]:
    """Yield every text below the element, stripped, and the language it is in."""
    own = element.get("lang", language)
    if str(element.tag).isalnum() and element.tag != "style":  # the tag of a comment is none
        yield (element.text or "").rstrip(FILLER).strip(), own
        for child in element:
            yield from _texts(child, own)
            yield (child.tail or "").strip(), own


def _languages(html: str) -> list[tuple[str, str]]:
    document = parsed(html)
    body = document.find("body")
    assert body is not None
    texts = _texts(body, document.get("lang", ""))
    texts = ((text.replace("\u00a0", " "), language) for text, language in texts)
    return [(text, language) for text, language in texts if set(text) - _NO_WORDS]


@pytest.mark.parametrize("trims", [{}, _SHORT], ids=["whole", "shortened"])
@pytest.mark.parametrize("slug", SECTIONS)
def test_our_words_are_english_and_those_of_authors_are_not_where_we_do_not_speak_their_language(
    templates: Templates, slug: str, trims: Trims
) -> None:
    facts = _edition(slug, _FRENCH)
    found = _languages(_html(facts, templates, trims))
    written = _written(facts)
    assert [text for text, language in found if text in written and language != "fr"] == []
    assert [text for text, language in found if text not in written and language != "en"] == []
    said = {text for text, _ in found}
    ours = {"Tuesday 28 April 2026", "What:", "Takeaway:", "Deep dive", "Sponsor", "Read it all"}
    assert ours | set(_TITLES[:2]) | {SPONSOR.text, "3 stories", "Digest devoured!"} <= said
    assert ("Decoder" in said) is not bool(trims)
    assert ("1 more story in the browser" in said) is bool(trims)


@pytest.mark.parametrize("trims", [{}, _SHORT], ids=["whole", "shortened"])
@pytest.mark.parametrize("slug", SECTIONS)
def test_everything_is_german_when_the_stories_are(
    templates: Templates, slug: str, trims: Trims
) -> None:
    facts = _edition(slug, _GERMAN)
    found = _languages(_html(facts, templates, trims))
    assert {language for _, language in found} == {"de"}
    ours = {text for text, _ in found} - _written(facts)
    english = {text for text, _ in _languages(_html(_edition(slug, _ENGLISH), templates, trims))}
    same = {text for text in ours & english if any(map(str.isalpha, text))}
    assert {text for text in same if "Sponsor" not in text} == set()
    said = {"Dienstag, 28. April 2026", "Was:", "Was bleibt:", "Im Detail", "3 Meldungen"}
    said |= {"Alles lesen", "Im Browser ansehen"}
    assert said | {"Alles verschlungen!", "Einstellungen ändern"} <= ours
    assert ("Begriffe" in ours) is not bool(trims)
    assert ("1 weitere Meldung im Browser" in ours) is bool(trims)


def test_text_part_and_lines_are_german_when_the_stories_are(templates: Templates) -> None:
    lines = LineTemplates("{stories}, {minutes}", "{weekday}, {date}")
    facts = replace(_edition("security", _GERMAN), preheader="", sponsor=None, lines=lines)
    mail = render_edition(facts, templates)
    assert mail.subject == "3 Meldungen, 1 Minute"
    assert preheader_in(mail.html) == "Dienstag, 28. April"
    said = set(mail.text.splitlines())
    assert {"Dienstag, 28. April 2026", "Im Detail", "Alles verschlungen!"} <= said
    english = render_edition(replace(facts, publication=_ENGLISH), templates).text
    same = [line for line in said & set(english.splitlines()) if _SENTENCE.search(line)]
    written = " ".join(" ".join([*sorted(_written(facts)), *_entries(facts)]).split())
    assert [line for line in same if _LINK.sub("", line).strip(" *") not in written] == []


def test_nothing_is_said_of_the_language_of_words_when_all_are_english(
    templates: Templates,
) -> None:
    html = _html(_edition("ai", PUBLICATION), templates, _SHORT)
    said = [one.get("lang") for one in parsed(html).iter() if one.get("lang")]
    assert said == ["en", "en"], "the document and the page within it"


def test_web_copy_says_its_own_sentence_in_the_language_of_our_words(templates: Templates) -> None:
    mail = _html(_edition("ai", _GERMAN), templates, {})
    german = dict(_languages(html_without_reader(mail, BASE_URL, "de")))
    assert german["Dies ist die Webfassung einer Mail."] == "de"
    found = dict(_languages(html_without_reader(mail, BASE_URL, "en")))
    assert found["This is the web copy of a mail."] == "en"
    reader = fields_for("a@b.example", f"{BASE_URL}/leave", f"{BASE_URL}/preferences")
    assert "This is the web copy of a mail." not in dict(_languages(fill(mail, reader)))


def test_date_stays_in_one_piece_from_its_number_to_its_month(templates: Templates) -> None:
    for publication, date in (
        (_GERMAN, "Dienstag, 28.\xa0April 2026"),
        (_ENGLISH, "Tuesday 28\xa0April 2026"),
    ):
        assert date in unescape(render_edition(_edition("ai", publication), templates).html)
