import pytest

from app.enums import LetterKind
from app.errors import RenderError
from app.rendering.inputs import ConfirmationFacts, LinkFacts
from app.rendering.letters import render_letter
from app.rendering.templates import Templates
from tests.rendering.reading import links, shown
from tests.rendering.samples import PUBLICATION

CONFIRM = "https://devoured.example/confirm/eyJ-_.abc"
FACTS = ConfirmationFacts(PUBLICATION, CONFIRM)


def test_confirmation_is_complete_and_personal_to_nobody(templates: Templates) -> None:
    mail = render_letter(LetterKind.CONFIRMATION, FACTS, templates)
    assert mail.subject == "Please confirm that you want Devoured"
    assert links(mail.html) == [CONFIRM]
    assert f"\n{CONFIRM}\n" in mail.text
    assert "{{" not in mail.subject + mail.html + mail.text
    for part in (shown(mail.html), " ".join(mail.text.split())):
        assert "1 Harbour Street" in part
        assert "If it was not you, do nothing" in part


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
