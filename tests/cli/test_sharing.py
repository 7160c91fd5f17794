"""`devoured share`, `shares`, `unshare`: links to previews."""

from pathlib import Path

import pytest

from tests.cli.conftest import Devoured
from tests.cli.samples import DIGEST


@pytest.fixture
def issue(cli: Devoured, tmp_path: Path) -> str:
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    cli("load", str(digest))
    return "1"


def test_link_is_made_listed_and_revoked(cli: Devoured, issue: str) -> None:
    made = cli("share", issue, "--categories", "ai", "--by", "Ada")
    assert (made.code, "/shared/" in made.out) == (0, True)
    assert made.err.endswith("or until devoured unshare 1 1.\n")
    listed = cli("shares", issue).out
    assert made.out.strip() in listed
    assert "Ada" in listed
    assert cli("unshare", issue, "1").out == "Link 1 opens nothing any more.\n"
    assert cli("shares", issue).err == "None.\n"


def test_no_such_link_or_issue_exits_1(cli: Devoured, issue: str) -> None:
    assert cli("unshare", issue, "7").code == 1
    assert cli("shares", "99").code == 1
    assert cli("share", "99").code == 1
