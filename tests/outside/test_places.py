"""What every place promises: a number that only grows, lines in their order, and errors told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis

from app.outside.base import Store, StoreError
from app.outside.bucket import BucketPlace, make_bucket_client
from app.outside.folder import FolderPlace
from app.outside.valkey import ValkeyPlace

ONE = UUID(int=1)
OTHER = UUID(int=2)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_epoch_is_not_there_before_it_was_raised(place: Store) -> None:
    assert place.epoch(ONE) is None
    assert list(place.journal(ONE)) == []


@pytest.mark.parametrize("durably", [True, False])
def test_epoch_only_grows_whoever_raises_it(
    make_store: Callable[[], Store], *, durably: bool
) -> None:
    one, other = make_store(), make_store()
    for place, epoch in ((one, 0), (other, 70), (one, 9), (one, 2**53 - 1), (other, 71)):
        place.raise_epoch(ONE, epoch, durably=durably)
    assert make_store().epoch(ONE) == 2**53 - 1
    assert one.epoch(OTHER) is None


def test_epoch_is_the_greatest_when_many_raise_it_at_once(make_store: Callable[[], Store]) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: make_store().raise_epoch(ONE, n, durably=False), range(12)))
    assert make_store().epoch(ONE) == 11


def test_journal_keeps_every_line_in_its_order(make_store: Callable[[], Store]) -> None:
    for number in range(3):
        make_store().append(
            ONE, [b"%d a" % number, b"%d b" % number], NOW + timedelta(hours=number)
        )
    assert list(make_store().journal(ONE)) == [b"0 a", b"0 b", b"1 a", b"1 b", b"2 a", b"2 b"]
    assert list(make_store().journal(OTHER)) == []


def test_journal_forgets_what_is_old_and_nothing_else(place: Store) -> None:
    place.append(ONE, [b"old"], datetime(2020, 1, 2, tzinfo=UTC))
    place.forget(ONE, datetime(2020, 1, 1, tzinfo=UTC))
    assert list(place.journal(ONE)) == [b"old"]
    place.forget(ONE, datetime(2100, 2, 1, tzinfo=UTC))
    assert list(place.journal(ONE)) == []


def test_folder_says_what_is_damaged_and_reads_past_a_line_that_was_cut(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    place.append(ONE, [b"whole"], NOW)
    path = next(tmp_path.glob("journal-*"))
    path.write_bytes(path.read_bytes() + b"cut in ha")
    place.append(ONE, [b"next"], NOW)
    assert list(place.journal(ONE)) == [b"whole", b"cut in ha", b"next"]
    (tmp_path / f"epoch-{ONE}").write_bytes(b"not a number")
    with pytest.raises(StoreError):
        place.epoch(ONE)


def test_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    place = FolderPlace(tmp_path / "state")
    with pytest.raises(StoreError):
        place.raise_epoch(ONE, 1, durably=True)
    with pytest.raises(StoreError):
        place.append(ONE, [b"x"], NOW)


def test_place_that_does_not_answer_says_so() -> None:
    gone: list[Store] = [
        ValkeyPlace(Redis.from_url("unix:///nowhere/valkey.sock")),
        BucketPlace(make_bucket_client("us-east-1", endpoint_url="http://127.0.0.1:9"), "b", ""),
    ]
    for place in gone:
        with pytest.raises(StoreError):
            place.epoch(ONE)
        with pytest.raises(StoreError):
            place.append(ONE, [b"x"], NOW)
