"""The worked example of `docs/templates.md` is tried as it stands there."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from app.look import Look
from app.look_contrast import measured
from app.rendering.edition import render_edition
from app.rendering.story_views import StoryView
from app.rendering.template_check import check_templates
from app.rendering.template_contrast import check_contrast
from app.rendering.templates import EMAILS, load_templates
from app.rendering.views import SectionView
from tests.rendering.reading import said
from tests.rendering.samples import edition, section

_PAGE = Path(__file__).parents[2] / "docs" / "templates.md"


@pytest.mark.parametrize("ending", ["mjml", "txt"])
def test_macros_that_are_told_of_are_those_there_are(ending: str) -> None:
    name = f"parts/story.{ending}.j2"
    told = _PAGE.read_text().partition(f"`emails/{name}`")[2].partition(". ")[0]
    told = told.partition("\n\n")[0].partition("`emails/")[0]
    written = re.findall(r"{% macro (\w+\([^)]*\)) %}", (EMAILS / name).read_text())
    assert re.findall(r"`(\w+\([^)]*\))`", told) == written


def test_fields_that_are_told_of_are_those_there_are() -> None:
    table = _PAGE.read_text().partition("## What a section knows")[2]
    told: set[str] = set()
    for names in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE):
        owner = ""
        for name in re.findall(r"`([\w.]+)`", names):
            owner = name.partition(".")[0] or owner
            told.add(f"{owner}.{name.partition('.')[2]}")
    fields = {f"section.{field.name}" for field in dataclasses.fields(SectionView)}
    fields |= {f"story.{field.name}" for field in dataclasses.fields(StoryView)}
    assert {one for one in told if one.startswith(("section.", "story."))} == fields


def test_worked_example_makes_a_mail_of_its_own_look(tmp_path: Path) -> None:
    mjml, text = re.findall(r"```jinja\n(.*?)```", _PAGE.read_text(), re.DOTALL)
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "sports.mjml.j2").write_text(mjml)
    (tmp_path / "sections" / "sports.txt.j2").write_text(text)
    templates = load_templates(own=tmp_path)
    assert "sports" in [tried.name for tried in check_templates(templates)]
    mail = render_edition(edition(section(template="sports")), templates)
    assert ".sports .m{font-weight:bold !important}" in "".join(said(mail.html, "style"))
    assert "2 stories since yesterday" in mail.html
    assert "1. A quiet fix" in mail.text


def test_worked_looks_are_taken_and_the_template_can_be_read_in_its_look(tmp_path: Path) -> None:
    told = _PAGE.read_text().partition("## Two worked looks")[2]
    found = re.findall(r"```json\n(.*?)```", told, re.DOTALL)
    plain, pressed = (Look.model_validate(json.loads(one)) for one in found)
    for one in (plain, pressed):
        assert [pair for pair in measured(one) if not pair.is_enough] == []
    (template,) = re.findall(r"```mjml\n(.*?)```", told, re.DOTALL)
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections" / "press.mjml.j2").write_text(template)
    templates = load_templates(own=tmp_path)
    assert "press" in [tried.name for tried in check_templates(templates)]
    check_contrast("press", templates, pressed)
