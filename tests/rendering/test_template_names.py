from pathlib import Path

import pytest

from app.errors import RenderError
from app.rendering.template_check import check_templates
from app.rendering.template_names import check_names
from app.rendering.templates import Templates, load_templates


def _own(tmp_path: Path, source: str, file: str = "sections/sports.mjml.j2") -> Templates:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text('{% extends "sections/default.mjml.j2" %}\n' + source)
    return load_templates(own=tmp_path)


def test_names_of_the_templates_that_come_with_it_are_all_there(templates: Templates) -> None:
    check_names(templates)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{% if story.number > 3 %}{{ story.headline }}{% endif %}", "story.headline"),
        ('{% if section.slug == "x" %}{{ section.title }}{% endif %}', "section.title"),
        ('{{ x if story.number < 9 else story["headline"] }}', "story.headline"),
        (
            "{% if x %}{% for s in section.stories | reverse %}{{ s.head }}{% endfor %}{% endif %}",
            "s.head",
        ),
        (
            "{% if x %}{% set s = edition.sections[0].stories | first %}{{ s.head }}{% endif %}",
            "s.head",
        ),
        ("{% if x %}{% for e in story.decoder %}{{ e.word }}{% endfor %}{% endif %}", "e.word"),
        (
            "{% if x %}{% with p = edition.publication %}{{ p.title }}{% endwith %}{% endif %}",
            "p.title",
        ),
        ("{% macro row(story) %}{{ story.headline }}{% endmacro %}", "story.headline"),
        ("{% if x %}{{ edition.sponsor.name }}{% endif %}", "sponsor.name"),
        ("{% if x %}{{ fields.address }}{% endif %}", "fields.address"),
        ("{% if x %}{{ story.headline.x | default(1) }}{% endif %}", "story.headline"),
    ],
)
def test_attribute_that_is_none_is_refused_in_a_branch_that_no_sample_takes(
    tmp_path: Path, source: str, said: str
) -> None:
    templates = _own(tmp_path, "{% block band %}\n" + source + "\n{% endblock %}")
    with pytest.raises(RenderError) as error:
        check_templates(templates)
    found = error.value
    assert (found.file, found.line) == ("sections/sports.mjml.j2", 3)
    assert found.detail == f"{said} is undefined"


@pytest.mark.parametrize(
    "source",
    [
        "{% for story in x %}{{ story.headline }}{% endfor %}",
        "{% set section = x %}{{ section.title }}",
        "{% set section %}x{% endset %}{{ section.title }}",
        "{% with story = x %}{{ story.headline }}{% endwith %}",
        "{% for a, story in x %}{{ story.headline }}{{ loop.index }}{% endfor %}",
        '{% import "parts/story.mjml.j2" as story %}{{ story.summary(1) }}{{ story.headline }}',
        "{% if story.headline is defined %}{% endif %}{{ story.headline | default(1) }}",
        "{% macro row(one) %}{{ one.headline }}{% endmacro %}",
        "{{ story.title.upper() }}{{ story.texts() }}{{ publication.is_spoken }}",
        "{{ section.stories[0].title }}{{ (section.stories | first).title }}",
    ],
)
def test_name_is_let_pass_when_it_is_something_else_or_asked_for(
    tmp_path: Path, source: str
) -> None:
    check_names(_own(tmp_path, source))


def test_letter_is_refused_when_it_names_what_only_another_kind_has(tmp_path: Path) -> None:
    source = "{% if x %}{{ letter.stories }}{% endif %}"
    with pytest.raises(RenderError, match=r"new_address\.mjml\.j2:2: letter\.stories is undefined"):
        check_names(_own(tmp_path, source, "letters/new_address.mjml.j2"))
    story = "{% for story in letter.stories %}{{ story.category }}{{ story.what }}{% endfor %}"
    with pytest.raises(RenderError, match=r"welcome\.mjml\.j2:2: story\.what is undefined"):
        check_names(_own(tmp_path / "other", story, "letters/welcome.mjml.j2"))


def test_mistake_is_found_when_only_a_publication_in_another_language_says_it(
    tmp_path: Path,
) -> None:
    only = "{% if not publication.is_spoken %}{{ nothing }}{% endif %}"
    templates = _own(tmp_path, "{% block band %}" + only + "{% endblock %}")
    with pytest.raises(RenderError, match="nothing is undefined"):
        check_templates(templates)
