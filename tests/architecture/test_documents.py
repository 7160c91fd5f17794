"""What the documents say of the code is so: the picture, the names, the licences."""

import ast
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import pytest

from localdev import architecture, licences, metrics_page, settings_page
from localdev.documents.site import MADE
from tests.documents.pages import places

_ROOT: Final = Path(__file__).parents[2]
_PAGE: Final = architecture.PAGE.read_text(encoding="utf-8")
_NAMES: Final = sorted(set(re.findall(r"`((?:app|workers)\.[\w.]+)`", _PAGE)))
_PARTS: Final = (
    *("workers", "localdev"),
    *sorted(one for one in architecture.packages() if (_ROOT / "app" / one).is_dir()),
)
_MOST_BYTES: Final = 150_000
_WALKS: Final = ("From a sign-up to its mail", "From a digest to an event about its mail")


def _is_defined(name: str) -> bool:
    """Return whether the module, the longest part of the name that is a file, defines the rest."""
    parts = name.split(".")
    for n in range(len(parts) - 1, 0, -1):
        module = _ROOT.joinpath(*parts[:n]).with_suffix(".py")
        if module.exists():
            node: ast.AST | None = ast.parse(module.read_text(encoding="utf-8"))
            for part in parts[n:]:
                node = next((one for one in getattr(node, "body", ()) if _name(one) == part), None)
            return node is not None
    return False


def _is_there(name: str) -> bool:
    """Return whether the name is a module of the code, or what one defines."""
    return _ROOT.joinpath(*name.split(".")).with_suffix(".py").exists() or _is_defined(name)


def _name(node: ast.AST) -> str:
    defines = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return node.name if isinstance(node, defines) else ""


def test_picture_is_that_of_the_import_contracts() -> None:
    assert architecture.with_picture(_PAGE, architecture.picture()) == _PAGE, "make architecture"


def test_picture_shows_every_layer_and_leads_workers_below_the_api_and_pages() -> None:
    drawn = architecture.picture()

    assert all(re.search(rf"\b{package}\b", drawn) for package in architecture.packages())
    below = re.search(r"workers.*--> (L\d+)", drawn)
    assert below is not None
    assert f'{below[1]}["doctor · moving · recovery"]' in drawn


@pytest.mark.parametrize("name", _NAMES)
def test_name_in_the_page_is_one_of_the_code(name: str) -> None:
    assert _is_defined(name)


@pytest.mark.parametrize("package", _PARTS)
def test_page_says_what_is_in_every_package(package: str) -> None:
    _, _, table = _PAGE.partition("## The packages, and their entry points\n")

    assert re.search(rf"`{package}/?`", table.partition("\n## ")[0])


def test_code_that_a_decision_names_is_there() -> None:
    named = {
        (record.name, name)
        for record in (_ROOT / "docs" / "adr").glob("*.md")
        for name in re.findall(r"`((?:[a-z_]+\.)+[a-z_]+)`", record.read_text(encoding="utf-8"))
        if (_ROOT / "app" / name.partition(".")[0]).is_dir()
    }

    assert len(named) > 4
    assert [one for one in named if not _is_there(f"app.{one[1]}")] == []


@pytest.mark.parametrize("walk", _WALKS)
def test_walk_has_twelve_steps_at_most(walk: str) -> None:
    _, _, text = _PAGE.partition(f"## {walk}\n")
    steps = re.findall(r"^(\d+)\. ", text.partition("\n## ")[0], re.MULTILINE)

    assert steps == [str(n) for n in range(1, len(steps) + 1)]
    assert 5 < len(steps) <= 12


def test_list_of_licences_has_a_row_for_each_package_that_is_installed() -> None:
    page = licences.PAGE.read_text(encoding="utf-8")
    wanted = licences.locked("runtime") | licences.locked("local") | licences.locked("dev")
    listed = set(re.findall(r"^\| ([\w.-]+) \|", page, re.MULTILINE)) - {"Package"}

    assert [row for row in licences.rows(wanted) if row not in page] == [], "make licences"
    assert sorted(listed - wanted) == [], "make licences"


def test_table_of_settings_is_that_of_their_own_descriptions() -> None:
    page = settings_page.PAGE.read_text(encoding="utf-8")

    assert settings_page.with_rows(page, settings_page.rows()) == page, "make settings"


def test_table_of_metrics_is_that_of_their_own_help() -> None:
    page = metrics_page.PAGE.read_text(encoding="utf-8")

    assert metrics_page.with_rows(page) == page, "make metrics"


def test_no_licence_in_the_image_reaches_beyond_its_own_package() -> None:
    strict = re.compile(r"(?<!L)GPL|AGPL|SSPL|Commons Clause|Business Source", re.IGNORECASE)
    found = licences.rows(licences.locked("runtime"))

    assert len(found) > 40
    assert [row for row in found if strict.search(row)] == []
    assert [row for row in found if "see its licence file" in row] == []


def test_each_page_of_the_documents_has_one_place_in_the_site() -> None:
    pages = [page.name for page in (_ROOT / "docs").glob("*.md")]

    assert sorted(places()) == sorted([*pages, *MADE]), "say where, in nav of zensical.toml"


def test_pictures_of_the_documents_are_there_small_and_looked_at() -> None:
    pages = [_ROOT / "README.md", *(_ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / path).resolve()
        for page in pages
        for path in re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", page.read_text(encoding="utf-8"))
    }

    assert shown == set((_ROOT / "docs" / "images").iterdir())
    assert [path.name for path in shown if path.stat().st_size > _MOST_BYTES] == []


def test_package_says_the_licence_that_lies_beside_it() -> None:
    assert distribution("devoured").metadata["License-Expression"] == "Apache-2.0"
    assert "Apache License" in (_ROOT / "LICENSE").read_text(encoding="utf-8")
