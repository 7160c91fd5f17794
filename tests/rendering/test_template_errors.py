from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from app.errors import RenderError
from app.rendering.edition import render_edition
from app.rendering.templates import EMAILS, Templates, load_templates
from tests.rendering.samples import edition, section

Change = Callable[[str, str, str], tuple[Path, int]]


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Change a copy of the templates; gives the copy's folder and the line of the change."""
    folder = tmp_path / "emails"
    copytree(EMAILS, folder)

    def at(file: str, old: str, new: str) -> tuple[Path, int]:
        before, found, after = (folder / file).read_text().partition(old)
        assert found
        (folder / file).write_text(before + new + after)
        return folder, before.count("\n") + 1

    return at


def _refusal(folder: Path) -> RenderError:
    with pytest.raises(RenderError) as error:
        render_edition(edition(section("ai"), section("security")), load_templates(folder))
    return error.value


@pytest.mark.parametrize(
    ("file", "old", "new", "detail"),
    [
        ("sections/ai.mjml.j2", "story.title", "story.titles", "story.titles is undefined"),
        ("sections/ai.mjml.j2", "story.title", "storry.title", "storry is undefined"),
        ("sections/default.mjml.j2", "section.count", "section.cnt", "section.cnt is undefined"),
        ("edition.mjml.j2", "edition.contents", "edition.content", "edition.content is undefined"),
        ("layout.mjml.j2", "publication.postal_address", "publication.post", "publication.post is"),
        ("parts/story.mjml.j2", "entry.definition", "entry.def", "entry.def is undefined"),
        ("sections/default.mjml.j2", "parts.label", "parts.labl", "labl is undefined"),
        ("parts/story.txt.j2", "story.summary", "story.summery", "story.summery is undefined"),
        ("parts/story.txt.j2", "entry.term", "entry.trm", "entry.trm is undefined"),
        ("sections/default.mjml.j2", "{{ section.count }}", "{{ section.count + 1 }}", "TypeError"),
        (
            "sections/default.mjml.j2",
            "{{ section.name | apart }}",
            "{{ section.name|safe }}",
            "'safe'",
        ),
        ("sections/default.mjml.j2", "{% if part", "{% iff part", "'iff'"),
        (
            "sections/default.mjml.j2",
            "parts/story",
            "parts/stor",
            "there is no template parts/stor",
        ),
        ("sections/default.mjml.j2", "<mj-text", "<mj-txet", "<mj-txet> is not a known MJML tag"),
        (
            "sections/default.mjml.j2",
            "<mj-text padding",
            "<mj-text paddings",
            "no attribute paddings",
        ),
        ("sections/default.mjml.j2", "<h3 ", "<storry></storry><h3 ", "<storry> is not a tag"),
        ("parts/story.mjml.j2", "</ul>", "</li></ul>", "mismatched tag"),
        ("layout.mjml.j2", 'color="{{ light.text }}"', 'color="#111"', "six hex digits"),
    ],
)
def test_error_names_file_line_and_field(
    change: Change, file: str, old: str, new: str, detail: str
) -> None:
    folder, line = change(file, old, new)
    error = _refusal(folder)
    assert (error.file, error.line) == (file, line)
    assert detail in error.detail
    assert str(folder) not in str(error)
    assert str(error).startswith(f"{file}:{line}: ")


def test_syntax_errors_are_found_on_loading(change: Change) -> None:
    folder, line = change("letters/confirmation.mjml.j2", "{% block content", "{% blocks content")
    with pytest.raises(RenderError) as error:
        load_templates(folder)
    assert (error.value.file, error.value.line) == ("letters/confirmation.mjml.j2", line)


def test_loading_is_refused_when_a_file_is_not_utf8(change: Change) -> None:
    folder, _ = change("edition.txt.j2", "devoured!", "devoured!")
    (folder / "edition.txt.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(RenderError, match=r"edition\.txt\.j2: the file is not UTF-8"):
        load_templates(folder)


def test_mistake_is_found_in_a_new_category_made_without_code(change: Change) -> None:
    folder, _ = change("sections/ai.mjml.j2", "story.number", "story.number")
    own = '{% extends "sections/default.mjml.j2" %}\n{% block band %}\n<mj-x/>\n{% endblock %}\n'
    (folder / "sections" / "general.mjml.j2").write_text(own)
    with pytest.raises(RenderError, match=r"sections/general\.mjml\.j2:3: <mj-x> cannot stand"):
        render_edition(edition(section("general")), load_templates(folder))


def test_section_names_are_what_a_category_may_ask_for(templates: Templates) -> None:
    assert templates.section_names() == ("ai", "default", "devops", "security")
