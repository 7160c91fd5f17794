import re
from dataclasses import replace
from typing import Final

import pytest

from app.enums import LetterKind
from app.errors import RenderError
from app.rendering.inputs import (
    ChoiceFacts,
    ConfirmationFacts,
    LinkFacts,
    RenderedMail,
)
from app.rendering.letter_facts import LetterFacts
from app.rendering.letters import render_letter
from app.rendering.template_samples import letters
from app.rendering.templates import Templates
from tests.rendering.reading import links, parsed, shown
from tests.rendering.samples import PUBLICATION

CONFIRM = "https://devoured.example/confirm/eyJ-_.abc"
CHOICE = ChoiceFacts("AI & Robots, headlines and summaries", "every day at 07:00 (Europe/Dublin)")
FACTS = ConfirmationFacts(PUBLICATION, CONFIRM, CHOICE)


def test_confirmation_is_complete_and_personal_to_nobody(templates: Templates) -> None:
    mail = render_letter(LetterKind.CONFIRMATION, FACTS, templates)
    assert mail.subject == "Please confirm that you want Devoured"
    assert links(mail.html) == [CONFIRM]
    assert f"\n{CONFIRM}\n" in mail.text
    assert "{{" not in mail.subject + mail.html + mail.text
    for part in (shown(mail.html), " ".join(mail.text.split())):
        assert "1 Harbour Street" in part
        assert "If it was not you, do nothing" in part
        assert f"{CHOICE.what} {CHOICE.when}" in part


def test_confirmation_says_no_choice_when_there_is_none(templates: Templates) -> None:
    mail = render_letter(
        LetterKind.CONFIRMATION, ConfirmationFacts(PUBLICATION, CONFIRM), templates
    )
    for part in (shown(mail.html), " ".join(mail.text.split())):
        assert "sent to this address." in part


def test_every_letter_has_one_button_that_looks_alike(templates: Templates) -> None:
    found = {}
    for kind, facts in letters():
        mail = render_letter(kind, facts, templates)
        buttons = re.findall(r'<td[^>]* class="[^"]*\bgo\b[^"]*".*?</a>', mail.html, re.DOTALL)
        assert len(buttons) <= 1
        if buttons:
            found[kind] = re.findall(r'<a [^>]*style="([^"]*)"', buttons[0])
    assert len(found) == 6
    assert len({str(styles) for styles in found.values()}) == 1


@pytest.mark.parametrize("kind", [LetterKind.PREFERENCES_LINK, LetterKind.NEW_ADDRESS])
def test_letter_that_was_asked_for_holds_its_link_and_nothing_typed(
    templates: Templates, kind: LetterKind
) -> None:
    url = "https://devoured.example/preferences/eyJ-_.abc"
    mail = render_letter(kind, LinkFacts(PUBLICATION, url), templates)
    assert "Devoured" in mail.subject
    assert links(mail.html) == [url]
    assert f"\n{url}\n" in mail.text
    for part in (shown(mail.html), " ".join(mail.text.split())):
        assert "If it was not you, do nothing" in part
        assert "@" not in part


_SENTENCE: Final = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
_WRITTEN: Final = ("One sentence.", "A title & more", "A tagline", "1 Street, Town")


@pytest.mark.parametrize(
    ("kind", "facts"),
    [(kind, facts) for kind, facts in letters() if facts.language == "de"],
    ids=lambda value: str(value) if isinstance(value, LetterKind) else "",
)
def test_letter_is_wholly_german_to_who_reads_german(
    templates: Templates, kind: LetterKind, facts: LetterFacts
) -> None:
    german = render_letter(kind, facts, templates)
    english = render_letter(kind, replace(facts, language="en"), templates)
    assert parsed(german.html).get("lang") == "de"
    assert german.subject != english.subject
    assert links(german.html) == links(english.html)
    for ours, theirs in ((german.text, english.text), (_texts(german), _texts(english))):
        same = set(ours.splitlines()) & set(theirs.splitlines())
        written = {*_WRITTEN, *vars(getattr(facts, "choice", ChoiceFacts())).values()}
        assert {line.strip() for line in same if _SENTENCE.search(line)} <= written


def _texts(mail: RenderedMail) -> str:
    """Return the texts of the mail's body, each on a line of its own."""
    body = parsed(mail.html).find("body")
    assert body is not None
    # A comment is no text, but what comes behind it is; its tag is a function.
    own = [one.text for one in body.iter() if not callable(one.tag)]
    found = (" ".join((text or "").split()) for text in [*own, *(one.tail for one in body.iter())])
    return "\n".join(filter(None, found))


def test_letter_is_refused_when_its_kind_has_no_template(templates: Templates) -> None:
    with pytest.raises(RenderError, match="there is no template letters/test"):
        render_letter(LetterKind.TEST, FACTS, templates)
