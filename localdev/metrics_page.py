"""`make metrics`: the table of docs/metrics.md, from the metrics' own help texts."""

from pathlib import Path
from typing import Final

from app.metrics.families import ALL
from app.metrics.requests import LABELS, NAME, SAID
from localdev.generated import with_part

PAGE: Final = Path(__file__).parents[1] / "docs" / "metrics.md"


def with_rows(page: str) -> str:
    """Return the page with the table of all metrics."""
    lines = ["| metric | labels | what it is |", "|---|---|---|"]
    lines += [_row(one.name, one.labels, one.help) for one in ALL]
    lines.append(_row(NAME, LABELS, f"{SAID} A histogram; all others are gauges."))
    return with_part(page, "metrics", "\n".join(lines) + "\n")


def _row(name: str, labels: tuple[str, ...], said: str) -> str:
    return f"| `{name}` | {', '.join(f'`{one}`' for one in labels)} | {said} |"


if __name__ == "__main__":
    PAGE.write_text(with_rows(PAGE.read_text("utf-8")), encoding="utf-8")
