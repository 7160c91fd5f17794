import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.drill.plan import KILLS, Kind

pytestmark = pytest.mark.xdist_group("deployment")  # one at a time, and first: they are the longest

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 240


def _drill(*flags: str, **options: object) -> subprocess.CompletedProcess[str]:
    named = {name.replace("_", "-"): str(value) for name, value in options.items()}
    words = [part for name, value in named.items() for part in (f"--{name}", value)]
    words += [f"--{flag}" for flag in flags]
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
    options = {"readers": 2300, "warm_up": 2000, "seconds": 12, "waves": 0, "canary": 0}
    ended = _drill(seed=1, kills=6, scale=0.02, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Verdict: good, seed 1" in ended.stdout
    for name in ("lost", "twice", "extra", "disagreed"):
        assert _n(name, ended.stdout) == 0
    assert "Due: 2,000. " in ended.stdout, "exactly as many as the warm-up has room for"
    assert re.search(r"Letters: 30, messages: 3\d.*lost: 0, twice: 0", ended.stdout)
    killed = re.search(r"Kill -9 of workers: (\d+)\. Besides: (.*)\.", ended.stdout)
    assert killed, ended.stdout
    assert int(killed[1]) >= 6
    besides = {what: int(n) for n, what in re.findall(r"(\d+) ([a-z ]+)", killed[2])}
    assert besides.keys() == {kind.replace("_", " ") for kind in set(Kind) - KILLS}
    assert min(besides.values()) > 0
    faults = re.search(r"Calls meanwhile: (\d+); faults: (\d+) ", ended.stdout)
    assert faults, ended.stdout
    assert int(faults[2]) > 0


@pytest.mark.parametrize(("transport", "in_doubt"), [("ses", "resend"), ("smtp", "hold")])
def test_answer_that_came_is_known_when_postgresql_is_gone_and_full_in_mid_send(
    transport: str, in_doubt: str
) -> None:
    # An intent is good for 3 s, so that a machine that others use keeps up with SMTP.
    options = {"readers": 1500, "seconds": 15, "scale": 0.1, "waves": 0, "canary": 0}
    ended = _drill("only-outages", seed=1, transport=transport, in_doubt=in_doubt, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for name in ("lost", "twice", "extra", "disagreed"):
        assert _n(name, ended.stdout) == 0
    assert "1 postgres gone, 1 postgres full, 2 stop worker" in ended.stdout
    waited = re.search(r"of (\d+) calls they waited.*; forgotten: 0\.", ended.stdout)
    assert waited, ended.stdout
    assert int(waited[1]) > 0
    assert "once more by policy" not in ended.stdout
    assert "In doubt" not in ended.stdout


def test_naive_sender_is_caught_by_the_same_drill() -> None:
    ended = _drill(seed=1, readers=2000, kills=6, seconds=9, scale=0.02, sender="naive")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Verdict: FAILED, seed 1" in ended.stdout
    assert "--seed 1 " in ended.stdout
    assert _n("twice", ended.stdout) > 0
