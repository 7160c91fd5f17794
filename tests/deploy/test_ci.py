"""`.ci/run` itself, with a `make` that does nothing: what fails is seen, and fails all of it."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.packaged import ROOT

_MAKE: Final = """#!/bin/sh
echo "said by $*"
case "$*" in {fails}) exit 2 ;; esac
"""
_REFUSED: Final = "#!/bin/sh\nexit 1\n"


def _run(folder: Path, fails: str) -> tuple[int, str, dict[str, bool]]:
    """Return the exit code, what was printed, and of each step in the table whether it failed."""
    programs = folder / "bin"
    programs.mkdir()
    fakes = {"make": _MAKE.format(fails=fails), "npm": _REFUSED, "apt-get": _REFUSED}
    for name, script in (fakes | {"chromium": _REFUSED}).items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    ended = subprocess.run(
        ["/bin/bash", ".ci/run"],
        cwd=folder,
        env={"PATH": f"{programs}:{os.defpath}:/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    said, table = ended.stdout.split("What each step took:\n")
    rows = re.findall(r"^ *\d+ s  make (.+?)(  FAILED)?$", table, re.MULTILINE)
    assert re.search(r" s  in all$", table)
    assert len(rows) == len(table.splitlines()) - 1
    return ended.returncode, said, {step: bool(failed) for step, failed in rows}


def test_every_step_is_run_once_and_stands_in_the_table(tmp_path: Path) -> None:
    code, said, table = _run(tmp_path, fails="none")

    assert code == 0, said
    assert not any(table.values())
    assert list(table)[-3:] == ["demo ONCE=1", "browser", "test"]
    assert {"lint", "types", "contracts", "audit", "redocly", "client", "desk-check"} < {*table}
    assert "fuzz" in table
    assert sorted(re.findall(r"^said by (.+)$", said, re.MULTILINE)) == sorted(table)


@pytest.mark.parametrize("fails", ["types", "desk-check", "fuzz", "browser", "test"])
def test_step_that_fails_is_told_and_fails_the_whole(fails: str, tmp_path: Path) -> None:
    code, said, table = _run(tmp_path, fails=fails)

    assert code != 0
    assert [step for step, failed in table.items() if failed] == [fails]
    assert f"said by {fails}\n" in said
    assert ("test" in table) == (fails == "test")
