"""`devoured check`, `waive`, `waivers`, `cuts` and `subjects`."""

import json
from pathlib import Path

import pytest

from app.db.session import Sessions, transaction
from app.enums import Depth
from app.models import Issue
from app.publication.categories import get_category
from tests.cli.conftest import Devoured
from tests.cli.samples import CUT_OFF, DIGEST
from tests.factories import make_story, make_subscriber

LINKED = json.dumps(
    {
        "stories": [
            {
                "title": "A page on this machine",
                "category": "AI",
                "url": "http://127.0.0.1:8080/page",
                "summary": "It is here and nowhere else.",
                "what": "It was made.",
                "why_it_matters": "It shows where links may not lead.",
            }
        ]
    }
)


@pytest.fixture
def issue(cli: Devoured, sessions: Sessions, tmp_path: Path) -> str:
    """Make an issue that is too long for those who read everything."""
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    cli("load", str(digest))
    with transaction(sessions) as session:
        issue, ai = session.get_one(Issue, 1), get_category(session, "ai")
        for place in range(10, 40):
            takeaway = "So. " * 900
            make_story(session, issue, ai, position=place, title=f"L {place}", takeaway=takeaway)
        make_subscriber(session, follows=ai.mask, depth=Depth.HEADLINES)
        make_subscriber(session, follows=ai.mask, depth=Depth.BRIEF)
        make_subscriber(session, follows=ai.mask, depth=Depth.BRIEF)
    return "1"


def test_check_says_what_blocks_and_exits_1(cli: Devoured, tmp_path: Path) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_text(CUT_OFF, encoding="utf-8")
    cli("load", str(digest))
    ran = cli("check", "1")

    assert ran.code == 1
    assert ran.out.startswith("blocks  ")
    assert "story 3: “A story without an end” has a title and little else" in ran.out
    assert ran.err == "devoured: 2 findings block the approval of issue 1.\n"
    approved = cli("approve", "1")
    assert approved.code == 2
    assert "cut off" in approved.err
    told = json.loads(cli("check", "1", "--json").out)
    assert [one["code"] for one in told[:2]] == ["incomplete_story", "unplaced_line"]


def test_check_exits_0_when_there_are_warnings_only(cli: Devoured, tmp_path: Path) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    cli("load", str(digest))
    ran = cli("check", "1")

    assert ran.code == 0
    assert "publication, from_address" in ran.out
    assert ran.err.startswith("Nothing blocks issue 1. ")
    approved = cli("approve", "1")
    assert approved.code == 0
    assert "publication, from_address" in approved.err
    assert cli("check", "99").code == 1


def test_warning_is_waived_listed_and_opened_again(cli: Devoured, tmp_path: Path) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    cli("load", str(digest))
    told = json.loads(cli("check", "1", "--json").out)
    finding = next(one["id"] for one in told if one["code"] == "sender_placeholder")
    ran = cli("waive", "1", finding, "--because", "a rehearsal", "--by", "Ada")

    assert (ran.code, ran.out.startswith("Waived by Ada at ")) == (0, True)
    assert f"waived  {finding}" in cli("check", "1").out
    assert "a rehearsal" in cli("waivers", "1").out
    assert cli("waive", "1", finding, "--back").out == "The finding is open again.\n"
    assert cli("waivers", "1").err == "None.\n"
    assert cli("waive", "1", "0" * 16).code == 1
    assert cli("waivers", "99").code == 1


def test_links_are_looked_at_from_here_where_that_is_switched_on(
    cli: Devoured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = tmp_path / "digest.json"
    digest.write_text(LINKED, encoding="utf-8")
    cli("load", str(digest))
    assert "switched off" in cli("check", "1", "--links").err
    monkeypatch.setenv("DEVOURED_CHECK_LINKS", "true")
    ran = cli("check", "1", "--links")
    assert "1 link looked at.\n" in ran.err
    assert "leads into a private network" in ran.out
    assert cli("check", "99", "--links").code == 1


def test_cuts_say_size_readers_and_what_was_cut(cli: Devoured, issue: str) -> None:
    ran = cli("cuts", issue)
    assert ran.code == 0
    rows = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert rows[0] == "Readers Categories Depth KB"
    assert rows[1].startswith("2 ai brief ")
    assert rows[1].endswith(" shortened")
    assert rows[2].startswith("1 ai headlines ")
    assert rows[3].startswith("ai (brief): the Takeaway went from “")
    assert rows[3].endswith("“L 39”.")
    assert ran.err == "2 cuts, 3 readers; 1 shortened to fit a mail.\n"


def test_only_shortened_cuts_are_listed_when_asked_for(cli: Devoured, issue: str) -> None:
    ran = cli("cuts", issue, "--shortened")
    assert "brief" in ran.out
    assert "headlines" not in ran.out
    assert ran.err == "2 cuts, 3 readers; 1 shortened to fit a mail.\n"


def test_cuts_exit_1_when_there_is_no_such_issue(cli: Devoured) -> None:
    assert cli("cuts", "99").code == 1


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
