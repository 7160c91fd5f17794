import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.settings import Settings
from localdev.demo.place import (
    DemoFolder,
    environment,
    find_place,
    keep_environment,
    read_secrets,
    settings_of,
)
from localdev.processes import free_port


@pytest.fixture
def find(tmp_path: Path) -> Iterator[Callable[..., DemoFolder]]:
    """find_place, and every port let go of at the end."""
    with ExitStack() as stack:

        def find_and_hold(port: int = 0) -> DemoFolder:
            place = find_place(tmp_path, port)
            stack.callback(place.let_go)
            return place

        yield find_and_hold


def test_find_place_takes_free_ports_when_those_asked_for_are_taken(
    find: Callable[..., DemoFolder],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place = find(port)

    assert place.port != port
    assert place.port != place.ses_port


def test_find_place_takes_the_ports_asked_for(find: Callable[..., DemoFolder]) -> None:
    port = free_port()

    assert find(port).port == port


def test_two_places_found_at_the_same_moment_share_no_port(find: Callable[..., DemoFolder]) -> None:
    port = free_port()
    first, second = find(port), find(port)

    assert len({first.port, first.ses_port, second.port, second.ses_port}) == 4


def test_port_of_a_place_is_free_again_once_it_is_let_go(find: Callable[..., DemoFolder]) -> None:
    first = find()
    first.let_go()

    assert find(first.port).port == first.port


def test_read_secrets_gives_the_same_again_and_nobody_else_reads_them(tmp_path: Path) -> None:
    made = read_secrets(tmp_path)

    assert read_secrets(tmp_path) == made
    assert min(len(value) for value in made.values()) >= 48
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_environment_says_the_settings_and_nothing_that_leads_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = {
        "DEVOURED_SMTP_URL": "smtp://elsewhere",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL": "https://elsewhere.example",
        "PGHOST": "elsewhere",
        "https_proxy": "http://elsewhere",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    place = DemoFolder(tmp_path, 1, 2)
    values = settings_of(
        place, read_secrets(tmp_path), database_url="postgresql:///x", redis_url="unix:///x"
    )
    made = environment(place, values)

    assert not foreign.keys() & made.keys()
    assert made["AWS_ENDPOINT_URL_SESV2"] == place.ses_url
    assert Settings(**values).base_url == made["DEVOURED_BASE_URL"]


def test_settings_are_read_back_by_a_shell_when_a_demo_wrote_them_down(tmp_path: Path) -> None:
    place = DemoFolder(tmp_path, 1, 2)
    url = "postgresql://ada@/devoured?host=/here&port=5432"
    made = {"DEVOURED_A": "two words' $HOME", "HOME": "/elsewhere", "DEVOURED_DATABASE_URL": url}
    keep_environment(place.settings_file, made)

    said = subprocess.run(  # noqa: S603  # our own words
        [
            *(
                "/bin/sh",
                "-ec",
                '. "$0"; pg_dump --version >&2; echo "$PGUSER@$PGHOST" >&2; echo "$DEVOURED_A"',
            ),
            str(place.settings_file),
        ],
        check=True,
        capture_output=True,
        text=True,
    )

    assert said.stdout == "two words' $HOME\n"
    assert "PostgreSQL" in said.stderr
    assert "ada@/here" in said.stderr
    assert "HOME=" not in place.settings_file.read_text().replace("$HOME", "")
    assert place.settings_file.stat().st_mode & 0o077 == 0
