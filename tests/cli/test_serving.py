"""`devoured serve` and `openapi`."""

import json
import os
import socket
from pathlib import Path

from tests.cli.conftest import Devoured


def test_openapi_prints_the_document_without_settings(devoured: Devoured) -> None:
    ran = devoured("openapi")

    assert ran.code == 0
    assert "/v1/issues" in " ".join(json.loads(ran.out)["paths"])


def test_serve_exits_2_when_it_is_given_no_listening_socket(cli: Devoured, tmp_path: Path) -> None:
    with (tmp_path / "no socket").open("w") as file:
        ran = cli("serve", "--fd", str(file.fileno()))
        assert ran.code == 2
        assert ran.err == f"devoured: {file.fileno()} is no listening socket.\n"
    with socket.socket() as deaf:
        assert cli("serve", "--fd", str(os.dup(deaf.fileno()))).code == 2
