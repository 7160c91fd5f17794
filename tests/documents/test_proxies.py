"""The proxies of docs/https.md, as they stand there: where a request is from, and no claim."""

import http.client
import re
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.orm import Session

from app.access.keys import make_key
from app.actors import CLI
from app.enums import Scope
from app.settings import Settings
from localdev.processes import free_port, start_child, stop, wait_until
from tests.cli.conftest import environment_of
from tests.documents.pages import DOCS, ROOT, blocks

_READER: Final = "127.0.0.9"
_OTHER: Final = "127.0.0.8"
_SECONDS: Final = 60
_PATH: Final = "/usr/sbin:/usr/bin:/bin"
_BLOCKS: Final = {block.language: block.text for block in blocks(DOCS / "https.md")}


def _nginx(folder: Path, port: int, service: int) -> list[str]:
    """Write the page's file beside what nginx has of its own, and return the command."""
    subprocess.run(  # noqa: S603  # a certificate for this test
        [
            *shlex.split("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=digest.example.org"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    page = (
        _BLOCKS["nginx"]
        .replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        .replace("127.0.0.1:8000", f"127.0.0.1:{service}")
    )
    page = re.sub(r"/etc/letsencrypt/\S+/fullchain\.pem", str(folder / "cert.pem"), page)
    page = re.sub(r"/etc/letsencrypt/\S+/privkey\.pem", str(folder / "key.pem"), page)
    paths = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{\n{paths}{page}}}\n"
    )
    return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def _caddy(folder: Path, port: int, service: int) -> list[str]:
    """Write the page's file with a certificate of Caddy's own, and return the command."""
    page = _BLOCKS["caddyfile"].replace("127.0.0.1:8000", f"127.0.0.1:{service}")
    page = page.replace("digest.example.org {", f"localhost:{port} {{\n    bind 127.0.0.1")
    (folder / "Caddyfile").write_text(
        "{\n    admin off\n    skip_install_trust\n    auto_https disable_redirects\n"
        f"    storage file_system {folder}\n}}\n{page}"
    )
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


_PROXIES: Final[dict[str, Callable[[Path, int, int], list[str]]]] = {
    "caddy": _caddy,
    "nginx": _nginx,
}


@contextmanager
def _served(folder: Path, settings: Settings, proxy: str, trusted: str) -> Iterator[int]:
    """Run the service and the proxy in front of it, and yield the proxy's port."""
    if not shutil.which(proxy, path=_PATH):
        pytest.skip(f"{proxy} is not installed")
    service, port = free_port(), free_port()
    api = start_child(
        "api",
        [sys.executable, "-m", "app.cli", "serve", "--port", str(service)],
        log=folder / "api.log",
        env=environment_of(settings) | {"DEVOURED_TRUSTED_PROXIES": trusted},
    )
    try:
        wait_until(lambda: _status(service, _READER, None, is_https=False) == 200, _SECONDS, api)
        front = start_child(
            proxy,
            _PROXIES[proxy](folder, port, service),
            log=folder / "proxy.log",
            env={"HOME": str(folder), "PATH": _PATH},
        )
        try:
            wait_until(lambda: _status(port, _READER, None) == 200, _SECONDS, front)
            yield port
        finally:
            stop(front, _SECONDS)
    finally:
        stop(api, _SECONDS)


def _status(
    port: int, source: str, key: str | None, claimed: str = "", *, is_https: bool = True
) -> int:
    """Ask from an address of this machine, and return the answer's status; 0 for none."""
    path = "/v1/issues" if key else "/health"
    headers = {
        "Authorization": f"Bearer {key}",
        "X-Forwarded-For": claimed,
        "X-Real-IP": claimed,
        "Forwarded": f"for={claimed}",
    }
    with closing(_connection(port, source, is_https=is_https)) as connection:
        try:
            connection.request("GET", path, headers=headers if key else {})
            with connection.getresponse() as answer:
                return answer.status
        except OSError:
            return 0


def _connection(port: int, source: str, *, is_https: bool) -> http.client.HTTPConnection:
    if not is_https:
        return http.client.HTTPConnection("127.0.0.1", port, _SECONDS, (source, 0))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # a certificate of the test's own
    return http.client.HTTPSConnection(
        "localhost", port, timeout=_SECONDS, source_address=(source, 0), context=context
    )


def test_file_for_caddy_is_that_of_the_page() -> None:
    shipped = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text("utf-8").splitlines()
    directives = [line.split() for line in shipped if not line.lstrip().startswith("#")]

    assert directives[1:] == [line.split() for line in _BLOCKS["caddyfile"].splitlines()][1:]


@pytest.fixture
def key(session: Session, now: datetime) -> str:
    """Make a key that may be used from one address alone."""
    _, secret = make_key(session, CLI, "trial", [Scope.READ], now, networks=[f"{_READER}/32"])
    session.commit()
    return secret


@pytest.mark.parametrize("proxy", _PROXIES)
def test_service_hears_from_where_a_reader_asked_and_believes_no_claim(
    proxy: str, key: str, settings: Settings, tmp_path: Path
) -> None:
    with _served(tmp_path, settings, proxy, "127.0.0.1") as port:
        assert _status(port, _READER, key) == 200
        assert _status(port, _OTHER, key) == 403
        assert _status(port, _OTHER, key, claimed=_READER) == 403


def test_every_reader_seems_to_be_the_proxy_where_it_is_not_trusted(
    key: str, settings: Settings, tmp_path: Path
) -> None:
    with _served(tmp_path, settings, "nginx", "") as port:
        assert _status(port, _READER, key) == 403
