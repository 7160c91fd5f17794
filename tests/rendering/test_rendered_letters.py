import re

import pytest

from app.enums import LetterKind
from app.errors import RenderError
from app.rendering.inputs import ChoiceFacts, ConfirmationFacts, LinkFacts
from app.rendering.letters import render_letter
from app.rendering.template_samples import letters
from app.rendering.templates import Templates
from tests.rendering.reading import links, shown
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
    assert len(found) == 5
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


def test_letter_is_refused_when_its_kind_has_no_template(templates: Templates) -> None:
    with pytest.raises(RenderError, match="there is no template letters/test"):
        render_letter(LetterKind.TEST, FACTS, templates)
