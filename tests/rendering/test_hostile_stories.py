"""Whatever an author types comes out as the plain text it is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rendering.edition import render_edition
from app.rendering.images import ImageFacts
from app.rendering.inputs import EditionFacts, EndingFacts, PublicationFacts
from app.rendering.merge import MAILED, TO_READER, fields_for, fill, html_without_reader
from app.rendering.templates import Templates
from app.story_fields import Term
from app.transports.slots import Slots
from tests.rendering.reading import links, parsed, shown, tags, title_links
from tests.rendering.samples import BASE_URL, QUIET_FIX, edition, edition_of, section

TEXTS = ("title", "label", "summary", "what", "why_it_matters", "takeaway")
HOSTILE = (
    "<script>alert(1)</script>",
    "</mj-text></mj-column><mj-raw>",
    "<!--[if mso]><b>",
    "--> <!--/to--> <!--",
    "{{leave_url}} {{{address_h}}} {{#each x}}",
    "{% if x %}{{ fields.address_h }}{% endif %}{# x #}",
    "&lt;b&gt; &amp;nbsp; &#123;&#123;leave_url}}",
    "</style></title><img src=x onerror=alert(1)>",
    "\"' onclick='x' <a href=\"https://evil.example\">",
    "]]> <?xml version='1.0'?> <!DOCTYPE x>",
)
FIELDS = fields_for(
    "ada@example.org",
    "https://devoured.example/leave/x",
    "https://devoured.example/preferences/x",
)


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2060", "").split())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", TEXTS)
def test_markup_is_shown_as_typed_when_in_a_story(
    templates: Templates, field: str, text: str
) -> None:
    calm = render_edition(edition_of(**{field: "calm"}), templates)
    mail = render_edition(edition_of(**{field: text}), templates)
    assert tags(mail.html) == tags(calm.html)
    assert links(mail.html) == links(calm.html)
    assert _plain(text) in shown(fill(mail.html, FIELDS))
    assert _plain(text) in _plain(fill(mail.text, FIELDS))
    assert Slots.of(mail.html).keys == Slots.of(calm.html).keys
    assert Slots.of(mail.text).keys == Slots.of(calm.text).keys
    assert "{{" not in fill(mail.html, FIELDS) + fill(mail.text, FIELDS) + mail.subject


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_shown_as_typed_when_in_lists_and_names(templates: Templates, text: str) -> None:
    def facts(typed: str) -> str:
        story = replace(QUIET_FIX, deep_dive=(typed,), decoder=(Term(typed, typed),))
        publication = PublicationFacts(typed, typed, typed, "https://devoured.example")
        changed = edition(replace(section("ai", story), name=typed), publication=publication)
        mail = render_edition(replace(changed, subject=typed, preheader=typed), templates)
        assert "{{" not in mail.subject
        assert Slots.of(mail.html).keys.count("leave_url") == 1
        return fill(mail.html, FIELDS)

    assert tags(facts(text)) == tags(facts("calm"))
    assert shown(facts(text)).count(_plain(text)) >= 7


def _illustrated(text: str) -> EditionFacts:
    """Return an edition that says the text in attributes too: of an image, and of a link."""
    image = ImageFacts(f"{BASE_URL}/images/a.png", 100, 100)
    story = replace(QUIET_FIX, title=text, image="a.png", image_alt=text, stored_image=image)
    return edition(section("general", story), subject=text, ending=EndingFacts(7))


@pytest.mark.parametrize("mark", [*TO_READER, *MAILED])
def test_web_copy_leaves_out_nothing_for_a_mark_that_an_author_wrote(
    templates: Templates, mark: str
) -> None:
    def copy(text: str) -> str:
        mail = render_edition(_illustrated(text), templates)
        return html_without_reader(mail.html, BASE_URL, "en")

    assert tags(copy(mark)) == tags(copy("calm"))
    assert QUIET_FIX.summary in copy(mark)


def test_what_an_attribute_says_stays_in_it_where_words_lie_apart(templates: Templates) -> None:
    calm, hostile = (
        render_edition(_illustrated(text), templates).html
        for text in ("a b", 'a > "\u2068b\u2069" \'')
    )
    kept = [element.attrib.keys() for element in parsed(calm).iter() if element.tag in {"a", "img"}]
    assert kept == [
        element.attrib.keys() for element in parsed(hostile).iter() if element.tag in {"a", "img"}
    ]
    (image,) = parsed(hostile).iter("img")
    assert image.get("alt") == 'a > "\u2068b\u2069" \''


@given(st.text(max_size=60))
def test_any_text_is_rendered_when_in_every_field(templates: Templates, text: str) -> None:
    changes = dict.fromkeys(TEXTS, text) | {"deep_dive": (text,), "decoder": (Term(text, text),)}
    mail = render_edition(edition_of(**changes), templates)
    assert Slots.of(mail.html).keys == ("address_h", *["preferences_url"] * 3, "leave_url")
    assert Slots.of(mail.text).keys == ("address_t", *["preferences_url"] * 3, "leave_url")
    assert "\n" not in mail.subject
    (mail.html + mail.text + mail.subject).encode()


@given(st.text(max_size=40))
def test_any_address_is_safe_in_a_link(templates: Templates, tail: str) -> None:
    mail = render_edition(edition_of(url=f"https://example.org/{tail}"), templates)
    calm = render_edition(edition_of(url="https://example.org/"), templates)
    assert tags(mail.html) == tags(calm.html)
    (address,) = title_links(mail.html)
    assert address.startswith("https://example.org/")
    assert address in mail.text.split()
