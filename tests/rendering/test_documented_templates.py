"""The worked example of `docs/templates.md` is tried as it stands there."""

import re
from pathlib import Path

from app.rendering.edition import render_edition
from app.rendering.template_check import check_templates
from app.rendering.templates import load_templates
from tests.rendering.reading import said
from tests.rendering.samples import edition, section

_PAGE = Path(__file__).parents[2] / "docs" / "templates.md"


def test_worked_example_makes_a_mail_of_its_own_look(tmp_path: Path) -> None:
    mjml, text = re.findall(r"```jinja\n(.*?)```", _PAGE.read_text(), re.DOTALL)
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "sports.mjml.j2").write_text(mjml)
    (tmp_path / "sections" / "sports.txt.j2").write_text(text)
    templates = load_templates(own=tmp_path)
    assert "sports" in [tried.name for tried in check_templates(templates)]
    mail = render_edition(edition(section(template="sports")), templates)
    assert ".sports .m{font-weight:bold}" in "".join(said(mail.html, "style"))
    assert "2 stories since yesterday" in mail.html
    assert "1. A quiet fix" in mail.text
