"""One request: where it may go, what comes of answers of every kind, and how long it takes."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from app.models import AttemptOutcome
from app.webhooks.request import WebhookNetwork, post
from tests.webhooks.receiver import (
    CONTINUE,
    DRIBBLE,
    FLOOD,
    HANG,
    NONSENSE,
    RESET,
    Receiver,
    receiving,
)

HERE: Final = "127.0.0.1"
CERTIFICATE: Final = Path(__file__).parents[1] / "transports" / "tls.pem"
OURS: Final = WebhookNetwork([f"{HERE}/32"], deadline_seconds=5)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, AttemptOutcome.ACCEPTED),
        (204, AttemptOutcome.ACCEPTED),
        (304, AttemptOutcome.REFUSED),
        (404, AttemptOutcome.REFUSED),
        (500, AttemptOutcome.REFUSED),
    ],
)
def test_only_2xx_accepts(receiver: Receiver, status: int, outcome: AttemptOutcome) -> None:
    receiver.answer = lambda _got: status
    came = post(receiver.url(), "{}", {}, OURS)
    assert (came.outcome, came.status) == (outcome, status)


def test_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer, receiver.headers = lambda _got: 307, {"Location": receiver.url("/there")}
    came = post(receiver.url(), "{}", {}, OURS)
    assert (came.outcome, came.detail) == (AttemptOutcome.REFUSED, "answered 307")
    assert [one.path for one in receiver.got] == ["/hook"]


@pytest.mark.parametrize("how", [RESET, HANG, NONSENSE, DRIBBLE, CONTINUE])
def test_server_that_does_not_answer_holds_nobody_for_longer_than_the_deadline(
    receiver: Receiver, how: int
) -> None:
    receiver.answer = lambda _got: how
    begun = time.monotonic()
    came = post(receiver.url(), "{}", {}, replace(OURS, deadline_seconds=1))
    assert came.outcome is AttemptOutcome.UNREACHABLE
    assert time.monotonic() - begun < 60, "it would go on for ever"


def test_answer_without_an_end_is_not_read(receiver: Receiver) -> None:
    receiver.answer = lambda _got: FLOOD
    assert post(receiver.url(), "{}", {}, OURS).outcome is AttemptOutcome.ACCEPTED


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.0.0.7"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fd00::1"],
        ["93.184.216.34", "10.0.0.7"],
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_private_is_connected_to(
    receiver: Receiver, scheme: str, addresses: list[str]
) -> None:
    network = WebhookNetwork(resolve=lambda _host, _port: addresses)
    came = post(f"{scheme}://hooks.example.org:{receiver.port}/", "{}", {}, network)
    assert came.outcome is AttemptOutcome.PRIVATE
    assert receiver.got == []


def test_allowed_network_is_connected_to_and_its_neighbours_are_not(receiver: Receiver) -> None:
    network = replace(
        OURS, resolve=lambda host, _port: [HERE if host == "in.test" else "127.0.0.2"]
    )
    assert post(receiver.url(host="in.test"), "{}", {}, network).outcome is AttemptOutcome.ACCEPTED
    assert post(receiver.url(host="by.test"), "{}", {}, network).outcome is AttemptOutcome.PRIVATE


def test_plain_http_stays_within_our_own_networks() -> None:
    network = replace(OURS, resolve=lambda _host, _port: ["93.184.216.34"])
    came = post("http://hooks.example.org/", "{}", {}, network)
    assert (came.outcome, came.detail) == (
        AttemptOutcome.PRIVATE,
        "needs https outside your own networks",
    )


def test_name_is_asked_once_so_that_a_second_answer_leads_nowhere(receiver: Receiver) -> None:
    answers = [[HERE], ["169.254.169.254"]]
    network = replace(OURS, resolve=lambda _host, _port: answers.pop(0))
    came = post(receiver.url(host="hooks.test"), "{}", {}, network)
    assert came.outcome is AttemptOutcome.ACCEPTED
    assert answers == [["169.254.169.254"]]
    assert receiver.got[0].headers["host"] == f"hooks.test:{receiver.port}"


@pytest.mark.parametrize("url", ["http://nowhere.invalid/", "http://[::1", "http://a:99999/", "x"])
def test_address_that_leads_nowhere_is_said_and_not_raised(url: str) -> None:
    assert post(url, "{}", {}, OURS).outcome in {
        AttemptOutcome.UNREACHABLE,
        AttemptOutcome.PRIVATE,
    }


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("999999999", timedelta(days=1)),
        ("-5", None),
        ("٣", None),
        ("soon", None),
        ("9" * 5000, None),
        ("Sun, 29 Nov 2026 18:02:00 GMT", timedelta(minutes=2)),
        ("Sun, 29 Nov 2099 18:00:00 GMT", timedelta(days=1)),
        ("Sun, 29 Nov 2026 17:00:00 GMT", None),
        ("Sun, 99 Nov 2026 17:00:00 GMT", None),
    ],
)
def test_time_that_is_asked_for_is_bounded(
    receiver: Receiver, header: str, wait: timedelta | None
) -> None:
    receiver.answer, receiver.date = lambda _got: 503, "Sun, 29 Nov 2026 18:00:00 GMT"
    receiver.headers = {"Retry-After": _as_sent(header)}
    assert post(receiver.url(), "{}", {}, OURS).wait == wait


def _as_sent(header: str) -> str:
    """Return a header as http.server can send it."""
    return header.encode().decode("latin-1")


@pytest.fixture
def secure() -> Iterator[Receiver]:
    with receiving(CERTIFICATE) as running:
        yield running


def test_certificate_must_be_the_names(secure: Receiver) -> None:
    network = replace(OURS, resolve=lambda _host, _port: [HERE])
    came = post(f"https://hooks.test:{secure.port}/", "{}", {}, network)
    assert came.outcome is AttemptOutcome.UNREACHABLE
    assert came.detail.startswith("the certificate is not valid")
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    came = post(f"https://other.test:{secure.port}/", "{}", {}, replace(network, tls=trusting))
    assert "certificate" in came.detail
    assert secure.got == []
