from pathlib import Path

import pytest

from app.container import build
from app.errors import ConfigError, RenderError
from app.rendering.edition import render_edition
from app.rendering.template_check import STORY_BYTES, check_templates
from app.rendering.templates import Templates, load_templates
from app.settings import Settings
from tests.rendering.samples import edition, section

_EXTENDS = '{% extends "sections/default.mjml.j2" %}\n'


def _own(tmp_path: Path, body: str, name: str = "sports") -> Path:
    (tmp_path / "sections").mkdir(exist_ok=True)
    (tmp_path / "sections" / f"{name}.mjml.j2").write_text(_EXTENDS + body)
    return tmp_path


def test_templates_that_come_with_it_all_pass(templates: Templates) -> None:
    tried = check_templates(templates)
    assert [one.name for one in tried] == list(templates.section_names())
    assert all(one.story_bytes < 500 for one in tried), "as docs/templates.md says of ours"


def test_own_template_stands_beside_ours_and_is_used_when_a_category_names_it(
    tmp_path: Path,
) -> None:
    folder = _own(tmp_path, "{% block look %} sports{% endblock %}\n")
    templates = load_templates(own=folder)
    assert templates.section_names() == ("ai", "default", "devops", "security", "sports")
    mail = render_edition(edition(section(template="sports")), templates)
    assert " sports" in mail.html


def test_own_template_takes_the_place_of_ours_when_it_has_its_name(tmp_path: Path) -> None:
    folder = _own(tmp_path, "{% block look %} mine{% endblock %}\n", name="ai")
    mail = render_edition(edition(section("ai")), load_templates(own=folder))
    assert " mine" in mail.html


@pytest.mark.parametrize(
    ("body", "line", "detail"),
    [
        ("{% block title scoped %}{{ story.headline }}{% endblock %}", 2, "story.headline is"),
        ("\n{% block band %}<mj-txet/>{% endblock %}", 3, "<mj-txet> cannot stand in"),
        # Only a story that has no takeaway shows this one.
        ("{% block title scoped %}{{ story.takeaway or story.x }}{% endblock %}", 2, "story.x is"),
    ],
)
def test_mistake_is_told_with_file_and_line(
    tmp_path: Path, body: str, line: int, detail: str
) -> None:
    with pytest.raises(RenderError) as error:
        check_templates(load_templates(own=_own(tmp_path, body)))
    assert (error.value.file, error.value.line) == ("sections/sports.mjml.j2", line)
    assert detail in error.value.detail


def test_template_is_refused_when_it_makes_every_story_fat(tmp_path: Path) -> None:
    fat = '<p title="' + "x" * STORY_BYTES + '">x</p>'
    folder = _own(tmp_path, "{% block title scoped %}" + fat + "{% endblock %}")
    with pytest.raises(RenderError, match="bytes for each story"):
        check_templates(load_templates(own=folder))


def test_process_does_not_start_when_an_own_template_is_wrong(
    tmp_path: Path, settings: Settings
) -> None:
    folder = _own(tmp_path, "{% block band %}{{ nothing }}{% endblock %}")
    with pytest.raises(ConfigError, match=r"DEVOURED_TEMPLATES: .*sports\.mjml\.j2:2"):
        build(settings.model_copy(update={"templates": str(folder)}))
