"""Valkey from its wheel: kept data, hard ends, no port."""

import sys
from pathlib import Path

import pytest
import redis
from kombu import Connection

from app.jobs import broker_url
from localdev.processes import ChildError, claim, wait_until
from localdev.valkey import LocalValkey, start_valkey
from tests.localdev.orphans import is_gone, start_parent


def _count(valkey: LocalValkey) -> int:
    with redis.Redis.from_url(valkey.url) as client:
        return int(str(client.incr("starts")))


@pytest.mark.parametrize(("durable", "expected"), [(True, 2), (False, 1)])
def test_start_valkey_finds_the_data_of_the_start_before_when_durable(
    tmp_path: Path, *, durable: bool, expected: int
) -> None:
    with start_valkey(tmp_path, durable=durable) as valkey:
        assert _count(valkey) == 1
    assert is_gone(valkey.child.process.pid)
    with start_valkey(tmp_path, durable=durable) as valkey:
        assert _count(valkey) == expected


def test_start_valkey_goes_on_when_it_refuses_even_a_ping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: redis.Redis) -> bool:
        raise redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device")

    monkeypatch.setattr(redis.Redis, "ping", full)
    with start_valkey(tmp_path, durable=True) as valkey:
        assert valkey.child.process.poll() is None


def test_start_valkey_listens_on_no_port(tmp_path: Path) -> None:
    with (
        start_valkey(tmp_path, durable=False) as valkey,
        redis.Redis.from_url(valkey.url, decode_responses=True) as client,
    ):
        assert client.config_get("port") == {"port": "0"}
    assert not (tmp_path / "valkey.sock").exists()


@pytest.mark.parametrize("name", ["plain", "of two words, and 100%", "x" * 120])
def test_start_valkey_takes_celerys_messages_whatever_its_folder_is_called(
    tmp_path: Path, name: str
) -> None:
    with (
        start_valkey(tmp_path / name, durable=False) as valkey,
        Connection(broker_url(valkey.url)) as broker,
    ):
        queue = broker.SimpleQueue("letters")
        queue.put({"id": 7})
        message = queue.get(timeout=10)
        message.ack()
        queue.close()

    assert message.payload == {"id": 7}


def test_start_valkey_claims_its_folder_as_long_as_it_runs(
    tmp_path: Path,
) -> None:
    with start_valkey(tmp_path, durable=False) as valkey:
        with pytest.raises(ChildError, match="in use"), claim(tmp_path, seconds=0.05):
            pass
        assert _count(valkey) == 1


if sys.platform == "linux":  # elsewhere no kernel does it, as tether.py says in the log

    def test_valkey_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
        parent, pid = start_parent(
            "from localdev.valkey import start_valkey\n"
            f"with start_valkey(Path({str(tmp_path / 'data')!r}), durable=True) as valkey:\n"
            "    import redis\n"
            "    redis.Redis.from_url(valkey.url).incr('starts')\n"
            "    print(valkey.child.process.pid, flush=True)\n"
            "    time.sleep(600)\n",
        )
        parent.kill()
        parent.wait()

        wait_until(lambda: is_gone(pid), 30)
        with start_valkey(tmp_path / "data", durable=True) as valkey:
            assert _count(valkey) == 2
