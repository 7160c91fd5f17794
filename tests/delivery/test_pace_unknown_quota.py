"""The pace where the provider does not say what it allows."""

from collections.abc import Iterator

import pytest
from redis import Redis
from structlog.testing import capture_logs

from app.delivery.pace import HEADROOM, Pace
from app.transports.base import Quota, TransportError


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


DENIED = TransportError("The credentials lack the IAM action ses:GetAccount.", is_final=True)
SILENT = TransportError("GetAccount was not answered: ReadTimeoutError.")


@pytest.mark.parametrize(
    ("error", "known", "max_rate", "rate"),
    [
        (DENIED, None, 0, 1),
        (DENIED, None, 50, 50),
        (DENIED, 100, 0, 100),
        (DENIED, 100, 50, 50),
        (SILENT, None, 50, 50),
        (SILENT, 100, 0, 100),
        (SILENT, 14, 50, 14),
    ],
)
def test_rate_where_the_quota_is_unknown_is_the_one_that_was_set(
    valkey: Redis, error: TransportError, known: float | None, max_rate: float, rate: float
) -> None:
    def fetch() -> Quota:
        raise error

    if known is not None:
        Pace(valkey, lambda: Quota(known / HEADROOM)).take(1)
        valkey.delete("devoured:pace:asked")
    Pace(valkey, fetch, max_rate=max_rate).take(1)
    assert float(valkey.hget("devoured:pace", "rate") or 0) == pytest.approx(rate)


def test_unknown_quota_is_said_once_by_all_processes_until_the_reason_changes(
    valkey: Redis,
) -> None:
    reasons = [DENIED, None, DENIED, DENIED, SILENT, SILENT]
    n_asked = len(reasons)

    def fetch() -> Quota:
        reason = reasons.pop()
        if reason is not None:
            raise reason
        return Quota(100)

    with capture_logs() as logs:
        for _ in range(n_asked):
            valkey.delete("devoured:pace:asked")
            Pace(valkey, fetch).take(1)
    assert [log["error"] for log in logs] == [str(SILENT), str(DENIED), str(DENIED)]
    # A missing permission is not asked for every five seconds.
    assert valkey.ttl("devoured:pace:asked") > 50


def test_take_keeps_to_one_a_second_when_the_provider_is_silent(valkey: Redis) -> None:
    def fetch() -> Quota:
        raise TransportError("ReadTimeoutError")

    pace = Pace(valkey, fetch)
    pace.take(1)
    valkey.hset("devoured:pace", "at", 0)
    assert pace.take(50).n == 1


def test_new_process_keeps_the_rate_that_is_known_when_the_provider_is_silent(
    valkey: Redis,
) -> None:
    def fetch() -> Quota:
        raise TransportError("ReadTimeoutError")

    Pace(valkey, lambda: Quota(100 / HEADROOM, left=9)).take(1)
    valkey.delete("devoured:pace:asked")
    Pace(valkey, fetch).take(1)
    assert float(valkey.hget("devoured:pace", "rate") or 0) == pytest.approx(100)
    assert float(valkey.hget("devoured:pace", "left") or 0) == 9
    assert 0 < valkey.ttl("devoured:pace:asked") <= 5
