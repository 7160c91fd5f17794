"""Bells that ring a moment later: together, each once, from a thread of their own."""

from threading import Event, current_thread

from app.bells import Soon
from app.db.session import Bell


class _Heard:
    """What was rung, and the threads it was rung from; `done` is set with each."""

    def __init__(self) -> None:
        self.bells: list[Bell] = []
        self.threads: set[str] = set()
        self.done = Event()

    def __call__(self, bells: list[Bell]) -> None:
        self.bells += bells
        self.threads.add(current_thread().name)
        self.done.set()


def test_letters_of_a_moment_are_rung_for_together() -> None:
    heard = _Heard()
    soon = Soon(heard)
    for letter_id in range(1, 46):
        soon([("send_letter", (letter_id,))])
    soon([("launch_due", ())])
    assert heard.done.wait(30)
    assert heard.bells[0] == ("launch_due", ())
    assert [(task, len(ids)) for task, ids in heard.bells[1:]] == [
        ("send_letters", 20),
        ("send_letters", 20),
        ("send_letters", 5),
    ]
    assert sorted(n for _, ids in heard.bells[1:] for n in ids) == list(range(1, 46))
    assert heard.threads != {current_thread().name}


def test_bells_of_the_next_moment_are_rung_too() -> None:
    heard = _Heard()
    soon = Soon(heard)
    soon([])
    soon([("send_letter", (1,))])
    assert heard.done.wait(30)
    heard.done.clear()
    soon([("send_letter", (2,))])
    assert heard.done.wait(30)
    assert heard.bells == [("send_letters", (1,)), ("send_letters", (2,))]
