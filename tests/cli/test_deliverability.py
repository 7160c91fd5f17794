"""`devoured deliverability`: what providers say, shown and brought in from a file."""

from pathlib import Path

from app.clock import system_clock
from tests.cli.conftest import Devoured


def test_file_is_brought_in_and_shown(cli: Devoured, tmp_path: Path) -> None:
    assert "No provider has told anything lately." in cli("deliverability").err
    file = tmp_path / "days.csv"
    file.write_text(f"day,domain,complaint_rate\n{system_clock().date()},example.org,0.12%\n")
    assert cli("deliverability", "import", "yahoo", str(file)).out == "Yahoo: 1 day.\n"
    shown = cli("deliverability").out
    assert "Yahoo" in shown
    assert "0.12%" in shown


def test_file_of_something_else_is_refused(cli: Devoured, tmp_path: Path) -> None:
    file = tmp_path / "days.csv"
    file.write_text("a,b\n")
    ran = cli("deliverability", "import", "yahoo", str(file))
    assert ran.code != 0
    assert "no column day" in ran.err


def test_file_that_is_not_there_or_no_text_is_refused(cli: Devoured, tmp_path: Path) -> None:
    ran = cli("deliverability", "import", "yahoo", str(tmp_path / "none.csv"))
    assert "cannot be read: No such file" in ran.err
    file = tmp_path / "days.csv"
    file.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in cli("deliverability", "import", "yahoo", str(file)).err
