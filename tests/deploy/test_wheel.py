"""The wheel: built, installed where nothing else is, and a digest delivered from there."""

from importlib.metadata import PathDistribution
from pathlib import Path
from zipfile import Path as ZipPath
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from tests.deploy.packaged import ROOT, build_wheel, install, run

pytestmark = pytest.mark.xdist_group("deployment")  # the demo runs once at a time

_NOT_SHIPPED = ("app/desk/assets/",)  # what the desk's scripts are built from
_LEFT_BEHIND = {"__pycache__", "node_modules"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(wheel, "one-machine", tmp_path_factory.mktemp("environment") / "venv")


def test_wheel_holds_every_file_of_the_product_and_nothing_beside_it(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    written = {str(path) for folder in ("app", "workers", "localdev") for path in _files(folder)}
    written |= {f"app/{path}" for folder in ("emails", "migrations") for path in _files(folder)}

    assert held == {name for name in written if not name.startswith(_NOT_SHIPPED)}


def _files(folder: str) -> list[Path]:
    found = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return [path for path in found if not _LEFT_BEHIND.intersection(path.parts)]


def test_wheel_asks_for_what_the_locks_are_made_from(wheel: Path) -> None:
    (info,) = (one for one in ZipPath(wheel).iterdir() if one.name.endswith(".dist-info"))
    asked = [Requirement(line) for line in PathDistribution(info).requires or ()]

    assert {str(one) for one in asked if one.marker is None} == _listed("runtime.in")
    for extra in ("mcp", "one-machine", "tracing"):
        own = {one.name for one in asked if str(one.marker) == f'extra == "{extra}"'}
        assert own == _listed(f"{extra}.in")
        asked = [one for one in asked if one.name not in own]
    assert [str(one) for one in asked if one.marker is not None] == []


def _listed(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    wanted = (line.partition("#")[0].strip() for line in lines)
    return {str(Requirement(line)) for line in wanted if line}


def test_digest_is_delivered_by_an_install_that_has_nothing_else(
    programs: Path, tmp_path: Path
) -> None:
    said = run([str(programs / "devoured"), "demo", "--once", "--readers", "5"], cwd=tmp_path)

    assert "nobody missing, twice or extra." in said
    assert "Nothing is wrong." in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["var"]


def test_install_finds_its_own_folders(programs: Path, tmp_path: Path) -> None:
    script = "from app.shipped import shipped; print(shipped('emails'), shipped('migrations'))"
    said = run([str(programs / "python"), "-P", "-c", script], cwd=tmp_path).split()

    assert [Path(one).is_relative_to(programs.parent) for one in said] == [True, True]
