"""The look in mails and letters: all of it comes from the publication, and none from a template."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.colours import TEXT, contrast
from app.directions import Direction
from app.enums import LetterKind
from app.look import OURS, Dark, Density, Font, Light, Look
from app.rendering.edition import render_edition
from app.rendering.inputs import PublicationFacts, RenderedMail
from app.rendering.letters import render_letter
from app.rendering.painted import dark, light, outlook_dark
from app.rendering.template_samples import WHOLE, editions, letters
from app.rendering.templates import EMAILS, Templates
from tests.rendering.reading import parsed

LOGO = "https://media.digest.dev/logo.png"
OWN = Look(
    title_font=Font.SLAB,
    title_families="Source Serif 4",
    text_font=Font.VERDANA,
    light=Light(
        page="#E8EEF7",
        card="#FBFCFE",
        text="#10203A",
        muted="#4A5870",
        rule="#CBD6E6",
        accent="#14539A",
        on_accent="#FEFEFE",
    ),
    dark=Dark(
        page="#0B1220",
        card="#131C2E",
        text="#E6EDF8",
        muted="#A9B6CC",
        rule="#2A3852",
        accent="#7FB2F0",
        on_accent="#0C1321",
    ),
    logo=LOGO,
    logo_dark="https://media.digest.dev/logo-dark.png",
    logo_width=180,
    logo_height=44,
    radius=2,
    width=600,
    density=Density.AIRY,
)


def _with_look(look: Look, templates: Templates) -> Iterator[tuple[str, RenderedMail]]:
    """Yield an edition in depth for every section template, with a sponsor, and every letter."""
    for name in templates.section_names():
        facts = next(one for one in editions(name) if one.sponsor)
        theirs = replace(facts.publication, look=look)
        yield name, render_edition(replace(facts, publication=theirs), templates)
    for kind, letter in letters():
        if letter.language == "en" and letter.publication.language == "en":
            changed: Any = replace(letter, publication=replace(letter.publication, look=look))
            yield kind.value, render_letter(LetterKind(kind), changed, templates)


def test_no_template_says_a_colour_or_a_font_itself() -> None:
    own_font = "ui-monospace"  # that of the category DevOps
    for path in sorted(EMAILS.rglob("*.mjml.j2")):
        source = path.read_text()
        assert re.findall(r"#[0-9A-Fa-f]{6}", source) == [], path.name
        families = re.findall(r"font-family[:=]\W*([\w-]+)", source)
        said = {"sans", "look", own_font}
        assert {one for one in families if one not in said} == set(), path.name


def test_every_mail_and_letter_has_the_look_of_the_publication(templates: Templates) -> None:
    ours = {*dict(OURS.light).values(), *dict(OURS.dark).values()} - {"#FFFFFF"}
    for name, mail in _with_look(OWN, templates):
        found = {one.upper() for one in re.findall(r"#[0-9A-Fa-f]{6}\b", mail.html)}
        assert found & ours == set(), name
        scheme = {*dict(OWN.light).values()} - {OWN.light.accent, OWN.light.on_accent}
        assert scheme - {OWN.light.rule} <= found, name
        assert "Iowan" not in mail.html, name
        assert "Segoe UI" not in mail.html, name
        assert "Roboto,Arial" not in mail.html, name
        assert "'Source Serif 4',Rockwell,Roboto Slab,Georgia,serif" in mail.html, name
        assert "max-width:600px" in mail.html, name


@pytest.mark.parametrize("paint", [light, dark, outlook_dark])
def test_every_text_can_be_read_in_a_look_that_was_taken(templates: Templates, paint: Any) -> None:
    for name, mail in _with_look(OWN, templates):
        texts = paint(mail.html)
        assert len(texts) >= 5
        assert [one for one in texts if contrast(one.colour, one.ground) < TEXT] == [], name


def test_letters_and_issues_have_one_masthead_with_the_logo(templates: Templates) -> None:
    for name, mail in _with_look(OWN, templates):
        (heading,) = parsed(mail.html).iter("h1")
        shown, hidden = heading.iter("img")
        assert shown.get("src") == LOGO, name
        assert (shown.get("width"), shown.get("height")) == ("180", "44")
        assert shown.get("alt") == hidden.get("alt") == "Sample"
        assert "display:none" in str(hidden.get("style")), name
        for prefix in ("", "[data-ogsc] "):
            assert re.search(rf"{re.escape(prefix)}\.wd\{{display:\s*block\s*!important", mail.html)
    for name, mail in _with_look(replace_logo(OWN), templates):
        (heading,) = parsed(mail.html).iter("h1")
        assert len(list(heading.iter("img"))) == 1, name


def replace_logo(look: Look) -> Look:
    return look.model_copy(update={"logo_dark": ""})


def test_button_is_round_and_coloured_as_the_look_says(templates: Templates) -> None:
    mail = dict(_with_look(OWN, templates))["confirmation"]
    assert "border-radius:2px" in mail.html
    assert f'bgcolor="{OWN.light.accent}"' in mail.html


def test_air_is_between_stories(templates: Templates) -> None:
    compact = dict(_with_look(Look(density=Density.COMPACT), templates))["default"]
    assert "padding:10px 0 13px" in compact.html
    assert "padding:19px 0 24px" in dict(_with_look(OWN, templates))["default"].html
    assert WHOLE.title[:3] in compact.text


def test_facts_of_a_publication_have_our_look_unless_it_has_one() -> None:
    facts = PublicationFacts("A", "", "", "https://digest.example")
    assert facts.look == OURS
    assert facts.direction is Direction.LTR
