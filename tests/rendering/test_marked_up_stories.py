"""Markdown of a story in mails: in HTML, in the text part, and nowhere else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.enums import Depth
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts
from app.rendering.templates import Templates, our_templates
from app.story_fields import Term
from tests.rendering.reading import links, said, shown
from tests.rendering.samples import QUIET_FIX, edition, section

MARKED = replace(
    QUIET_FIX,
    summary="A *quiet* fix, [said here](https://example.org/said).",
    what="It is `SameSite=Lax` by now: [the change](https://example.org/change?a=1&b=2).",
    why_it_matters="**Anybody** could.",
    takeaway="[Write us](mailto:desk@example.org).",
    deep_dive=("Run `fix --all`.", "See [the change](https://example.org/change?a=1&b=2)."),
    decoder=(Term("A *term*", "is *plain*, what it means is not"),),
    reads_markdown=True,
)


def _facts(depth: Depth = Depth.DEEP, changes: Mapping[str, Any] | None = None) -> EditionFacts:
    return edition(section("general", replace(MARKED, **changes or {})), depth=depth)


def test_marks_are_elements_in_html(templates: Templates) -> None:
    html = render_edition(_facts(), templates).html
    assert {"quiet", "plain"} <= set(said(html, "em"))
    assert "Anybody" in said(html, "strong")
    assert said(html, "code") == ["SameSite=Lax", "fix --all"]
    assert {
        "https://example.org/said",
        "https://example.org/change?a=1&b=2",
        "mailto:desk@example.org",
    } <= set(links(html))
    assert "A *term*" in shown(html)


def test_text_part_keeps_the_marks_and_lists_the_links(templates: Templates) -> None:
    text = render_edition(_facts(), templates).text
    assert "A *quiet* fix, said here [2]." in text
    assert "What: It is `SameSite=Lax` by now: the change [3]." in text
    assert "Takeaway: Write us [4]." in text
    assert "  * See the change [3]." in text
    assert "\n[2] https://example.org/said\n" in text
    assert "\n[3] https://example.org/change?a=1&b=2\n" in text
    assert "\n[4] mailto:desk@example.org\n" in text


@pytest.mark.parametrize("depth", list(Depth))
def test_text_part_lists_no_link_that_the_depth_leaves_out(
    templates: Templates, depth: Depth
) -> None:
    mail = render_edition(_facts(depth), templates)
    for address in ("https://example.org/said", "https://example.org/change?a=1&b=2"):
        assert (address in mail.text) is (address in links(mail.html))


def test_subject_and_preheader_show_words_alone(templates: Templates) -> None:
    mail = render_edition(_facts(), templates)
    assert "A quiet fix, said here." in mail.html.partition("</div>")[0]


_NO_SIGNS = {ord(sign): "" for sign in "*`[\\"}
_TEXTS = st.fixed_dictionaries(
    {
        name: st.text("*`[]()\\_<&{} a1強.\nhttps://x", max_size=60)
        for name in ("summary", "what", "why_it_matters", "takeaway")
    }
)


@given(_TEXTS)
def test_every_sign_of_a_story_of_before_is_shown(texts: dict[str, str]) -> None:
    before = render_edition(_plain(texts), our_templates())
    for text in texts.values():
        assert " ".join(text.replace("{", "").split()) in " ".join(
            shown(before.html).replace("{", "").split()
        )


@given(_TEXTS)
def test_story_without_signs_is_rendered_the_same_with_markdown_and_without(
    texts: dict[str, str],
) -> None:
    signless = {name: text.translate(_NO_SIGNS) for name, text in texts.items()}
    bare: dict[str, Any] = {"deep_dive": (), "decoder": (), **signless}
    assert render_edition(_facts(changes=bare), our_templates()) == render_edition(
        _plain(bare), our_templates()
    )


def _plain(texts: Mapping[str, Any]) -> EditionFacts:
    return _facts(changes={**texts, "reads_markdown": False})
