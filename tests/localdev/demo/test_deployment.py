import signal
import sys
from pathlib import Path
from typing import cast

import pytest

from app.container import Container
from localdev.demo.place import DemoFolder
from localdev.demo.processes import Deployment
from localdev.processes import ChildError, orderly_end, start_child, stop


def _deployment(folder: Path, script: str) -> Deployment:
    child = start_child("worker", [sys.executable, "-c", script], log=folder / "worker.log")
    place = DemoFolder(folder, 1, 2)
    return Deployment(place, cast("Container", None), [child])


def test_check_says_which_part_has_ended_and_its_last_words(tmp_path: Path) -> None:
    deployment = _deployment(tmp_path, "print('no more memory'); raise SystemExit(3)")
    deployment.children[0].process.wait(30)

    with pytest.raises(ChildError, match=r"worker ended with 3.*\nno more memory"):
        deployment.check()


def test_check_says_nothing_while_all_run(tmp_path: Path) -> None:
    deployment = _deployment(tmp_path, "import time; time.sleep(600)")
    try:
        deployment.check()
    finally:
        stop(deployment.children[0], 30)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_orderly_end_turns_a_signal_into_one_interrupt_and_hears_no_other(
    number: signal.Signals,
) -> None:
    before = signal.getsignal(number)
    with orderly_end():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(number) == before
