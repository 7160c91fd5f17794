"""A public generator makes a client of the whole document, and the client works on the API."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from app.api.openapi import operations
from app.container import Container
from app.enums import Scope
from app.main import bare_app, create_app
from app.settings import Settings
from localdev.processes import free_port
from tests.api.clients import secret_of
from tests.at_hand import build_at_hand
from tests.serving import served

ROOT = Path(__file__).parents[2]
PLACE = Path(sys.prefix) / "client" / "bin"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the client into a folder; any warning of the generator is an error."""
    folder = tmp_path_factory.mktemp("client")
    ran = subprocess.run(  # noqa: S603 - the generator that `make client` installed
        [
            PLACE / "openapi-python-client", "generate", "--fail-on-warning", "--meta", "none",
            "--path", ROOT / "docs" / "openapi.json",
            "--config", ROOT / "docs" / "clients.yaml",
            "--output-path", folder / "devoured_client",
        ],
        capture_output=True, check=False, text=True, env={"PATH": str(PLACE)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "WARNING" not in ran.stdout + ran.stderr
    return folder


@pytest.fixture
def container(settings: Settings, now: datetime) -> Iterator[Container]:
    container = build_at_hand(settings, clock=lambda: now)
    yield container
    container.engine.dispose()


def test_client_of_every_operation_loads_a_digest_and_reads_it_back(
    folder: Path, container: Container, now: datetime
) -> None:
    key = secret_of(container, [Scope.ADMIN], now)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with served(create_app(container), port):
        ran = subprocess.run(  # noqa: S603 - our own script
            [PLACE / "python", Path(__file__).with_name("ask.py"), folder, url, key],
            capture_output=True, check=False, text=True,
        )  # fmt: skip

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "n_endpoints": len(list(operations(bare_app().openapi()))),
        "loaded": 1,
        "issue": ["2026-04-28", "draft", None],
        "import": 201,
        "missing": "not_found",
    }
