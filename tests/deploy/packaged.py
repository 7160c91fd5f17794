"""A wheel of this project, and an environment that holds nothing but what the wheel asks for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PathDistribution, distribution
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final
from zipfile import Path as ZipPath

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parents[2]
_SOURCES: Final = (
    *("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"),
    *("app", "workers", "localdev", "emails", "migrations", "requirements"),
)
_BUILD: Final = """
import os, sys
from setuptools import build_meta
made = getattr(build_meta, sys.argv[1])(sys.argv[2])
print("\\n" + made)
"""


def build_wheel(folder: Path) -> Path:
    """Return a wheel that was built from a source distribution, as an index's users may do.

    An earlier build has left a module there that has gone since.
    """
    source = folder / "source"
    source.mkdir()
    for name in _SOURCES:
        _copy(ROOT / name, source / name)
    archive = _build("build_sdist", source, folder)
    shutil.unpack_archive(archive, folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    left = unpacked / "build" / "lib" / "app" / "gone.py"
    left.parent.mkdir(parents=True)
    left.touch()
    return _build("build_wheel", unpacked, folder)


def _copy(origin: Path, to: Path) -> None:
    if origin.is_dir():
        shutil.copytree(origin, to, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    else:
        shutil.copy(origin, to)


def _build(hook: str, source: Path, to: Path) -> Path:
    done = run([sys.executable, "-c", _BUILD, hook, str(to)], cwd=source)
    return to / done.splitlines()[-1]


def run(command: list[str], cwd: Path, seconds: float = 900) -> str:
    """Return what the command printed, which has to succeed without our checkout at hand."""
    done = subprocess.run(  # noqa: S603  # the commands are the tests' own
        command,
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def install(wheel: Path, extra: str, folder: Path) -> Path:
    """Return the folder of programs of a new environment with the wheel and what it asks for.

    What it asks for is taken from this environment, so that no index is needed; `uv pip check`
    then says whether all of it is there.
    """
    uv = str(Path(sys.executable).with_name("uv"))
    run([uv, "--offline", "venv", "-q", "-p", sys.executable, str(folder)], cwd=wheel.parent)
    programs = folder / "bin"
    (packages,) = folder.glob("lib/python*/site-packages")
    for one in _wanted(wheel, extra):
        _take_along(one, packages)
    there = ["--offline", "-p", str(programs / "python")]
    compiled = ["--no-deps", "--compile-bytecode"]
    run([uv, "pip", "install", *there, *compiled, str(wheel)], cwd=wheel.parent)
    run([uv, "pip", "check", *there], cwd=wheel.parent)
    return programs


def _wanted(wheel: Path, extra: str) -> Iterator[Distribution]:
    """Yield what the wheel needs with this extra, and what that needs in turn."""
    (metadata,) = (one for one in ZipPath(wheel).iterdir() if one.name.endswith(".dist-info"))
    waiting: list[tuple[Distribution, str]] = [(PathDistribution(metadata), extra)]
    named: set[tuple[str, str]] = set()
    while waiting:
        one, chosen = waiting.pop()
        for line in one.requires or ():
            requirement = Requirement(line)
            if requirement.marker and not requirement.marker.evaluate({"extra": chosen}):
                continue
            for wanted in ("", *sorted(requirement.extras)):
                if (requirement.name.lower(), wanted) not in named:
                    named.add((requirement.name.lower(), wanted))
                    found = distribution(requirement.name)
                    waiting.append((found, wanted))
                    yield found


def _take_along(one: Distribution, packages: Path) -> None:
    """Put the package's modules into another environment, without its programs.

    What they were compiled to comes along: else each process of the demo compiles all of it.
    """
    for file in one.files or ():
        if ".." in file.parts:
            continue
        origin, to = Path(str(file.locate())), packages / file
        _link(origin, to)
        if origin.suffix == ".py":
            _link(Path(cache_from_source(origin)), Path(cache_from_source(to)))


def _link(origin: Path, to: Path) -> None:
    if not origin.exists() or to.exists():
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(origin, to)
    except OSError:
        shutil.copy2(origin, to)
