"""Digests loaded, loaded into a draft and written out, and their lines that no field took."""

import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.models import Issue, Story
from tests.cli.conftest import Devoured
from tests.cli.samples import DIGEST, load
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make a draft with three stories, number 1 to 3."""
    made = make_issue(session)
    ai = make_category(session)
    make_category(session, "devops")
    for _ in range(3):
        make_story(session, made, ai)
    session.commit()
    return made


def test_lines_are_shown_placed_and_dropped(cli: Devoured, tmp_path: Path) -> None:
    path = tmp_path / "digest.txt"
    path.write_text("stray words\nanother stray line\n" + DIGEST, encoding="utf-8")
    loaded = cli("load", str(path), "--quiet")
    issue = loaded.out.strip()
    assert "line 1: stray words – it stands before the first story" in loaded.err
    listed = cli("unplaced", issue)
    assert listed.code == 0
    assert "stray words" in listed.out
    assert cli("approve", issue).code != 0
    ids = [line.split()[0] for line in listed.out.splitlines() if "stray" in line]
    placed = cli("place-line", issue, ids[0], "title")
    assert placed.out.endswith("“stray words”, has it.\n")
    assert cli("drop-line", issue).code == 2
    assert cli("drop-line", issue, ids[1]).out == "1 line dropped.\n"
    assert cli("drop-line", issue, "--all").out == "0 lines dropped.\n"
    assert "None" in cli("unplaced", issue).err


def test_load_makes_a_draft_and_says_what_is_in_it(cli: Devoured, tmp_path: Path) -> None:
    path = tmp_path / "digest.txt"
    path.write_text(DIGEST)
    ran = cli("load", str(path), "--date", "2026-11-23")

    assert ran.code == 0
    assert ran.out == "Issue 1 of 2026-11-23: 2 stories (DevOps 1, AI 1).\n"


def test_load_says_which_categories_are_new_and_hidden(
    bare_house: Devoured, tmp_path: Path
) -> None:
    path = tmp_path / "digest.txt"
    path.write_text(DIGEST)
    ran = bare_house("load", str(path))
    assert "New and hidden" in ran.err
    assert "DevOps (devoured categories open devops)" in ran.err
    assert bare_house("approve", "1").code == 2
    for slug in ("ai", "devops"):
        assert bare_house("categories", "open", slug).code == 0
    assert bare_house("approve", "1").code == 0
    assert "New and hidden" not in bare_house("load", str(path)).err


def test_load_makes_an_issue_per_category_when_split(cli: Devoured, tmp_path: Path) -> None:
    assert len(load(cli, tmp_path, DIGEST, "--split-by-category")) == 2


def test_load_makes_nothing_when_the_digest_is_bad(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    path = tmp_path / "digest.txt"
    path.write_bytes(b"\xff\xff\x00")
    ran = cli("load", str(path))

    assert ran.code == 2
    assert session.get(Issue, 1) is None


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_export_writes_what_loads_again(cli: Devoured, tmp_path: Path, form: str) -> None:
    (issue,) = load(cli, tmp_path)
    written = cli("export", issue, "--form", form).out
    (again,) = load(cli, tmp_path, written)

    assert cli("export", again, "--form", form).out == written


def test_export_of_json_has_the_shape_of_parse(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path)
    exported = json.loads(cli("export", issue, "--form", "json").out)

    assert (
        exported["stories"] == json.loads(cli("parse", str(tmp_path / "digest.txt")).out)["stories"]
    )


def test_digest_is_loaded_into_a_draft(
    cli: Devoured, session: Session, issue: Issue, tmp_path: Path
) -> None:
    story = {"category": "Ai", "summary": "S.", "what": "W.", "why_it_matters": "Y."}
    titles = ("Story number 2", "Another")
    file = tmp_path / "more.json"
    file.write_text(json.dumps({"stories": [{"title": one, **story} for one in titles]}))
    replaced = cli("load-into", "1", str(file), "--mode", "replace")
    assert (replaced.code, replaced.out) == (0, "Issue 1: 1 story added, 1 replaced.\n")
    assert session.get_one(Story, 2, populate_existing=True).what == "W."
    assert cli("load-into", "1", str(file)).out == "Issue 1: 2 stories added, 0 replaced.\n"
    twice = cli("load-into", "1", str(file), "--mode", "replace")
    assert (twice.code, "“Another” is the title of stories 4 and" in twice.err) == (2, True)
