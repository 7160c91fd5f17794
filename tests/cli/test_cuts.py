"""`devoured cuts`: who reads which mail of an issue, and what it gave up."""

from pathlib import Path

import pytest

from app.db.session import Sessions, transaction
from app.enums import Depth
from app.models import Issue
from app.publication.categories import get_category
from tests.cli.conftest import Devoured
from tests.cli.samples import DIGEST
from tests.factories import make_story, make_subscriber


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
