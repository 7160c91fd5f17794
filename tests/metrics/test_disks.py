"""Room on the disks, and the size of the database."""

from pathlib import Path

from app.metrics.disks import disks
from app.metrics.families import DISK_BYTES, DISK_FREE
from app.settings import Settings
from tests.metrics.conftest import Told


def test_each_folders_disk_is_told_and_one_that_is_not_there_is_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    changed = {"state_folder": str(tmp_path), "images": str(tmp_path / "none")}
    found = {
        (one.family, *one.labels): one.value for one in disks(settings.model_copy(update=changed))
    }
    assert {key[1] for key in found} == {"machine", "state_folder"}
    assert 0 < found[DISK_FREE, "state_folder"] <= found[DISK_BYTES, "state_folder"]


def test_database_is_as_large_as_postgresql_says(told: Told) -> None:
    size = told("database_bytes")
    assert size is not None
    assert size > 1_000_000
    assert told("collected", part="disks") == 1
