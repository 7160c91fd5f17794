"""Jobs that are sent a moment later: together, each once, from a thread of their own."""

from collections.abc import Sequence
from threading import Event, current_thread

from app.db.session import Job
from app.jobs import BackgroundQueue


class _Heard:
    """What was sent, and the threads it was sent from; `done` is set with each."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.threads: set[str] = set()
        self.done = Event()

    def __call__(self, jobs: Sequence[tuple[Job, str]]) -> None:
        self.jobs += [job for job, _ in jobs]
        self.threads.add(current_thread().name)
        self.done.set()


def test_bells_of_a_moment_are_rung_together_each_once() -> None:
    heard = _Heard()
    soon = BackgroundQueue(heard)
    for _ in range(45):
        soon([("answer_asks", ())])
    soon([("launch_due", ()), ("answer_asks", ())])
    assert heard.done.wait(30)
    assert heard.jobs == [("answer_asks", ()), ("launch_due", ())]
    assert heard.threads != {current_thread().name}


def test_bells_of_the_next_moment_are_rung_too() -> None:
    heard = _Heard()
    soon = BackgroundQueue(heard)
    soon([])
    soon([("send_letter", (1,))])
    assert heard.done.wait(30)
    heard.done.clear()
    soon([("send_letter", (2,))])
    assert heard.done.wait(30)
    assert heard.jobs == [("send_letter", (1,)), ("send_letter", (2,))]
