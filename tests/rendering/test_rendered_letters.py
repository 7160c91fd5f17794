import pytest

from app.errors import RenderError
from app.rendering.inputs import ConfirmationFacts
from app.rendering.letters import render_letter
from app.rendering.templates import Templates
from app.words import LetterKind
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


def test_letter_is_refused_when_its_kind_has_no_template(templates: Templates) -> None:
    with pytest.raises(RenderError, match="there is no template letters/test"):
        render_letter(LetterKind.TEST, FACTS, templates)
