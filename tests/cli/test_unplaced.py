"""`devoured unplaced`, `place-line` and `drop-line`."""

from pathlib import Path

from tests.cli.conftest import Devoured
from tests.cli.samples import DIGEST


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
