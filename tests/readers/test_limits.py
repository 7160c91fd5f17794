"""How many sign-ups an hour are let in, and what Valkey gets to know of them."""

from collections.abc import Iterator
from typing import NoReturn

import pytest
from redis import ConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from app.addresses import Address
from app.readers.limits import WITHOUT_SECONDS, LimitKind, Limits, PerHour
from tests.factories import PEPPER

NONE = PerHour()
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
        (PerHour(mailbox=2), [("a@b.example", None)] * 3, LimitKind.MAILBOX),
        (PerHour(mailbox=2), [(f"a+{n}@b.example", None) for n in range(3)], LimitKind.MAILBOX),
        (
            PerHour(mailbox=2),
            [(one, None) for one in ("ad.a@gmail.com", "a.da@gmail.com", "ada@googlemail.com")],
            LimitKind.MAILBOX,
        ),
        (
            PerHour(network=2),
            [(f"{n}@{n}.example", f"8.8.8.{n}") for n in range(3)],
            LimitKind.NETWORK,
        ),
        (PerHour(domain=2), [(f"{n}@b.example", f"8.8.{n}.8") for n in range(3)], LimitKind.DOMAIN),
        (
            PerHour(network=2),
            [("a@b.example", f"2a00:1450::{n}") for n in range(3)],
            LimitKind.NETWORK,
        ),
        (
            PerHour(network=9, site=2),
            [(f"{n}@{n}.example", f"2a00:1450:1:{n}::1") for n in range(3)],
            LimitKind.SITE,
        ),
        (PerHour(domain=10), [(f"{n}@b.example", HOUSEHOLD) for n in range(3)], LimitKind.SHARE),
        (
            PerHour(domain=10),
            [(f"{n}@b.example", f"2a00:1450:1:{n}::1") for n in range(3)],
            LimitKind.SHARE,
        ),
    ],
)
def test_limit_lets_in_so_many_an_hour(
    valkey: Redis, per_hour: PerHour, comers: list[tuple[str, str | None]], bound: LimitKind
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
        (PerHour(network=1), [("a@b.example", "10.0.0.7")] * 9),
        (PerHour(network=1), [("a@b.example", "testclient")] * 9),
        (PerHour(domain=1), [(f"{n}@gmail.com", None) for n in range(9)]),
        (PerHour(mailbox=1), [(f"{n}@b.example", HOUSEHOLD) for n in range(9)]),
        (PerHour(site=1), [("a@b.example", HOUSEHOLD)] * 9),
        (PerHour(site=1), [(f"{n}@b.example", f"2a00:1450:{n}::1") for n in range(1, 9)]),
        (PerHour(domain=5), [(f"{n}@b{n}.example", HOUSEHOLD) for n in range(9)]),
    ],
)
def test_limit_lets_in_everybody_when_it_is_not_theirs(
    valkey: Redis, per_hour: PerHour, comers: list[tuple[str, str]]
) -> None:
    limits = Limits(valkey, per_hour, PEPPER)
    assert {limits.take(_address(address), client) for address, client in comers} == {None}


def test_limit_that_is_used_up_charges_no_other(valkey: Redis) -> None:
    limits = Limits(valkey, PerHour(mailbox=1, network=2), PEPPER)
    for _ in range(5):
        limits.take(_address("victim@b.example"), HOUSEHOLD)
    assert limits.take(_address("other@b.example"), HOUSEHOLD) is None


def test_network_cannot_use_up_the_share_of_a_domain(valkey: Redis) -> None:
    limits = Limits(valkey, PerHour(network=60, site=120, domain=300), PEPPER)
    attacks = [
        limits.take(_address(f"{n}@b.example"), f"2a00:1450:1:{n:x}::1") is None for n in range(600)
    ]
    assert sum(attacks) == 60
    for n in range(60):
        assert limits.take(_address(f"somebody{n}@b.example"), f"8.8.{n}.8") is None


def test_mailbox_gets_no_more_than_its_limit_by_all_its_spellings(valkey: Redis) -> None:
    limits = Limits(valkey, PerHour(10, 60, 120, 300), PEPPER)
    told = []
    for n in range(590):
        spelling = f"{'.'.join('victim'[: n % 5 + 1])}{'victim'[n % 5 + 1 :]}+{n}@gmail.com"
        site = 1 + n % 2
        told.append(limits.take(_address(spelling), f"2a00:1450:{site}:{n:x}::1"))
    assert told.count(None) == 10


def test_limits_are_shared_by_all_processes(valkey: Redis) -> None:
    both = [Limits(valkey, PerHour(mailbox=1), PEPPER) for _ in range(2)]
    told = [limits.take(_address("a@b.example"), None) for limits in both]
    assert told[0] is None
    assert told[1] is not None


def test_valkey_never_sees_an_address_and_forgets(valkey: Redis) -> None:
    Limits(valkey, PerHour(1, 1, 1, 1), PEPPER).take(_address("secret.person@b.example"), HOUSEHOLD)
    keys = list(valkey.scan_iter())
    assert len(keys) == 4
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
