"""The page of the export has each file and column of the models, and why others have none."""

import re
from pathlib import Path

from app.moving.tables import (
    LEFT_OUT,
    LEFT_OUT_COLUMNS,
    exported_columns,
    exported_tables,
)

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text()


def test_page_has_each_file_and_column() -> None:
    sections = re.split(r"^### `(\w+)`$", PAGE, flags=re.MULTILINE)[1:]
    told = dict(zip(sections[::2], sections[1::2], strict=True))
    found = {name: _first_cells(section) for name, section in told.items()}
    wanted = {str(one.name): sorted(exported_columns(one)) for one in exported_tables()}

    assert found == wanted


def test_page_says_why_others_are_left_out() -> None:
    left_out = PAGE.split("## What is not in it")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*) \| (.*) \|$", left_out, flags=re.MULTILINE)
    told = {name: why for names, why in rows for name in re.findall(r"`(\w+)`", names)}

    assert told.keys() == LEFT_OUT.keys()
    assert all(told[name].startswith(why) for name, why in LEFT_OUT.items())
    prose = " ".join(left_out.split())
    assert all(f"`{column}` ({why})" in prose for column, why in LEFT_OUT_COLUMNS.items())


def _first_cells(section: str) -> list[str]:
    cells = re.findall(r"^\| (`[^|]*) \|", section, flags=re.MULTILINE)
    return sorted(name for cell in cells for name in re.findall(r"`(\w+)`", cell))
