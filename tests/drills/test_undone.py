from collections import Counter
from typing import Literal

import pytest

from benchmarks.drill.answers import AnswerVerdict
from benchmarks.drill.letters import LetterVerdict
from benchmarks.drill.plan import KILLS, Kind, Scope, plan
from benchmarks.drill.report import Report
from benchmarks.drill.undone import least_faults, undone
from benchmarks.drill.verdict import Verdict

SCOPE = Scope(n_readers=1000, n_kills=50, seconds=100, scale=0.1)
PLANNED = plan(1, SCOPE)
ALL_OF_IT = Counter(one.kind for one in PLANNED)


def _undone(
    done: Counter[Kind], n_calls: int = 1000, n_faults: int = 200, n_waited: int = 1
) -> list[str]:
    return undone(PLANNED, done, SCOPE, n_calls=n_calls, n_faults=n_faults, n_waited=n_waited)


def _report(undone: list[str]) -> Report:
    return Report(
        verdict=Verdict(1, 1, 0, 0, 0, [], [], [], []),
        letters=LetterVerdict(0, 0, 0, [], []),
        answers=AnswerVerdict(0, 0, [], []),
        n_waited=1,
        n_overdue=0,
        n_early=0,
        is_sent=True,
        done=Counter(),
        undone=undone,
        faults=Counter(),
        n_calls_dealt=0,
        n_calls_lost=0,
        states=Counter(),
        n_resolved_by_events=0,
        n_queued_again=0,
        n_refused_later=0,
        send_seconds=1.0,
        all_seconds=1.0,
    )


def test_nothing_is_undone_when_all_of_the_plan_was_done() -> None:
    assert _undone(ALL_OF_IT) == []


def test_drill_is_not_good_when_nothing_was_done_to_it() -> None:
    missing = _undone(Counter(), n_calls=20, n_faults=0)
    assert missing[0] == "0 of 50 kills of workers"
    assert missing[-1] == "0 faults of 20 calls, where 1 are the least"
    assert len(missing) == len(set(Kind) - KILLS) + 2
    assert not _report(missing).is_good
    assert _report([]).is_good


def test_kill_is_missed_when_it_hit_nobody() -> None:
    killed = next(kind for kind in ALL_OF_IT if kind in KILLS)
    assert _undone(ALL_OF_IT - Counter([killed])) == ["49 of 50 kills of workers"]


@pytest.mark.parametrize("kind", sorted(set(Kind) - KILLS))
def test_one_of_each_other_kind_is_enough_and_none_is_not(kind: Kind) -> None:
    without = Counter({one: n for one, n in ALL_OF_IT.items() if one is not kind})
    assert _undone(without + Counter([kind])) == []
    assert _undone(without) == [f"0 of {ALL_OF_IT[kind]} {kind.replace('_', ' ')}"]


@pytest.mark.parametrize(
    ("transport", "n_calls", "least"),
    [("ses", 0, 1), ("ses", 50, 1), ("ses", 1000, 109), ("smtp", 50_000, 1368)],
)
def test_faults_are_about_as_many_as_were_to_be_dealt(
    transport: Literal["ses", "smtp"], n_calls: int, least: int
) -> None:
    scope = Scope(n_readers=1, n_kills=1, seconds=1, scale=1, transport=transport)
    assert least_faults(scope, n_calls) == least


def test_outage_that_no_answer_waited_for_shows_nothing() -> None:
    missing = _undone(ALL_OF_IT, n_waited=0)
    assert missing == ["no answer was in hand while PostgreSQL was of no use"]
    assert not _report(missing).is_good
