import json
from pathlib import Path

from tests.cli.conftest import Devoured
from tests.cli.samples import CUT_OFF, DIGEST


def test_check_says_what_blocks_and_exits_1(house: Devoured, tmp_path: Path) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_text(CUT_OFF, encoding="utf-8")
    house("load", str(digest))
    ran = house("check", "1")

    assert ran.code == 1
    assert ran.out.startswith("blocks  ")
    assert "story 3: “A story without an end” has a title and little else" in ran.out
    assert ran.err == "devoured: 1 finding blocks the approval of issue 1.\n"
    approved = house("approve", "1")
    assert approved.code == 2
    assert "cut off" in approved.err
    told = json.loads(house("check", "1", "--json").out)
    assert told[0]["code"] == "incomplete_story"


def test_check_exits_0_when_there_are_warnings_only(house: Devoured, tmp_path: Path) -> None:
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    house("load", str(digest))
    ran = house("check", "1")

    assert ran.code == 0
    assert "publication, from_address" in ran.out
    assert ran.err.startswith("Nothing blocks issue 1. ")
    approved = house("approve", "1")
    assert approved.code == 0
    assert "publication, from_address" in approved.err
    assert house("check", "99").code == 1
