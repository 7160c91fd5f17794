import socket
import stat
from pathlib import Path

import pytest

from app.local.demo.place import environment, find_place, read_secrets, settings_of
from app.local.processes import free_port
from app.settings import Settings


def test_find_place_takes_free_ports_when_those_asked_for_are_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place = find_place(tmp_path, port)

    assert place.port != port
    assert place.port != place.ses_port


def test_find_place_takes_the_ports_asked_for(tmp_path: Path) -> None:
    port = free_port()

    assert find_place(tmp_path, port).port == port


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
    place = find_place(tmp_path, free_port())
    values = settings_of(
        place, read_secrets(tmp_path), database_url="postgresql:///x", redis_url="unix:///x"
    )
    made = environment(place, values)

    assert not foreign.keys() & made.keys()
    assert made["AWS_ENDPOINT_URL_SESV2"] == place.ses_url
    assert Settings(**values).base_url == made["DEVOURED_BASE_URL"]
