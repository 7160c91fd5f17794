"""`make settings`: the table of docs/settings.md, from the settings' own descriptions."""

from pathlib import Path
from typing import Final

from app.setting_sources import variable_of
from app.setting_values import default_of, setting_names
from app.settings import descriptions
from localdev.generated import with_part

PAGE: Final = Path(__file__).parents[1] / "docs" / "settings.md"


def rows() -> str:
    """Return the table: each setting, its default and what it is."""
    said = descriptions()
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    lines += [
        f"| `{variable_of(name)}` | {_default(name)} | {said[name]} |" for name in setting_names()
    ]
    return "\n".join(lines) + "\n"


def with_rows(page: str, table: str) -> str:
    """Return the page with this table in the place of the one that it has."""
    return with_part(page, "settings", table)


def _default(name: str) -> str:
    default = default_of(name)
    if default is None:
        return "needed"
    return f"`{default}`" if default else "empty"


if __name__ == "__main__":
    PAGE.write_text(with_rows(PAGE.read_text("utf-8"), rows()), encoding="utf-8")
