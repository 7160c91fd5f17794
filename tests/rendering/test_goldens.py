from app.rendering.templates import Templates
from tests.rendering import goldens


def test_every_template_makes_its_golden_mail(templates: Templates) -> None:
    for name, mail in goldens.mails(templates):
        for ending, content in goldens.files(mail).items():
            golden = goldens.FOLDER / f"{name}.{ending}"
            assert content == golden.read_text(encoding="utf-8"), golden


def test_every_section_template_has_a_golden_mail(templates: Templates) -> None:
    assert sorted(goldens.SECTIONS.values()) == sorted(templates.section_names())
