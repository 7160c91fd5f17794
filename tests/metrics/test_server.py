"""`/metrics` on an address of its own: for who may, there alone, and never in the way."""

import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection

import pytest
from prometheus_client import CollectorRegistry, Gauge

from app.errors import ConfigError
from app.metrics.server import serving_metrics

TOKEN = "a token that only Prometheus and we know"


def _get(
    port: int,
    path: str = "/metrics",
    host: str = "127.0.0.1",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    connection = HTTPConnection(host, port, timeout=20)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    Gauge("told", "That it is told.", registry=made).set(7)
    return made


@pytest.fixture
def guarded_port(registry: CollectorRegistry) -> Iterator[int]:
    with serving_metrics("127.0.0.1:0", TOKEN, registry) as port:
        yield port


def test_metrics_are_answered_and_nothing_else_is(registry: CollectorRegistry) -> None:
    with serving_metrics("127.0.0.1:0", "", registry) as port:
        status, body = _get(port)
        assert status == 200
        assert "told 7.0" in body
        assert _get(port, "/")[0] == 404
        assert _get(port, "/v1/issues")[0] == 404
    with pytest.raises(ConnectionRefusedError):
        _get(port)


def test_metrics_are_answered_on_ipv6(registry: CollectorRegistry) -> None:
    with serving_metrics("[::1]:0", "", registry) as port:
        assert _get(port, host="::1")[0] == 200


@pytest.mark.parametrize(
    "given",
    [
        *(None, "", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN[:-1]}"),
        *("Bearer", "Bearer ", f"Basic {TOKEN}", "Bearer \u00fc"),
    ],
)
def test_who_does_not_bring_the_token_is_told_nothing(guarded_port: int, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}
    for path in ("/metrics", "/"):
        status, body = _get(guarded_port, path, headers=headers)
        assert (status, body) == (401, "Unauthorized\n")


def test_who_brings_the_token_is_told(guarded_port: int) -> None:
    status, body = _get(guarded_port, headers={"Authorization": f"Bearer {TOKEN}"})

    assert status == 200
    assert "told 7.0" in body


def test_address_that_is_taken_is_a_wrong_setting(registry: CollectorRegistry) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        said = f"DEVOURED_METRICS_LISTEN: {place}: Address already in use"
        with pytest.raises(ConfigError, match=said), serving_metrics(place, "", registry):
            pass


def test_who_sends_nothing_keeps_nobody_waiting(registry: CollectorRegistry) -> None:
    with (
        serving_metrics("127.0.0.1:0", "", registry) as port,
        socket.create_connection(("127.0.0.1", port)),
    ):
        assert _get(port)[0] == 200
