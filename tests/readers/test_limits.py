"""How many sign-ups an hour are let in, and what Valkey gets to know of them."""

from collections.abc import Iterator
from typing import NoReturn

import pytest
from redis import ConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from app.addresses import Address
from app.readers.limits import WITHOUT_SECONDS, Bound, Limits, PerHour
from tests.factories import PEPPER

NONE = PerHour(0, 0, 0)
HOUSEHOLD = "8.8.8.8"


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


def _address(text: str) -> Address:
    return Address(text, text)


@pytest.mark.parametrize(
    ("per_hour", "comers", "bound"),
    [
        (PerHour(2, 0, 0), [("a@b.example", None)] * 3, Bound.ADDRESS),
        (PerHour(0, 2, 0), [(f"{n}@{n}.example", f"8.8.8.{n}") for n in range(3)], Bound.NETWORK),
        (PerHour(0, 0, 2), [(f"{n}@b.example", f"8.8.{n}.8") for n in range(3)], Bound.DOMAIN),
        (PerHour(0, 2, 0), [("a@b.example", f"2a00:1450::{n}") for n in range(3)], Bound.NETWORK),
    ],
)
def test_limit_lets_in_so_many_an_hour(
    valkey: Redis, per_hour: PerHour, comers: list[tuple[str, str | None]], bound: Bound
) -> None:
    limits = Limits(valkey, per_hour, PEPPER)
    told = [limits.take(_address(address), client) for address, client in comers]
    assert told[:2] == [None, None]
    assert told[2] is not None
    assert told[2].bound is bound
    assert 1700 < told[2].wait_seconds <= 1800


@pytest.mark.parametrize(
    ("per_hour", "comers"),
    [
        (NONE, [("a@b.example", HOUSEHOLD)] * 9),
        (PerHour(0, 1, 0), [("a@b.example", "10.0.0.7")] * 9),
        (PerHour(0, 1, 0), [("a@b.example", "testclient")] * 9),
        (PerHour(0, 0, 1), [(f"{n}@gmail.com", None) for n in range(9)]),
        (PerHour(1, 0, 0), [(f"{n}@b.example", HOUSEHOLD) for n in range(9)]),
    ],
)
def test_limit_lets_in_everybody_when_it_is_not_theirs(
    valkey: Redis, per_hour: PerHour, comers: list[tuple[str, str]]
) -> None:
    limits = Limits(valkey, per_hour, PEPPER)
    assert {limits.take(_address(address), client) for address, client in comers} == {None}


def test_limit_that_is_used_up_charges_no_other(valkey: Redis) -> None:
    limits = Limits(valkey, PerHour(1, 2, 0), PEPPER)
    for _ in range(5):
        limits.take(_address("victim@b.example"), HOUSEHOLD)
    assert limits.take(_address("other@b.example"), HOUSEHOLD) is None


def test_limits_are_shared_by_all_processes(valkey: Redis) -> None:
    both = [Limits(valkey, PerHour(1, 0, 0), PEPPER) for _ in range(2)]
    told = [limits.take(_address("a@b.example"), None) for limits in both]
    assert told[0] is None
    assert told[1] is not None


def test_valkey_never_sees_an_address_and_forgets(valkey: Redis) -> None:
    Limits(valkey, PerHour(1, 1, 1), PEPPER).take(_address("secret.person@b.example"), HOUSEHOLD)
    keys = list(valkey.scan_iter())
    assert len(keys) == 3
    assert not any(word in key for key in keys for word in (b"secret", b"b.example", b"8.8"))
    assert all(0 < valkey.ttl(key) <= 3600 for key in keys)


class _Silent(ConnectionPool):
    """A pool that nobody answers; it counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.n_asked = 0

    def get_connection(self, *_: object, **__: object) -> NoReturn:
        self.n_asked += 1
        raise RedisConnectionError("refused")


def test_limits_let_everybody_in_without_valkey_and_ask_again_after_a_while() -> None:
    at = [0.0]
    pool = _Silent()
    limits = Limits(Redis(connection_pool=pool), PerHour(1, 1, 1), PEPPER, seconds=lambda: at[0])
    for _ in range(3):
        assert limits.take(_address("a@b.example"), HOUSEHOLD) is None
        assert limits.first_use("token", 60)
    assert pool.n_asked == 1
    at[0] = WITHOUT_SECONDS
    assert limits.take(_address("a@b.example"), HOUSEHOLD) is None
    assert pool.n_asked == 2


def test_token_is_used_once(valkey: Redis) -> None:
    limits = Limits(valkey, NONE, PEPPER)
    assert [limits.first_use("token", 60) for _ in range(3)] == [True, False, False]
