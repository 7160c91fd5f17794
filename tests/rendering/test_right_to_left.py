"""Stories in Arabic, Hebrew, Persian and Urdu lie right to left in the mail, whoever sends it."""

from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest

from app.enums import LetterKind
from app.rendering.edition import render_edition
from app.rendering.inputs import StoryFacts
from app.rendering.letter_facts import LetterFacts
from app.rendering.letters import render_letter
from app.rendering.template_samples import letters
from app.rendering.templates import Templates
from app.story_fields import Term
from tests.rendering.goldens import SECTIONS
from tests.rendering.reading import parsed
from tests.rendering.samples import PUBLICATION, QUIET_FIX, SPONSOR, edition, section

ARABIC = replace(
    QUIET_FIX,
    title="أداة جديدة من GitHub",
    summary="ملخص من جملة واحدة.",
    what="ماذا حدث في جملة.",
    why_it_matters="لماذا يهم.",
    takeaway="خلاصة.",
    deep_dive=("نقطة أولى",),
    decoder=(Term("مصطلح", "معناه"),),
)


_HEBREW = tuple("אבגדהוזחטיכלמנסעפצקרשת")


def _html(templates: Templates, slug: str, language: str, *stories: StoryFacts) -> Element:
    one = replace(section(slug), stories=stories)
    facts = edition(one, publication=replace(PUBLICATION, language=language), sponsor=SPONSOR)
    return parsed(render_edition(facts, templates).html)


def _parents(root: Element) -> dict[Element, Element]:
    return {child: parent for parent in root.iter() for child in parent}


def _lies(root: Element, words: str) -> tuple[str | None, str | None]:
    """Return the direction and alignment of what holds these words, from the nearest one."""
    parents = _parents(root)
    inside = [one for one in root.iter() if words in (one.text or "")]
    behind = [parents[one] for one in root.iter() if words in (one.tail or "")]
    element: Element | None = [*inside, *behind][-1]  # a title also stands in the head
    direction = alignment = None
    while element is not None:
        direction = direction or element.get("dir")
        style = dict(
            part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part
        )
        alignment = alignment or style.get("text-align")
        element = parents.get(element)
    return direction, alignment


@pytest.mark.parametrize("slug", SECTIONS)
@pytest.mark.parametrize("language", ["ar", "fa", "ur"])
def test_mail_of_such_a_publication_lies_right_to_left_and_so_does_the_document(
    templates: Templates, slug: str, language: str
) -> None:
    root = _html(templates, slug, language, ARABIC, QUIET_FIX)

    assert (root.get("lang"), root.get("dir")) == (language, "rtl")
    for words in (ARABIC.title, ARABIC.summary, ARABIC.what, "نقطة أولى", "معناه"):
        assert _lies(root, words) == ("rtl", "right"), words
    assert _lies(root, QUIET_FIX.summary) == ("ltr", "left")
    assert _lies(root, "You get this because")[0] == "ltr"


@pytest.mark.parametrize("slug", SECTIONS)
def test_mail_lies_right_to_left_wholly_where_we_speak_its_language(
    templates: Templates, slug: str
) -> None:
    root = _html(templates, slug, "he-IL", ARABIC, QUIET_FIX)

    assert (root.get("lang"), root.get("dir")) == ("he-IL", "rtl")
    for words in ("יום שלישי", "שתי כתבות", "הכול נטרף!", "ההודעה הזאת נשלחה"):
        assert _lies(root, words)[0] == "rtl", words
    assert _lies(root, ARABIC.title) == ("rtl", "right")
    assert _lies(root, QUIET_FIX.summary) == ("ltr", "left")
    assert "You get this" not in "".join(root.itertext())
    assert {one.get("lang") for one in root.iter() if one.get("lang")} == {"he-IL"}


@pytest.mark.parametrize(
    ("kind", "facts"),
    [(kind, facts) for kind, facts in letters() if facts.language == "he"],
    ids=lambda value: str(value) if isinstance(value, LetterKind) else "",
)
def test_letter_lies_right_to_left_to_who_reads_hebrew(
    templates: Templates, kind: LetterKind, facts: LetterFacts
) -> None:
    root = parsed(render_letter(kind, facts, templates).html)

    assert (root.get("lang"), root.get("dir")) == ("he", "rtl")
    ours = [text for one in root.iter("p") if (text := one.text or "").startswith(_HEBREW)]
    assert len(ours) > 1
    for text in ours:
        assert _lies(root, text) == ("rtl", "right"), text


@pytest.mark.parametrize("slug", SECTIONS)
def test_such_a_story_lies_right_to_left_among_english_ones(
    templates: Templates, slug: str
) -> None:
    root = _html(templates, slug, "en", QUIET_FIX, ARABIC)

    assert root.get("dir") == "ltr"
    for words in (ARABIC.title, ARABIC.what, "نقطة أولى", "معناه"):
        assert _lies(root, words) == ("rtl", "right"), words
    assert _lies(root, QUIET_FIX.summary) == ("ltr", "left")


def test_mail_without_such_stories_says_nothing_of_them(templates: Templates) -> None:
    mail = render_edition(edition(section("ai")), templates)
    assert "rtl" not in mail.html
    assert ".rt" not in mail.html
