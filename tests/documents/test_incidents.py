"""The page on incidents leads to what each alert means, whichever of them is told."""

import re
from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).parents[2] / "docs"
_LINK: Final = re.compile(r"\[(Devoured\w+)\]\(alerts\.md#(\w+)\)")


def _page(name: str) -> str:
    return (_DOCS / name).read_text(encoding="utf-8")


def _alerts() -> set[str]:
    return set(re.findall(r"^### (Devoured\w+)$", _page("alerts.md"), re.MULTILINE))


def test_each_link_of_an_incident_leads_to_the_alert_that_it_names() -> None:
    linked = _LINK.findall(_page("incidents.md"))
    assert len(linked) > 20
    assert {name for name, _ in linked} <= _alerts()
    assert [place for _, place in linked] == [name.lower() for name, _ in linked]


def test_each_alert_is_linked_from_the_incident_that_it_tells_of() -> None:
    linked = {name for name, _ in _LINK.findall(_page("incidents.md"))}
    assert _alerts() - linked == set()
