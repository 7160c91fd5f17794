"""Whether all that was loaded has found its place."""

from collections.abc import Iterator
from typing import Final

from app.characters import cut
from app.issues.checks.facts import CheckedLine, IssueFacts
from app.issues.checks.finding import Finding, Place, blocks

_SHOWN: Final = 80
_MEND: Final = (
    "Place it in a story, or drop it: devoured unplaced, POST or DELETE /v1/issues/{id}/unplaced/…"
)


def nothing_unplaced(facts: IssueFacts) -> Iterator[Finding]:
    """Lines of the loaded digest that no field took; the first ones, and how many more."""
    for line in facts.unplaced:
        yield blocks("unplaced_line", _detail(line), _MEND, Place(field=f"unplaced/{line.id}"))
    if n_more := facts.n_unplaced - len(facts.unplaced):
        detail = f"{n_more:,} more lines found no place."
        yield blocks("unplaced_line", detail, _MEND, Place(field="unplaced"))


def _detail(line: CheckedLine) -> str:
    text = line.text.strip()
    excerpt = text if len(text) <= _SHOWN else f"{cut(text, _SHOWN)}…"
    where = f" (in “{line.after}”)" if line.after else ""
    because = f": {line.reason}" if line.reason else ""
    return f"Line {line.line}{where} found no place, “{excerpt}”{because}."
