import re
from pathlib import Path

from app.warning_codes import WarningCode

ROOT = Path(__file__).parents[3]


def test_documentation_names_every_code_and_no_other() -> None:
    assert _codes_of_the_checks() == _codes_told()


def test_every_code_that_is_told_is_found_by_a_test() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_pure*"))
    expected = set(re.findall(r'\("(?:blocks|warns)", "(\w+)", "', tests))
    assert _codes_told() - expected == set()


def test_what_can_be_unwanted_is_what_is_told_to_warn() -> None:
    assert set(WarningCode) == _codes_told("warns")


def _codes_of_the_checks() -> set[str]:
    sources = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "app" / "issues" / "checks").glob("*.py")
    )
    codes = set(re.findall(r'(?:blocks|warns)\(\s*"(\w+)"', sources))
    codes |= set(re.findall(r'LinkOutcome\.\w+: \(\s*"(\w+)"', sources))
    return codes | set(re.findall(r'"(another_on_its_way)"', sources))


def _codes_told(severity: str = "") -> set[str]:
    table = (ROOT / "docs" / "checks.md").read_text("utf-8").partition("| code |")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    cells = [row.split("|") for row in rows if severity in row.split("|")[2]]
    return {code for cell in cells for code in re.findall(r"`(\w+)`", cell[1])}
