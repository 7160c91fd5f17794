"""The compose file and the Dockerfile: read by a parser, and every command of ours in them run."""

import os
import re
import shlex
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from app.settings import Settings
from app.signs_of_life import renew
from tests.documents.known import fault

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: spec for name, spec in SERVICES.items() if spec.get("image") == "devoured:latest"}
"""The services that run this code."""


def _run(
    command: list[str], settings: Settings, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command of the compose file as its service would, with the installed `devoured`."""
    program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
    return subprocess.run(  # noqa: S603  # the commands are our own
        program,
        env=os.environ | _environment(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "DEVOURED_DATABASE_URL": settings.database_url,
        "DEVOURED_REDIS_URL": settings.redis_url,
        "DEVOURED_SECRET_KEYS": settings.secret_keys[0].get_secret_value(),
        "DEVOURED_ADDRESS_PEPPER": settings.address_pepper.get_secret_value(),
        "DEVOURED_BASE_URL": settings.base_url,
        "DEVOURED_ENVIRONMENT": "local",
    }


def test_compose_has_every_part_of_production() -> None:
    assert set(SERVICES) >= {
        "postgres",
        "valkey",
        "migrate",
        "api",
        "worker",
        "beat",
        "mailpit",
    }
    assert set(OURS) >= {"migrate", "api", "worker", "beat"}


def test_compose_keeps_no_secret_and_runs_nothing_as_root() -> None:
    written = {k: v for spec in SERVICES.values() for k, v in spec.get("environment", {}).items()}
    secrets = {k: v for k, v in written.items() if re.search("PASSWORD|SECRET|KEY|PEPPER", k)}
    assert secrets
    assert all(value.startswith("${") for value in secrets.values())
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["10001"]
    for spec in OURS.values():
        assert spec["cap_drop"] == ["ALL"]
        assert spec["read_only"] is True


@pytest.mark.parametrize(
    ("volume", "setting"), [("state", "DEVOURED_STATE_FOLDER"), ("images", "DEVOURED_IMAGES")]
)
def test_folder_is_a_volume_of_each_service_though_the_root_is_read_only(
    volume: str, setting: str
) -> None:
    made = re.search(
        r"install --directory --owner=devoured --mode=0700 (.+)", (ROOT / "Dockerfile").read_text()
    )
    assert made
    for spec in OURS.values():
        folder = spec["environment"][setting].rpartition(":-")[2].removesuffix("}")
        assert f"{volume}:{folder}" in spec["volumes"]
        # A new volume takes the owner of the folder that the image has there.
        assert folder in made[1].split()
    assert volume in COMPOSE["volumes"]


def test_every_service_that_stays_has_a_health_check() -> None:
    for name, spec in SERVICES.items():
        assert name == "migrate" or spec["healthcheck"]["test"][0] == "CMD"


def test_compose_asks_for_variables_that_env_example_names() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^#? ?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert wanted <= named


@pytest.mark.parametrize("name", sorted(OURS))
def test_command_of_the_service_is_one_that_devoured_knows(name: str) -> None:
    assert fault(shlex.join(OURS[name]["command"])) is None


def test_migrate_command_succeeds_when_run_twice(settings: Settings) -> None:
    for _ in range(2):
        done = _run(OURS["migrate"]["command"], settings)
        assert done.returncode == 0, done.stderr


def test_dockerfile_command_is_that_of_the_api() -> None:
    (written,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert yaml.safe_load(written) == OURS["api"]["command"]


def test_image_holds_the_product_and_nothing_that_runs_on_one_machine() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    folders = {part.split("/")[0] for line in copied for part in line.split()}

    assert folders == set(let_in)
    assert folders.isdisjoint({"localdev", "tests", "benchmarks"})


def test_health_checks_start_no_python() -> None:
    for name in sorted(OURS.keys() - {"migrate"}):
        assert OURS[name]["healthcheck"]["test"][:2] in (["CMD", "sh"], ["CMD", "bash"])
        assert "devoured healthy" not in " ".join(OURS[name]["healthcheck"]["test"])


def test_who_is_stopped_has_time_to_finish_and_workers_can_be_scaled() -> None:
    for name, seconds in {"api": 20, "worker": 50, "listen": 30}.items():
        assert int(OURS[name]["stop_grace_period"].removesuffix("s")) > seconds
    assert {"ports", "container_name", "hostname"}.isdisjoint(OURS["worker"])


@pytest.mark.parametrize("name", ["worker", "beat", "listen"])
def test_health_check_of_a_part_is_good_only_while_its_sign_is_renewed(
    name: str, tmp_path: Path
) -> None:
    """That each part renews its sign is seen where guides start them: tests/documents."""
    check = _check(name, "0", tmp_path)
    assert not _is_well(check)
    renew(str(tmp_path), name)
    assert _is_well(check)
    os.utime(tmp_path / name, (0, 0))  # as if nobody had renewed it for long
    assert not _is_well(check)


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (503, False)])
def test_health_check_of_the_api_is_good_only_while_it_answers_that_it_is_well(
    status: int,
    is_well: bool,  # noqa: FBT001  # a case
    tmp_path: Path,
) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        check = _check("api", str(server.server_port), tmp_path)
        answering = Thread(target=server.handle_request)
        answering.start()
        assert _is_well(check) is is_well
        answering.join()
    assert not _is_well(check)


def _check(name: str, port: str, folder: Path) -> list[str]:
    return [_placed(part, port, folder) for part in OURS[name]["healthcheck"]["test"][1:]]


def _placed(part: str, port: str, folder: Path) -> str:
    """Return a part of a health check as compose runs it, at our port and in our folder."""
    return part.replace("$$", "$").replace("/8000", f"/{port}").replace("/tmp", str(folder))  # noqa: S108


def _is_well(check: list[str]) -> bool:
    return subprocess.run(check, capture_output=True, timeout=30, check=False).returncode == 0  # noqa: S603
