"""What docs/install.md says, with a real Docker: image, health, a worker killed in mid-send.

`make compose` runs it, and so does the workflow on GitHub. It builds the image and pulls those of
PostgreSQL, Valkey and Mailpit, so `make test` leaves it out; there the guide's commands are typed
without containers (tests/documents).
"""

import json
import os
import re
import shutil
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from localdev.processes import wait_until
from tests.documents.pages import COMMANDS, DOCS, ROOT, blocks

N_READERS: Final = 5000
_PROJECT: Final = "devoured-tried"
_MAILPIT: Final = "http://127.0.0.1:8025/api/v1/messages?limit=10000"


class Host:
    """A folder of the project on a machine with Docker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, script: str, stdin: str = "") -> str:
        """Run commands as they are typed; return what they print, and fail as they do."""
        done = subprocess.run(  # noqa: S603  # the guide's own commands
            ["/bin/bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=os.environ | {"COMPOSE_PROJECT_NAME": _PROJECT},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def devoured(self, arguments: str, stdin: str = "") -> str:
        return self.run(f"docker compose exec -T api devoured {arguments}", stdin)

    def states(self) -> dict[str, str]:
        """Return what Docker says of each container, by its name."""
        said = self.run(
            f"docker ps -a --filter label=com.docker.compose.project={_PROJECT}"
            " --format '{{.Names}}\t{{.Status}}'"
        )
        return dict(line.split("\t") for line in said.splitlines())


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Yield a host on which the guide was followed to its end, and take everything away after."""
    folder = tmp_path_factory.mktemp("host") / "devoured"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", "var", ".env"))
    host = Host(folder)
    try:
        for block in blocks(DOCS / "install.md"):
            if block.language == COMMANDS and block.marks.isdisjoint({"aws", "host"}):
                host.run(block.text)
        yield host
    finally:
        host.run("docker compose --profile mailpit down --volumes --timeout 60")


def test_every_container_gets_healthy_and_the_migration_ended_well(host: Host) -> None:
    wait_until(lambda: _all_are_well(host), 90)
    assert sum("worker" in name for name in host.states()) == 2  # the guide's last step


def _all_are_well(host: Host) -> bool:
    of_all = {name: state for name, state in host.states().items() if "migrate" not in name}
    (of_migration,) = (state for name, state in host.states().items() if "migrate" in name)
    healthy = all("(healthy)" in state for state in of_all.values())
    return healthy and of_migration.startswith("Exited (0)")


@pytest.mark.parametrize("part", ["api", "worker", "beat"])
def test_a_part_is_nobody_in_particular_and_writes_nowhere_but_its_folders(
    host: Host, part: str
) -> None:
    said = host.run(
        f"docker compose exec -T {part} sh -c "
        "'id -u; touch /opt/devoured/x 2>&1 || true; grep CapEff /proc/self/status'"
    )
    assert said.split()[0] == "10001"
    assert "Read-only file system" in said
    assert said.split()[-1] == "0" * 16


def test_everybody_gets_one_mail_though_a_worker_is_killed_and_one_is_stopped(host: Host) -> None:
    wait_until(lambda: _all_are_well(host), 90)
    readers = "".join(f"reader{number}@example.net,AI;DevOps\n" for number in range(N_READERS))
    consent = "readers import - --consent 'made for this test'"
    host.devoured(consent, f"email,categories\n{readers}")
    host.devoured("load - --quiet", (ROOT / "localdev/samples/digest.txt").read_text("utf-8"))
    host.devoured("categories open security")
    host.devoured("approve 1")
    host.devoured("schedule 1 --at now")

    wait_until(lambda: len(_addresses()) > 200, 60)
    killed, stopped = (name for name in host.states() if "worker" in name)
    host.run(f"docker kill --signal KILL {killed}")
    host.run(f"docker stop {stopped}")
    before = len(_addresses())
    host.run("docker compose --profile mailpit up -d --scale worker=2")
    n_decided = 0

    def is_sent() -> bool:
        nonlocal n_decided
        n_decided += _decide(host)
        return "Issue 1 is sent." in host.devoured("progress 1")

    wait_until(is_sent, 600)

    got = Counter(_addresses())
    assert before < N_READERS, "it was all sent before a worker was killed"
    assert got.most_common(1)[0][1] == 1
    assert N_READERS - n_decided <= len(got) <= N_READERS


def _decide(host: Host) -> int:
    """Say that whoever the killed worker left in doubt has it, since SMTP tells nothing more.

    Return how many those were. A worker writes to 50 at a time, so they are a page at most.
    """
    rows = re.findall(r"(?m)^\W*\d+\b", host.devoured("doubts 1"))
    if rows:
        host.devoured("decide 1 sent")
    return len(rows)


def _addresses() -> list[str]:
    """Return to whom the mails in Mailpit went."""
    with urllib.request.urlopen(_MAILPIT, timeout=30) as answer:
        return [to["Address"] for one in json.load(answer)["messages"] for to in one["To"]]
