"""The text part keeps to its columns, however long the names are."""

from dataclasses import replace
from typing import Final

from app.rendering.edition import render_edition
from app.rendering.letters import render_letter
from app.rendering.template_samples import letters
from app.rendering.templates import Templates
from tests.rendering.samples import PUBLICATION, SPONSOR, edition, section

_LONG: Final = "A name that goes on and on " * 4
_LONG_NAMED = replace(PUBLICATION, name=_LONG, tagline=_LONG, postal_address=f"{_LONG}\n{_LONG}")


def test_text_keeps_to_its_columns_when_names_are_long(templates: Templates) -> None:
    sections = [replace(section(slug), name=_LONG) for slug in ("ai", "security")]
    facts = edition(*sections, publication=_LONG_NAMED, sponsor=SPONSOR)
    _assert_columns(render_edition(facts, templates).text)


def test_text_of_letters_keeps_to_its_columns_when_names_are_long(templates: Templates) -> None:
    for kind, facts in letters():
        mail = render_letter(kind, replace(facts, publication=_LONG_NAMED), templates)
        _assert_columns(mail.text)


def _assert_columns(text: str) -> None:
    assert "A NAME THAT" in text
    assert text.count("A name that") >= 3
    prose = [line for line in text.splitlines() if "://" not in line]
    assert max(map(len, prose)) <= 72
