"""The verdict over answers: one that came may not be in doubt, unless its reader was killed."""

import pytest

from app.enums import DeliveryState
from benchmarks.drill.answers import judge_answers, sent_again
from benchmarks.drill.inbox import Taken
from benchmarks.drill.verdict import Message, Row, judge

FIRST = Taken("3-1", "a", 1)
SECOND = Taken("3-1", "b", 2)


@pytest.mark.parametrize(
    ("told", "unsettled", "killed", "forgotten", "n_died"),
    [
        ({"a"}, [], set(), [], 0),
        ({"a"}, [("3-1", 1, "host-7")], set(), ["3-1 by host-7"], 0),
        ({"a"}, [("3-1", 1, "host-7")], {7}, [], 1),
        ({"a"}, [("3-1", 2, "host-7")], set(), [], 0),
        ({"a"}, [("3-2", 1, "host-7")], set(), [], 0),
        (set(), [("3-1", 1, "host-7")], set(), [], 0),
        ({"a"}, [("letter-1", 1, "host-7")], set(), [], 0),
    ],
)
def test_answer_is_forgotten_when_its_call_is_in_doubt_and_nobody_was_killed(
    told: set[str],
    unsettled: list[tuple[str, int, str]],
    killed: set[int],
    forgotten: list[str],
    n_died: int,
) -> None:
    verdict = judge_answers(unsettled, [FIRST], told, killed)
    assert (verdict.forgotten, verdict.n_died) == (forgotten, n_died)
    assert verdict.n_told == len(told)


def test_second_mail_is_the_policys_only_where_nobody_knew_of_the_first() -> None:
    assert sent_again([FIRST, SECOND], {"b"}) == {"3-1"}
    assert sent_again([SECOND, FIRST], {"a"}) == set()
    assert sent_again([FIRST], set()) == set()
    assert sent_again([FIRST, SECOND, SECOND._replace(provider_id="c")], set()) == set(), (
        "once more, not twice"
    )


def test_reader_who_may_have_two_is_counted_and_no_other_is_forgiven() -> None:
    rows = {n: Row(DeliveryState.ACCEPTED, None, f"m{n}") for n in (1, 2)}
    inbox = [Message(1, "m1"), Message(1, "x"), Message(2, "m2"), Message(2, "y")]
    verdict = judge([1, 2], rows, inbox, may_be_twice={1})
    assert (verdict.twice, verdict.n_sent_again) == ([2], 1)
