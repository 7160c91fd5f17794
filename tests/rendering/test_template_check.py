from dataclasses import replace
from pathlib import Path

import pytest

from app.container import build
from app.errors import ConfigError, RenderError
from app.rendering.edition import render_edition
from app.rendering.template_check import STORY_BYTES, check_templates
from app.rendering.templates import EMAILS, Templates, load_templates
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
    assert all(one.story_bytes < 1_050 for one in tried), "as docs/templates.md says of ours"


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


def test_text_is_escaped_in_whatever_file_of_theirs_writes_it(tmp_path: Path) -> None:
    folder = _own(tmp_path, '{% block band %}{% include "parts/mine.j2" %}{% endblock %}\n')
    (folder / "parts").mkdir()
    (folder / "parts" / "mine.j2").write_text('<p class="m">{{ section.name }}</p>\n')
    asked = edition(replace(section(template="sports"), name="<b>R&D</b>"))
    html = render_edition(asked, load_templates(own=folder)).html
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in html
    assert "<b>R&D</b>" not in html


@pytest.mark.parametrize(
    ("body", "line", "detail"),
    [
        (
            "{% block band %}\n{% autoescape false %}{% endautoescape %}{% endblock %}",
            3,
            "there is no tag autoescape",
        ),
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
    with pytest.raises(RenderError, match="bytes for each story") as error:
        check_templates(load_templates(own=folder))
    assert (error.value.file, error.value.line) == ("sections/sports.mjml.j2", 2)


def test_process_does_not_start_when_an_own_template_is_wrong(
    tmp_path: Path, settings: Settings
) -> None:
    folder = _own(tmp_path, "{% block band %}{{ nothing }}{% endblock %}")
    with pytest.raises(ConfigError, match=r"DEVOURED_TEMPLATES: .*sports\.mjml\.j2:2"):
        build(settings.model_copy(update={"templates": str(folder)}))


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("{% block band %}\n<h2>" + "x " * 55_000 + "</h2>{% endblock %}", 3),
        ("\n\n{% block style %}/*" + "x" * 20_000 + "*/{% endblock %}", 4),
        ("{% block style %}.{{ section.css }}{/*" + "x" * 20_000 + "*/}{% endblock %}", 2),
    ],
)
def test_template_is_refused_when_a_mail_of_one_story_is_too_large(
    tmp_path: Path, block: str, line: int
) -> None:
    with pytest.raises(RenderError, match="a mail of one story takes") as error:
        check_templates(load_templates(own=_own(tmp_path, block)))
    assert (error.value.file, error.value.line) == ("sections/sports.mjml.j2", line)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("edition.mjml.j2", "edition.note }}", "edition.notes }}"),
        ("edition.mjml.j2", "{% if clipped %}", "{% if clipped %}{{ edition.x }}"),
        ("edition.mjml.j2", "{% if edition.shortened %}", "{% if edition.shortened %}{{ x }}"),
        ("edition.txt.j2", "{% if edition.shortened %}", "{% if edition.shortened %}{{ x }}"),
        ("edition.txt.j2", "edition.note |", "edition.nota |"),
        ("parts/sponsor.mjml.j2", "sponsor.label }}", "sponsor.name }}"),
        ("parts/story.mjml.j2", "more=section.more", "more=section.rest"),
        ("sections/default.txt.j2", "more=section.more", "more=section.rest"),
        ("letters/welcome.mjml.j2", "story.category }}", "story.section }}"),
        ("letters/welcome.txt.j2", "letter.issue_url", "letter.issue"),
        ("letters/new_address.mjml.j2", "letter.url", "letter.link"),
        ("letters/preferences_link.txt.j2", "letter.url", "letter.link"),
        ("letters/confirmation.subject.txt.j2", "publication.name", "publication.title"),
    ],
)
def test_mistake_is_found_in_whatever_branch_it_is(
    tmp_path: Path, file: str, old: str, new: str
) -> None:
    source = (EMAILS / file).read_text()
    assert old in source
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(source.replace(old, new))
    with pytest.raises(RenderError, match="is undefined") as error:
        check_templates(load_templates(own=tmp_path))
    line = source[: source.index(old)].count("\n") + 1
    assert (error.value.file, error.value.line) == (file, line)


def test_template_is_refused_when_its_text_part_lacks_a_link_of_the_html(tmp_path: Path) -> None:
    link = '<p class="m"><a href="#end">x</a></p>\n<p class="m"><a href="https://own.example/?a=1&amp;b=2">More</a></p>\n'
    folder = _own(tmp_path, "{% block band %}\n" + link + "{% endblock %}\n")
    lacks = r"lacks the link to https://own\.example/\?a=1&b=2$"
    with pytest.raises(RenderError, match=lacks) as error:
        check_templates(load_templates(own=folder))
    assert (error.value.file, error.value.line) == ("sections/sports.mjml.j2", 4)
    text = '{% extends "sections/default.txt.j2" %}\n{% block title scoped %}{{ super() }}'
    text += '{{ links.ref("https://own.example/?a=1&b=2") }}{% endblock %}'
    (folder / "sections" / "sports.txt.j2").write_text(text)
    assert "sports" in [tried.name for tried in check_templates(load_templates(own=folder))]


def test_letter_is_refused_when_its_text_part_lacks_a_link_of_the_html(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    source = (EMAILS / "letters/welcome.txt.j2").read_text()
    (tmp_path / "letters/welcome.txt.j2").write_text(source.replace("{{ letter.leave_url }}", ""))
    lacks = r"letters/welcome\.txt\.j2: the text part lacks the link"
    with pytest.raises(RenderError, match=lacks):
        check_templates(load_templates(own=tmp_path))


_TITLE = "{% block title scoped %}\n\n"
_DARK = "{% block style %}\n@media (prefers-color-scheme:dark){"
_OWN = "{% endblock %}{% block look %} own{% endblock %}"


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        # A pale text on the accent is read by day; at night the accent is pale, too.
        (
            _DARK + ".own h2{background:{{ section.accent_dark }} !important}}" + _OWN,
            2,
            "on #8AB8F0 has a contrast of 1.7 to 1 in dark; text needs 4.5",
        ),
        (
            _TITLE
            + '<p style="color:#FFFFFF;background:#8F6CFF">{{ story.title }}</p>{% endblock %}',
            4,
            "in #FFFFFF on #8F6CFF has a contrast of 3.6 to 1 in light; text needs 4.5",
        ),
        (
            _DARK + "\n.own p{color:#555555 !important}}" + _OWN,
            4,
            "in #555555 on #1F1E1B has a contrast of 2.2 to 1 in dark",
        ),
        (
            "{% block style %}\n.own p{color:white}" + _OWN,
            3,
            "is painted with white, whose contrast nobody can measure",
        ),
    ],
)
def test_template_is_refused_when_a_text_of_it_cannot_be_read(
    tmp_path: Path, body: str, line: int, said: str
) -> None:
    with pytest.raises(RenderError) as error:
        check_templates(load_templates(own=_own(tmp_path, body)))
    assert said in error.value.detail
    assert (error.value.file, error.value.line) == ("sections/sports.mjml.j2", line)


@pytest.mark.parametrize(
    ("body", "line", "detail"),
    [
        # What is wrong shows in ours, which this one calls or stands in.
        ("{% block parts scoped %}\n{{ parts.summary(storry) }}{% endblock %}", 3, "is undefined"),
        ("{% block band %}\n<h2><b>{{ section.name }}\n{% endblock %}", 3, "mismatched tag"),
        ("{% block parts scoped %}\n{{ parts.run_in(1) }}{% endblock %}", 3, "not provided"),
    ],
)
def test_mistake_of_an_own_template_that_shows_in_ours_names_its_file(
    tmp_path: Path, body: str, line: int, detail: str
) -> None:
    with pytest.raises(RenderError, match=detail) as error:
        check_templates(load_templates(own=_own(tmp_path, body)))
    assert (error.value.file, error.value.line) == ("sections/sports.mjml.j2", line)


def test_link_that_an_own_text_part_leaves_out_names_that(tmp_path: Path) -> None:
    folder = _own(tmp_path, "{% block look %} own{% endblock %}\n")
    (folder / "sections" / "sports.txt.j2").write_text("{{ section.name }}\n")
    with pytest.raises(RenderError, match="the text part lacks the link") as error:
        check_templates(load_templates(own=folder))
    assert error.value.file == "sections/sports.txt.j2"
