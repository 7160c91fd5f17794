import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from app.delivery.pace import BURST_SECONDS, HEADROOM, SAFE_SHARE, Grant, Pace
from app.transports.base import Quota
from localdev.valkey import start_valkey


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


class Seconds:
    """A clock that goes forward when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Taken:
    """One grant, and Valkey's clock before and after it was asked for."""

    before: float
    after: float
    n: int


def _valkey_seconds(valkey: Redis) -> float:
    seconds, micros = valkey.time()
    return seconds + micros / 1e6


def _work(url: str, rate: float, sizes: list[int], out: "Queue[list[Taken]]") -> None:
    """Take each of these sizes once, as a worker does: wait as told, take again."""
    with Redis.from_url(url) as valkey:
        pace = Pace(valkey, lambda: Quota(rate / HEADROOM))
        grants = []
        for size in sizes:
            grant = Grant(0)
            while not grant.n:
                time.sleep(grant.wait_seconds)
                before = _valkey_seconds(valkey)
                grant = pace.take(size)
            grants.append(Taken(before, _valkey_seconds(valkey), grant.n))
        out.put(grants)


def _windows(grants: list[Taken]) -> Iterator[tuple[float, int]]:
    """Yield every span between two grants, in seconds, and how many were surely granted in it."""
    for first in grants:
        for last in grants:
            within = [g.n for g in grants if g.before >= first.before and g.after <= last.after]
            if within:
                yield last.after - first.before, sum(within)


@settings(max_examples=4)
@given(
    rate=st.sampled_from([100.0, 400.0]),
    sizes=st.lists(st.integers(1, 20), min_size=2, max_size=5),
)
def test_no_time_is_granted_more_than_rate_and_burst_by_many_processes(
    worker_valkey: str, rate: float, sizes: list[int]
) -> None:
    with Redis.from_url(worker_valkey) as valkey:
        valkey.flushall()
    spawn = get_context("spawn")
    out: Queue[list[Taken]] = spawn.Queue()
    workers = [
        spawn.Process(target=_work, args=(worker_valkey, rate, sizes, out)) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    grants = [grant for _ in workers for grant in out.get(timeout=60)]
    for worker in workers:
        worker.join()
    assert sum(grant.n for grant in grants) == 3 * sum(sizes), "whoever waits gets all in the end"
    for seconds, n in _windows(grants):
        assert n <= rate * (seconds + BURST_SECONDS) + 1e-3


def test_bucket_starts_empty_so_that_a_flush_grants_nothing_twice(valkey: Redis) -> None:
    pace = Pace(valkey, lambda: Quota(10 / HEADROOM))
    assert pace.take(5).n == 0
    valkey.hset("devoured:pace", "at", 0)
    assert pace.take(5).n == 5
    valkey.flushall()
    assert pace.take(5).n == 0


def test_take_grants_a_burst_at_most(valkey: Redis) -> None:
    pace = Pace(valkey, lambda: Quota(20 / HEADROOM))
    pace.take(1)
    valkey.hset("devoured:pace", "at", 0)
    assert pace.take(50).n == 10


def test_take_says_how_long_to_wait(valkey: Redis) -> None:
    pace = Pace(valkey, lambda: Quota(10 / HEADROOM))
    grant = pace.take(5)
    assert grant.n == 0
    assert grant.why == "pace"
    tokens = float(valkey.hget("devoured:pace", "tokens") or 0)
    assert grant.wait_seconds == pytest.approx((5 - tokens) / 10, abs=1e-5)


def test_take_grants_all_at_once_when_nothing_limits_it(valkey: Redis) -> None:
    pace = Pace(valkey, lambda: None)
    pace.take(1)
    assert pace.take(50).n == 50


def test_take_keeps_to_our_own_limit_when_nothing_else_does(valkey: Redis) -> None:
    pace = Pace(valkey, lambda: None, max_rate=8)
    pace.take(1)
    valkey.hset("devoured:pace", "at", 0)
    assert pace.take(50).n == 4


def test_day_is_used_up_by_grants_and_given_back(valkey: Redis) -> None:
    pace = Pace(valkey, lambda: Quota(1000, left=7))
    pace.take(1)
    valkey.hset("devoured:pace", mapping={"at": 0, "left": 7})
    assert pace.take(50).n == 7
    grant = pace.take(50)
    assert (grant.n, grant.why) == (0, "quota")
    pace.give_back(2)
    assert pace.take(50).n == 2


def test_has_room_asks_the_provider_and_tells_everybody(valkey: Redis) -> None:
    left = [0]
    pace = Pace(valkey, lambda: Quota(1000, left=left[0]))
    assert pace.take(1).why == "quota"
    assert not pace.has_room()
    left[0] = 3
    assert pace.has_room()
    valkey.hset("devoured:pace", "at", 0)
    assert pace.take(50).n == 3


def test_learn_halves_the_rate_and_wins_it_back_slowly(valkey: Redis) -> None:
    pace = Pace(valkey, lambda: Quota(100 / HEADROOM))
    pace.take(1)

    def factor() -> float:
        return float(valkey.hget("devoured:pace", "factor") or 1)

    def learn(*, was_throttled: bool) -> None:
        valkey.hset("devoured:pace", "learnt", 0)
        pace.learn(was_throttled=was_throttled)

    learn(was_throttled=True)
    assert factor() == pytest.approx(0.5)
    pace.learn(was_throttled=True)
    assert factor() == pytest.approx(0.5), "many workers hear of the same throttling at once"
    learn(was_throttled=False)
    assert factor() == pytest.approx(0.55)
    for _ in range(20):
        learn(was_throttled=False)
    assert factor() == pytest.approx(1)
    for _ in range(20):
        learn(was_throttled=True)
    assert factor() == pytest.approx(0.01), "one recipient a second is always left"


@pytest.mark.parametrize("hours", [-1000, 1000])
def test_learn_goes_on_when_the_clock_of_valkey_jumped(valkey: Redis, hours: int) -> None:
    pace = Pace(valkey, lambda: Quota(100 / HEADROOM))
    pace.take(1)
    valkey.hset("devoured:pace", "learnt", valkey.time()[0] + hours * 3600)
    pace.learn(was_throttled=True)
    assert float(valkey.hget("devoured:pace", "factor") or 1) == pytest.approx(0.5)
    learnt = float(valkey.hget("devoured:pace", "learnt") or 0)
    assert learnt <= valkey.time()[0] + 1


@pytest.mark.parametrize("hours", [-1000, 1000])
def test_take_goes_on_when_the_clock_of_valkey_jumped(valkey: Redis, hours: int) -> None:
    pace = Pace(valkey, lambda: Quota(20 / HEADROOM))
    pace.take(1)
    at = valkey.time()[0] + hours * 3600
    valkey.hset("devoured:pace", mapping={"at": at, "tokens": 3})
    assert pace.take(3).n == 3, "what was there before the jump is not lost"
    assert float(valkey.hget("devoured:pace", "at") or 0) <= valkey.time()[0] + 1


def test_take_keeps_to_a_safe_share_of_the_rate_it_knew_until_valkey_is_back() -> None:
    seconds, asked = Seconds(), []

    def fetch() -> Quota:
        asked.append(seconds.now)
        return Quota(400 / HEADROOM)

    def take_for_a_minute() -> int:
        granted = 0
        for _ in range(120):
            granted += pace.take(50).n
            seconds.now += 0.5
        return granted

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="devoured-tests-")))
        with start_valkey(folder, durable=False) as running:
            valkey = stack.enter_context(Redis.from_url(running.url))
            pace = Pace(valkey, fetch, seconds=seconds)
            pace.take(1)
            valkey.hset("devoured:pace", "at", 0)
            assert pace.take(50).n == 50
        assert 60 * 400 * SAFE_SHARE / 2 < take_for_a_minute() <= 60 * 400 * SAFE_SHARE + 10
        with start_valkey(folder, durable=False) as running:
            pace.take(1)
            assert len(asked) == 2, "an empty Valkey has to be told the quota again"
            valkey.hset("devoured:pace", "at", 0)
            assert pace.take(50).n == 50
            with Redis.from_url(running.url) as other:
                shared = Pace(other, fetch)
                assert float(other.hget("devoured:pace", "tokens") or 0) == pytest.approx(150)
                assert shared.take(50).n == 50
            assert len(asked) == 2


def test_take_is_slow_and_safe_when_valkey_is_gone(valkey: Redis, tmp_path: object) -> None:
    seconds = Seconds()
    gone = Redis.from_url("unix:///nowhere/at/all.sock")
    pace = Pace(gone, lambda: Quota(1000), seconds=seconds)
    granted = 0
    for _ in range(600):
        granted += pace.take(50).n
        seconds.now += 0.1
    assert 0 < granted <= 60 * SAFE_SHARE + 1
    pace.give_back(3)
    pace.learn(was_throttled=True)


def test_take_asks_the_provider_once_for_all_processes(valkey: Redis) -> None:
    asked: list[int] = []

    def fetch() -> Quota:
        asked.append(1)
        return Quota(100)

    for _ in range(5):
        Pace(valkey, fetch).take(1)
    assert len(asked) == 1


def test_waiting_processes_do_not_put_off_the_next_question_when_the_asking_one_died(
    valkey: Redis,
) -> None:
    valkey.set("devoured:pace:asked", "1", ex=60)
    waiting = [Pace(valkey, lambda: Quota(100)) for _ in range(3)]
    assert waiting[0].take(1).n == 0
    left = valkey.pttl("devoured:pace:asked")
    assert left != -1, "it has to end"
    assert left <= 1000
    valkey.pexpire("devoured:pace:asked", 700)
    for one in waiting:
        one.take(1)
    assert valkey.pttl("devoured:pace:asked") <= 700
