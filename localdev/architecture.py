"""`make architecture`: the picture in docs/architecture.md, from the import contracts."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "architecture.md"
BEGIN: Final = "<!-- written by make architecture -->\n"
END: Final = "<!-- end -->\n"


def picture() -> str:
    """Return the layers of `app`, and what stands beside them, as a Mermaid drawing.

    An arrow says that what it comes from may import what it leads to, and all below that.
    """
    contracts = _contracts()
    layers = [
        [package.strip() for package in line.split("|")] for line in contracts["layers"]["layers"]
    ]
    shut = {name.removeprefix("app.") for name in contracts["workers"]["forbidden_modules"]}
    open_below = 1 + max(place for place, packages in enumerate(layers) if shut & set(packages))
    lines = [
        "flowchart TB",
        '    localdev(["localdev"]) --> L0',
        f'    workers(["workers"]) --> L{open_below}',
    ]
    lines += [f'    L{place}["{" · ".join(packages)}"]' for place, packages in enumerate(layers)]
    lines += [f"    L{place} --> L{place + 1}" for place in range(len(layers) - 1)]
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def with_picture(page: str, drawn: str) -> str:
    """Return the page with this picture in the place of the one that it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{drawn}{END}{after}"


def packages() -> Sequence[str]:
    """Return every module and package of `app` that the layers name."""
    return [
        package.strip() for line in _contracts()["layers"]["layers"] for package in line.split("|")
    ]


def _contracts() -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {one["id"]: one for one in settings["tool"]["importlinter"]["contracts"]}


if __name__ == "__main__":
    PAGE.write_text(with_picture(PAGE.read_text("utf-8"), picture()), encoding="utf-8")
