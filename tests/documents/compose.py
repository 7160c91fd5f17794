"""A stand-in for `docker compose`, by which tests run what guides tell people to type.

It starts the services of docker-compose.yml that are ours as processes of this machine, with the
environment that Compose would give them, and runs commands in that. PostgreSQL and Valkey are those
of the test; images, networks and restarts it knows nothing of. What it started is written into
`services.json`, and whoever runs the guide ends it.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import yaml
from dotenv import dotenv_values

from localdev.postgres import server_programs

OURS: Final = "devoured:latest"
STATE: Final = "TEST_COMPOSE_STATE"
"""The variable that names the folder of what was started."""

_KEPT: Final = "services.json"
_READY_SECONDS: Final = 120
_STOP_SECONDS: Final = 60


def main(arguments: Sequence[str]) -> int:
    """Do what `docker` would with these arguments, and return its exit code."""
    asked = _parser().parse_args(arguments)
    services: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text("utf-8"))[
        "services"
    ]
    if asked.verb == "up":
        return _up(services, set(asked.profile), asked.services)
    if asked.verb == "build":
        return 0  # the services run from the checkout
    if asked.verb == "stop":
        end_all(_state(), asked.services)
        return 0
    command = _own(asked.service, asked.command)
    return subprocess.run(  # noqa: S603  # as the guide says
        command, env=_environment(services[asked.service]), check=False
    ).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="docker")
    compose = parser.add_subparsers(required=True).add_parser("compose")
    compose.add_argument("--profile", action="append", default=[])
    verbs = compose.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build").add_argument("services", nargs="*")
    up = verbs.add_parser("up")
    up.add_argument("-d", action="store_true", required=True)
    up.add_argument("--scale", action="append")
    up.add_argument("services", nargs="*")
    verbs.add_parser("stop").add_argument("services", nargs="*")
    for verb, option in (("exec", "-T"), ("run", "--rm")):
        within = verbs.add_parser(verb)
        within.add_argument(option, action="store_true")
        within.add_argument("service")
        within.add_argument("command", nargs=argparse.REMAINDER)
    return parser


def _up(services: dict[str, Any], profiles: set[str], only: Sequence[str]) -> int:
    """Start what does not run as it is described, the migration first; wait until all is healthy.

    As Compose does, it leaves alone what runs with the command and the environment of now.
    """
    wanted = {
        name: spec
        for name, spec in services.items()
        if spec.get("image") == OURS
        and profiles >= set(spec.get("profiles", ()))
        and (not only or name in only)
    }
    for name in sorted(wanted, key=lambda name: name != "migrate"):
        spec = wanted[name]
        command = _own(name, spec["command"])
        if name != "migrate":
            _start(name, command, _environment(spec))
        elif code := subprocess.run(command, env=_environment(spec), check=False).returncode:  # noqa: S603
            return code
    return 0 if all(_is_healthy(name, spec) for name, spec in wanted.items()) else 1


def _start(name: str, command: list[str], environment: dict[str, str]) -> None:
    state = _state()
    described = [command, environment]
    before = _started(state).get(name)
    if before and before["as"] == described and _runs(before["pid"]):
        return
    end_all(state, [name])
    (state / name).unlink(missing_ok=True)  # its sign of life: a new container has none
    with (state / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # the command of the Compose file
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _keep(state, _started(state) | {name: {"pid": process.pid, "as": described}})


def _started(state: Path) -> dict[str, Any]:
    """Return what was started and not ended since: each service's process, and what it is."""
    kept = state / _KEPT
    started: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    return started


def _keep(state: Path, started: dict[str, Any]) -> None:
    (state / _KEPT).write_text(json.dumps(started), encoding="utf-8")


def _is_healthy(name: str, spec: dict[str, Any]) -> bool:
    """Wait until the service's own check is good."""
    if "healthcheck" not in spec:
        return True
    check = [_here(part) for part in spec["healthcheck"]["test"][1:]]
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        tried = subprocess.run(check, env=_environment(spec), capture_output=True, check=False)  # noqa: S603
        if tried.returncode == 0:
            return True
        time.sleep(0.2)
    sys.stderr.write((_state() / f"{name}.log").read_text("utf-8"))
    return False


def end_all(state: Path, only: Sequence[str] = ()) -> None:
    """End what was started here, each as Compose does: SIGTERM, and SIGKILL after a while."""
    started = _started(state)
    ending = {name: one["pid"] for name, one in started.items() if not only or name in only}
    for pid in ending.values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for pid in ending.values():
        _wait_for(pid)
    _keep(state, {name: one for name, one in started.items() if name not in ending})


def _wait_for(pid: int) -> None:
    until = time.monotonic() + _STOP_SECONDS
    while _runs(pid) and time.monotonic() < until:
        time.sleep(0.1)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    """Return whether the process is there and has not ended; who ended waits for its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _own(service: str, command: Sequence[str]) -> list[str]:
    """Return a command of a container as it is run here: loopback only, on a port of the test."""
    words = [str(word) for word in command]
    if service == "postgres":
        kept = [word for word in words[1:] if word not in {"-U", "devoured"}]
        return [str(server_programs() / words[0]), *kept, os.environ["DEVOURED_DATABASE_URL"]]
    port = os.environ["TEST_PORT"]
    words = ["127.0.0.1" if word == "0.0.0.0" else word for word in words]  # noqa: S104  # taken out
    words = [port if word == "8000" else word for word in words]
    return [*words, "--port", port] if words[1:] == ["healthy", "api"] else words


def _here(part: str) -> str:
    """Return a part of a health check as Compose runs it, at the test's port and its signs."""
    ours = {"$$": "$", "/8000": f"/{os.environ['TEST_PORT']}", "/tmp": str(_state())}  # noqa: S108
    for there, here in ours.items():
        part = part.replace(there, here)
    return part


def _environment(spec: dict[str, Any]) -> dict[str, str]:
    """Return what the container would have, with the servers and folders of the test."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("DEVOURED_")}
    given = {name: value or "" for name, value in dotenv_values(".env").items()}
    servers = ("DEVOURED_DATABASE_URL", "DEVOURED_REDIS_URL")
    return mine | given | {name: os.environ[name] for name in servers} | dict(_folders(spec))


def _folders(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    given = spec.get("environment", {})
    for name in ("DEVOURED_STATE_FOLDER", "DEVOURED_IMAGES"):
        if name in given:
            folder = _state() / name.lower()
            folder.mkdir(exist_ok=True)
            yield name, str(folder)
    if "DEVOURED_HEALTH_FOLDER" in given:
        yield "DEVOURED_HEALTH_FOLDER", str(_state())


def _state() -> Path:
    return Path(os.environ[STATE])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
