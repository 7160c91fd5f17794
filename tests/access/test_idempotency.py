from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest

from app.access.idempotency import KEPT, Answer, forget_old, once
from app.db.session import Sessions, transaction
from app.errors import Conflict


class Counted:
    """Something that must not be done twice."""

    def __init__(self) -> None:
        self.n_done = 0

    def act(self) -> Answer:
        self.n_done += 1
        return Answer(201, b'{"n": %d}' % self.n_done)


def _ask(sessions: Sessions, work: Counted, now: datetime, **changes: object) -> Answer:
    asked: dict[str, object] = {"owner": 1, "key": "k", "request": b"POST /x {}", **changes}
    with transaction(sessions) as session:
        return once(session, now=now, act=work.act, **asked)  # type: ignore[arg-type]


def test_once_gives_the_same_answer_when_asked_again(sessions: Sessions, now: datetime) -> None:
    work = Counted()
    assert _ask(sessions, work, now) == _ask(sessions, work, now) == Answer(201, b'{"n": 1}')
    assert work.n_done == 1


def test_once_refuses_another_request_with_the_same_key(sessions: Sessions, now: datetime) -> None:
    _ask(sessions, Counted(), now)
    with pytest.raises(Conflict):
        _ask(sessions, Counted(), now, request=b"POST /y {}")


def test_once_tells_owners_apart(sessions: Sessions, now: datetime) -> None:
    work = Counted()
    _ask(sessions, work, now)
    _ask(sessions, work, now, owner=2)
    assert work.n_done == 2


def test_once_acts_every_time_without_a_key(sessions: Sessions, now: datetime) -> None:
    work = Counted()
    _ask(sessions, work, now, key=None)
    _ask(sessions, work, now, key=None)
    assert work.n_done == 2


def test_once_acts_once_when_two_ask_together(sessions: Sessions, now: datetime) -> None:
    work = Counted()
    together = Barrier(2)
    answers: list[Answer] = []

    def ask() -> None:
        together.wait()
        answers.append(_ask(sessions, work, now))

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert work.n_done == 1
    assert answers[0] == answers[1]


def test_once_remembers_nothing_when_the_work_fails(sessions: Sessions, now: datetime) -> None:
    def fail() -> Answer:
        raise Conflict("not now")

    with pytest.raises(Conflict), transaction(sessions) as session:
        once(session, owner=1, key="k", request=b"POST /x {}", now=now, act=fail)
    work = Counted()
    _ask(sessions, work, now)
    assert work.n_done == 1


def test_once_acts_anew_after_a_day(sessions: Sessions, now: datetime) -> None:
    work = Counted()
    _ask(sessions, work, now)
    _ask(sessions, work, now + KEPT)
    assert work.n_done == 2
    with transaction(sessions) as session:
        forget_old(session, now + 2 * KEPT + timedelta(seconds=1))
    _ask(sessions, work, now + KEPT)
    assert work.n_done == 3
