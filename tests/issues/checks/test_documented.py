import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_documentation_names_every_code_and_no_other() -> None:
    sources = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "app" / "issues" / "checks").glob("*.py")
    )
    codes = set(re.findall(r'(?:blocks|warns)\(\s*"(\w+)"', sources))
    codes |= set(re.findall(r'LinkOutcome\.\w+: \(\s*"(\w+)"', sources))
    codes |= set(re.findall(r'"(another_on_its_way)"', sources))
    table = (ROOT / "docs" / "checks.md").read_text("utf-8").partition("| code |")[2]
    rows = table.partition("\n\n")[0].splitlines()[2:]
    told = {code for row in rows for code in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert codes == told
