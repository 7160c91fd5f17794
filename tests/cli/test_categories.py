"""`devoured categories` and `subject-template`."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.enums import IssueState
from app.models import Category
from tests.cli.conftest import Devoured
from tests.cli.samples import DIGEST
from tests.factories import make_category, make_issue, make_story


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


def test_categories_are_listed_in_their_order(cli: Devoured, session: Session) -> None:
    assert "no category yet" in cli("categories").err
    for slug in ("devops", "ai"):
        make_category(session, slug, created_at=datetime(2026, 11, 20, tzinfo=UTC))
    session.commit()
    shown = cli("categories").out

    assert shown.index("devops") < shown.index("ai ")


def test_category_is_added_opened_hidden_retired_and_renamed(
    cli: Devoured, session: Session
) -> None:
    assert "nobody can sign up yet" in cli("publication").out
    made = cli("categories", "add", "C++", "--hidden")
    assert (made.code, made.out.partition(":")[0]) == (0, "“C++” (c-plus-plus) is hidden")
    assert "opens one" in cli("publication").out
    for command, state in (("open", "open"), ("retire", "retired"), ("hide", "hidden")):
        ran = cli("categories", command, "c-plus-plus")
        assert (ran.code, ran.err) == (0, "")
        session.expire_all()
        assert session.scalars(select(Category)).one().state == state
    assert cli("categories", "rename", "c-plus-plus", "Modern C++").code == 0
    assert "Modern C++" in cli("categories", "list").out
    assert cli("categories", "add", "AI").out.startswith("“AI” (ai) is open: readers can")
    for wrong, said in (
        (("add", "A I"), "There is a category “AI” already"),
        (("add", "!"), "letter, a digit or a picture"),
        (("open", "none"), "There is no category “none”"),
        (("rename", "ai", "modern c++"), "There is a category “Modern C++” already"),
    ):
        ran = cli("categories", *wrong)
        assert ran.code != 0
        assert said in ran.err


def test_closing_a_category_says_which_issues_it_reaches(cli: Devoured, session: Session) -> None:
    issue = make_issue(session, state=IssueState.SCHEDULED)
    make_story(session, issue, make_category(session, "ai"))
    session.commit()
    said = f"Issue {issue.id} is scheduled and has stories of it: it is a draft again"
    assert cli("categories", "retire", "ai").err == f"{said} within seconds.\n"
    assert cli("categories", "retire", "ai").err == ""
