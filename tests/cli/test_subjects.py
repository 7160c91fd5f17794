from pathlib import Path

from tests.cli.conftest import Devoured
from tests.cli.samples import DIGEST


def test_subjects_of_an_issue_follow_the_template(cli: Devoured, tmp_path: Path) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    cli("load", str(digest))
    ran = cli("subject-template", "--subject", "{publication}: {first}")
    assert (ran.code, ran.out) == (
        0,
        "Subject    {publication}: {first}\nPreheader  {rest} (the usual way)\n",
    )
    assert "Devoured: A compiler that explains itself" in cli("subjects", "1").out
    assert cli("subjects", "99").code == 1


def test_subject_template_of_a_category_falls_back_to_the_publications(
    cli: Devoured, tmp_path: Path
) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    cli("load", str(digest))
    shown = cli("subject-template", "--category", "ai")
    assert shown.out.splitlines() == [
        "Subject    (the publication's)",
        "Preheader  (the publication's)",
    ]
    assert "{headlines}: the first headline" in shown.err
    wrong = cli("subject-template", "--category", "ai", "--subject", "{title}")
    assert wrong.code == 2
    assert "“{title}” is no placeholder" in wrong.err
    assert cli("subject-template", "--category", "none").code == 1
