"""Links looked at on a real server; names lead to it as this test's resolver says."""

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from app.enums import LinkOutcome
from app.issues.links.look import LinkNetwork, check_link
from app.net.connect import Resolve
from tests.issues.links.site import Site, serving

HERE: Final = "127.0.0.1"
CERTIFICATE: Final = Path(__file__).parents[2] / "transports" / "tls.pem"
Look = Callable[..., tuple[LinkOutcome, int | None]]


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    running.asked.clear()
    return running


@pytest.fixture
def reach(site: Site) -> LinkNetwork:
    """`news.dev` is here; nothing but this very address may be connected to."""
    return LinkNetwork(
        resolve=lambda host, _port: {"news.dev": [HERE]}.get(host, [host]),
        may_connect=lambda address: address == HERE,
        ports=frozenset({site.port}),
        deadline_seconds=2,
    )


@pytest.fixture
def look(site: Site, reach: LinkNetwork) -> Look:
    def run(path: str, host: str = "news.dev", **changes: object) -> tuple[LinkOutcome, int | None]:
        url = f"http://{host}:{site.port}{path}"
        result = check_link(url, replace(reach, **changes))  # type: ignore[arg-type]  # by its field
        assert result.url == url
        return result.outcome, result.status

    return run


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/status/200", LinkOutcome.FINE, 200),
        ("/status/204", LinkOutcome.FINE, 204),
        ("/get_only", LinkOutcome.FINE, 200),
        ("/to/~status~200", LinkOutcome.FINE, 200),
        ("/chain/995", LinkOutcome.LOOPING, None),
        ("/status/404", LinkOutcome.GONE, 404),
        ("/status/410", LinkOutcome.GONE, 410),
        ("/to/~status~404", LinkOutcome.GONE, 404),
        ("/status/403", LinkOutcome.REFUSED, 403),
        ("/status/429", LinkOutcome.REFUSED, 429),
        ("/status/500", LinkOutcome.FAILING, 500),
        ("/loop", LinkOutcome.LOOPING, None),
        ("/reset", LinkOutcome.UNREACHABLE, None),
        ("/nonsense", LinkOutcome.UNREACHABLE, None),
        ("/huge_head", LinkOutcome.UNREACHABLE, None),
        ("/huge", LinkOutcome.FINE, 200),
        ("/to/mailto:someone@news.dev", LinkOutcome.NOT_CHECKED, None),
    ],
)
def test_look_tells_what_the_server_does(
    look: Look, path: str, outcome: LinkOutcome, status: int | None
) -> None:
    assert look(path) == (outcome, status)


def test_look_ends_at_its_deadline_when_the_server_dribbles(look: Look) -> None:
    assert look("/slow", deadline_seconds=0.3) == (LinkOutcome.UNREACHABLE, None)


def test_look_asks_with_head_first_and_the_name_of_the_host(look: Look, site: Site) -> None:
    look("/status/500")
    host = f"news.dev:{site.port}"
    assert site.asked == [f"HEAD /status/500 {host}", f"GET /status/500 {host}"]


@pytest.mark.parametrize(
    "elsewhere", ["127.0.0.2", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "169.254.169.254"]
)
def test_redirect_to_a_private_address_is_not_followed(
    look: Look, site: Site, elsewhere: str
) -> None:
    target = f"http:~~{elsewhere}:{site.port}~status~200"
    assert look(f"/to/{target}") == (LinkOutcome.PRIVATE, None)
    assert [asked.split()[0] for asked in site.asked] == ["HEAD"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1"]
)
def test_own_machine_is_refused_by_the_guard_of_production(site: Site, host: str) -> None:
    result = check_link(
        f"http://{host}:{site.port}/status/200", LinkNetwork(ports=frozenset({site.port}))
    )
    assert result.outcome in {LinkOutcome.PRIVATE, LinkOutcome.UNREACHABLE}
    assert site.asked == []


def test_name_with_one_private_address_among_others_is_refused(look: Look, site: Site) -> None:
    assert look("/status/200", resolve=lambda *_: [HERE, "10.0.0.1"]) == (LinkOutcome.PRIVATE, None)
    assert site.asked == []


def _changing(answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """Return a resolver with another answer each time, and the names it was asked for."""
    left, asked = list(answers), list[str]()

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [left.pop(0)]

    return resolve, asked


def test_connection_goes_to_the_address_that_was_checked_when_names_are_rebound(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, asked = _changing([HERE])
    connected = []
    connect = socket.create_connection

    def spy(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address[0])
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", spy)
    assert look("/get_only", resolve=resolve) == (LinkOutcome.FINE, 200)
    assert (asked, connected) == (["news.dev"], [HERE, HERE])


def test_every_redirect_is_checked_anew_when_the_name_changes_its_address(
    look: Look, site: Site
) -> None:
    resolve, asked = _changing([HERE, "10.0.0.1"])
    assert look("/to/~status~200", resolve=resolve) == (LinkOutcome.PRIVATE, None)
    assert (asked, len(site.asked)) == (["news.dev", "news.dev"], 1)


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("http://user:word@news.dev/", LinkOutcome.NOT_CHECKED),
        ("http://news.dev:22/", LinkOutcome.NOT_CHECKED),
        ("ftp://news.dev/", LinkOutcome.NOT_CHECKED),
        ("file:///etc/passwd", LinkOutcome.NOT_CHECKED),
        ("http://", LinkOutcome.NOT_CHECKED),
        ("http://[::1", LinkOutcome.UNREACHABLE),
        ("http://no such host/", LinkOutcome.UNREACHABLE),
        ("nonsense", LinkOutcome.NOT_CHECKED),
    ],
)
def test_what_is_no_ordinary_address_is_not_asked_for(
    reach: LinkNetwork, site: Site, url: str, outcome: LinkOutcome
) -> None:
    assert check_link(url, reach).outcome is outcome
    assert site.asked == []


def test_unknown_host_and_closed_port_are_unreachable(look: Look) -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror

    assert look("/", resolve=unknown) == (LinkOutcome.UNREACHABLE, None)
    with socket.socket() as unused:
        unused.bind((HERE, 0))
        port = unused.getsockname()[1]
        result = check_link(
            f"http://{HERE}:{port}/",
            LinkNetwork(may_connect=lambda _: True, ports=frozenset({port})),
        )
    assert result.outcome is LinkOutcome.UNREACHABLE
    assert "takes no connection" in result.detail


def test_server_without_tls_is_unreachable_by_https(site: Site, reach: LinkNetwork) -> None:
    result = check_link(f"https://news.dev:{site.port}/status/200", reach)
    assert (result.outcome, result.detail) == (
        LinkOutcome.UNREACHABLE,
        "cannot be reached securely",
    )


@pytest.fixture(scope="module")
def secured() -> Iterator[Site]:
    with serving(CERTIFICATE) as site:
        yield site


@pytest.fixture
def trusting(secured: Site) -> LinkNetwork:
    """Leads every name to the server, and trusts its certificate, which is of localhost."""
    return LinkNetwork(
        resolve=lambda *_: [HERE],
        may_connect=lambda _: True,
        ports=frozenset({secured.port}),
        tls=ssl.create_default_context(cafile=CERTIFICATE),
    )


def test_tls_verifies_the_name_and_not_the_address(secured: Site, trusting: LinkNetwork) -> None:
    fine = check_link(f"https://localhost:{secured.port}/status/204", trusting)
    assert (fine.outcome, fine.status) == (LinkOutcome.FINE, 204)
    assert secured.asked == [f"HEAD /status/204 localhost:{secured.port}"]
    other = check_link(f"https://news.dev:{secured.port}/status/204", trusting)
    assert other.outcome is LinkOutcome.UNREACHABLE
    assert other.detail.startswith("has a certificate that is not valid")


def test_tls_refuses_a_certificate_of_nobody(secured: Site, trusting: LinkNetwork) -> None:
    distrusting = replace(trusting, tls=ssl.create_default_context())
    result = check_link(f"https://localhost:{secured.port}/status/204", distrusting)
    assert result.detail.startswith("has a certificate that is not valid")
