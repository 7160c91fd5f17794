"""The table of `docs/client-support.md`, made from what the mails use and what was tested.

`.venv/bin/python -m tests.rendering.client_support.table` writes the page anew.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.rendering.templates import Templates, our_templates
from tests.rendering import goldens
from tests.rendering.client_support.fallbacks import FALLBACKS
from tests.rendering.client_support.features import features

PAGE: Final = Path(__file__).parents[3] / "docs" / "client-support.md"
_DATA: Final = Path(__file__).parent / "caniemail.json"
_FAMILIES: Final = {
    "gmail": "Gmail",
    "outlook": "Outlook",
    "apple-mail": "Apple Mail",
    "yahoo": "Yahoo",
    "samsung": "Samsung",
}
_INTRO: Final = """# Mail programs

What our mails use of HTML and CSS, who lacks it, and what a reader sees there. Written by
`.venv/bin/python -m tests.rendering.client_support.table`; a test fails when it is out of date,
and when a template uses something that Gmail, Outlook, Apple Mail, Yahoo or Samsung Email lacks
and for which no fallback is named in `tests/rendering/client_support/fallbacks.py`. Conditional
comments, which only Outlook for Windows reads, are no part of it: a test of their own holds their
rules. *In part* means that caniemail.com has a note about it; what Outlook for Windows knows in
part has a fallback, too.

Our mails are HTML without an error of syntax, which a test holds. Beyond that the W3C's checker
finds what Outlook for Windows needs and no standard has (two namespaces on `html`, properties that
begin with `mso-`, attributes of tables that CSS has taken the place of), and one attribute that the
MJML compiler writes beside a button.

Data: {source}, tests as of {updated} ({licence} in `tests/rendering/client_support/`).

| feature | {families} | where it is lacking |
|---|{rules}|---|
"""


def tested() -> Mapping[str, Any]:
    """Read the vendored data."""
    data: Mapping[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return data


def used(templates: Templates) -> frozenset[str]:
    """Return the features that any of our mails uses, of those that were tested."""
    known = tested()["features"]
    return frozenset().union(*(features(mail.html, known) for _, mail in goldens.mails(templates)))


def lacking(feature: str) -> list[str]:
    """Return the programs that do not know the feature, as `gmail mobile-webmail`."""
    stats = tested()["features"][feature]["stats"]
    return sorted(program for program, support in stats.items() if support == "n")


def half_known(feature: str) -> bool:
    """Return whether Outlook for Windows knows it in part: it leaves out more than any other."""
    return bool(tested()["features"][feature]["stats"].get("outlook windows") == "a")


def page(templates: Templates) -> str:
    """Return the whole page."""
    data = tested()
    intro = _INTRO.format(
        **{key: data[key] for key in ("source", "updated", "licence")},
        families=" | ".join(_FAMILIES.values()),
        rules="|".join("---" for _ in _FAMILIES),
    )
    return intro + "".join(_row(feature, data) for feature in sorted(used(templates)))


def _row(feature: str, data: Mapping[str, Any]) -> str:
    title, stats = data["features"][feature]["title"], data["features"][feature]["stats"]
    cells = " | ".join(_cell(family, stats) for family in _FAMILIES)
    shown = title.replace("<", "&lt;").replace(">", "&gt;")
    return f"| {shown} | {cells} | {FALLBACKS.get(feature, '')} |\n"


def _cell(family: str, stats: Mapping[str, str]) -> str:
    """`yes`, or where it is lacking, or `in part`."""
    own = {name.partition(" ")[2]: one for name, one in stats.items() if name.startswith(family)}
    if no := sorted(platform for platform, one in own.items() if one == "n"):
        return "no" if len(no) == len(own) else f"not: {', '.join(no)}"
    return "yes" if set(own.values()) == {"y"} else "in part"


if __name__ == "__main__":
    PAGE.write_text(page(our_templates()), encoding="utf-8")
