import re

from app.rendering.templates import Templates
from tests.rendering import goldens


def test_golden_mails_are_made_byte_for_byte(templates: Templates) -> None:
    for name, mail in goldens.golden(templates):
        for ending, content in goldens.files(mail).items():
            golden = goldens.FOLDER / f"{name}.{ending}"
            assert content == golden.read_text(encoding="utf-8"), golden


def test_every_section_template_has_a_mail(templates: Templates) -> None:
    assert sorted(goldens.SECTIONS.values()) == sorted(templates.section_names())


def test_every_letter_has_a_mail(templates: Templates) -> None:
    found = (re.fullmatch(r"letters/(\w+)\.mjml\.j2", name) for name in templates.names)
    letters = {one[1] for one in found if one}
    assert len(letters) >= 4
    assert letters <= {name for name, _ in goldens.mails(templates)}


def test_every_golden_file_is_of_a_mail(templates: Templates) -> None:
    names = {f"{name}.{end}" for name, _ in goldens.golden(templates) for end in ("html", "txt")}
    assert {path.name for path in goldens.FOLDER.iterdir()} == names


def test_mails_take_every_branch_of_the_edition(templates: Templates) -> None:
    said = "".join(mail.html for _, mail in goldens.mails(templates))
    for sentence in (
        "Today was too long for one mail",
        "This is a long one, and some mail programs will cut it off",
        "1 more story in the browser",
        "A correction to our issue of",
        "Sponsor · Example Hosting",
    ):
        assert sentence in said
