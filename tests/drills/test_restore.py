import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.drill.restored import Verdict, draw

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 400


def _verdict(**changes: object) -> Verdict:
    good = {
        "n_due": 10,
        "n_messages": 10,
        "n_before": 5,
        "n_in_doubt": 5,
        "was_held": True,
        "n_meanwhile": 0,
        "lost": [],
        "twice": [],
        "unwanted": [],
        "back": [],
    }
    return Verdict(**good | changes)  # type: ignore[arg-type]  # the fields are above


@pytest.mark.xdist_group("deployment")  # as test_drill.py
def test_nobody_is_written_to_twice_when_a_backup_is_restored_in_mid_send() -> None:
    words = ("--seed", "3", "--readers", "1000", "--seconds", "4")
    ended = subprocess.run(  # noqa: S603  # our own module, never a shell's
        [sys.executable, "-m", "benchmarks.drill.restore", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "The account was held before anything was sent." in ended.stdout
    assert "Verdict: good, seed 3." in ended.stdout
    told = dict(re.findall(r"^  ([a-z ]+): (\d+)", ended.stdout, re.MULTILINE))
    assert set(told.values()) == {"0"}
    assert set(told) == {"sent by the older database", "lost", "twice", "unwanted", "back"}


def test_a_dump_comes_before_its_restore_and_some_are_of_the_scheduled_issue() -> None:
    drawn = [draw(seed) for seed in range(200)]
    assert all(0 <= one.dumped < one.restored <= 1 for one in drawn)
    assert 30 < sum(one.dumped == 0 for one in drawn) < 100
    assert any(one.restored == 1 for one in drawn)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_due": 0},
        {"was_held": False},
        {"n_meanwhile": 1},
        *({name: [1]} for name in ("lost", "twice", "unwanted", "back")),
    ],
)
def test_verdict_is_not_good_when_anything_is_wrong(wrong: dict[str, object]) -> None:
    assert _verdict().is_good
    assert not _verdict(**wrong).is_good
