"""The systemd units and the Caddyfile: read, and checked by systemd itself where it is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.known import fault

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
_CADDYFILE = DEPLOY / "caddy" / "Caddyfile"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
_PROGRAM = "/opt/devoured/bin/devoured"
_OURS = str(Path(sys.executable).with_name("devoured"))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # the commands are our own
        command, capture_output=True, text=True, timeout=120, check=False
    )


def _all(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_part_of_the_service_has_a_unit() -> None:
    assert {path.name for path in UNITS} == {
        "devoured.service",
        "devoured-api.service",
        "devoured-beat.service",
        "devoured-listen.service",
        "devoured-servers.service",
        "devoured-worker@.service",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_unit_runs_commands_that_devoured_knows(unit: Path) -> None:
    for line in _all(unit, "ExecStart") + _all(unit, "ExecStartPre"):
        assert line.split()[0] == _PROGRAM
        assert fault(line) is None


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_unit_starts_again_stops_in_order_and_is_nobody_of_note(unit: Path) -> None:
    assert _all(unit, "Restart") == ["always"]
    assert _all(unit, "KillMode") == ["mixed"]
    assert _all(unit, "TimeoutStartSec") == ["infinity"]  # a migration is no start that hangs
    assert _all(unit, "User") == ["devoured"]
    assert _all(unit, "NoNewPrivileges") == ["yes"]
    assert _all(unit, "ProtectSystem") == ["strict"]
    assert "PASSWORD" not in unit.read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_has_nothing_to_say_against_the_unit(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here")
    here = tmp_path / unit.name
    here.write_text(unit.read_text(encoding="utf-8").replace(_PROGRAM, _OURS), encoding="utf-8")
    done = _run([analyze, "verify", "--man=no", str(here)])
    assert (done.returncode, done.stderr) == (0, "")


def test_caddy_hands_on_to_the_port_of_devoured_up() -> None:
    written = _CADDYFILE.read_text(encoding="utf-8")
    assert re.findall(r"reverse_proxy (\S+)", written) == ["127.0.0.1:8000"]
    assert re.findall(r"encode (\S+)", written) == ["@files"]  # no page, for its length would tell


def test_caddy_has_nothing_to_say_against_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no Caddy here")
    monkeypatch.setenv("HOME", str(tmp_path))  # where it would make a certificate's account
    done = _run([caddy, "validate", "--config", str(_CADDYFILE), "--adapter", "caddyfile"])
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr
    assert _run([caddy, "fmt", "--diff", str(_CADDYFILE)]).returncode == 0
