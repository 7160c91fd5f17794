import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

from app.events.certificates import MAX_BYTES, fetch_certificate, make_certificate_fetcher
from app.events.errors import EventError

_ANSWERS = {
    "/good": (200, b"-----BEGIN CERTIFICATE-----"),
    "/longest": (200, b"x" * MAX_BYTES),
    "/too-long": (200, b"x" * (MAX_BYTES + 1)),
    "/moved": (302, b""),
    "/gone": (404, b"gone"),
    "/broken": (500, b""),
}


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = _ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/good", "/longest"])
def test_certificate_is_what_the_server_has(url: str, path: str) -> None:
    with urllib3.PoolManager() as http:
        assert fetch_certificate(http, url + path) == _ANSWERS[path][1]


@pytest.mark.parametrize("path", ["/too-long", "/moved", "/gone", "/broken"])
def test_certificate_may_be_asked_for_again_when_the_server_has_none(url: str, path: str) -> None:
    with urllib3.PoolManager() as http, pytest.raises(EventError) as refused:
        fetch_certificate(http, url + path)
    assert (refused.value.reason, refused.value.again) == ("no_certificate", True)


def test_certificate_may_be_asked_for_again_when_nobody_answers() -> None:
    with urllib3.PoolManager() as http, pytest.raises(EventError) as refused:
        fetch_certificate(http, "http://127.0.0.1:1/good")
    assert refused.value.again


def test_fetcher_asks_once_for_each_certificate(url: str) -> None:
    fetch = make_certificate_fetcher()
    first = fetch(f"{url}/good")
    assert fetch(f"{url}/good") is first
