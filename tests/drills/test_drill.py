import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 240


def _drill(**options: object) -> subprocess.CompletedProcess[str]:
    words = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return subprocess.run(  # noqa: S603  # our own module, never a shell's
        [sys.executable, "-m", "benchmarks.drill", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )


def _n(name: str, said: str) -> int:
    found = re.search(rf"^  {name}: ([\d,]+)", said, re.MULTILINE)
    assert found, said
    return int(found[1].replace(",", ""))


def test_nobody_is_lost_or_written_to_twice_when_everything_is_killed() -> None:
    ended = _drill(seed=1, readers=2000, kills=6, seconds=9, scale=0.02, waves=0, canary=0)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Verdict: good, seed 1" in ended.stdout
    for name in ("lost", "twice", "extra", "disagreed"):
        assert _n(name, ended.stdout) == 0
    assert re.search(r"Letters: 30, messages: 3\d.*lost: 0, twice: 0", ended.stdout)


def test_naive_sender_is_caught_by_the_same_drill() -> None:
    ended = _drill(seed=1, readers=2000, kills=6, seconds=9, scale=0.02, sender="naive")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Verdict: FAILED, seed 1" in ended.stdout
    assert "--seed 1 " in ended.stdout
    assert _n("twice", ended.stdout) > 0
