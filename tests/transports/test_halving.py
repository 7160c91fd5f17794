from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.transports.base import Accepted, InDoubt, Outcome, Refused
from app.transports.halving import settle

_NEVER = Refused("never", "bad")


@given(n_members=st.integers(1, 60), bad=st.sets(st.integers(0, 59), max_size=2))
def test_only_the_bad_are_refused_when_calls_with_them_are(n_members: int, bad: set[int]) -> None:
    taken: list[int] = []

    def call(group: Sequence[int]) -> list[Outcome] | Outcome:
        if bad & set(group):
            return _NEVER
        taken.extend(group)
        return [Accepted(str(one)) for one in group]

    outcomes = settle([range(n_members)], call)
    assert outcomes == [_NEVER if one in bad else Accepted(str(one)) for one in range(n_members)]
    assert len(taken) == len(set(taken))


def test_nobody_is_given_up_when_all_are_refused_alone() -> None:
    n_calls = 0

    def call(_group: Sequence[int]) -> list[Outcome] | Outcome:
        nonlocal n_calls
        n_calls += 1
        return _NEVER

    assert settle([range(50)], call) == [Refused("stop", "bad")] * 50
    assert n_calls < 15


def test_rest_is_not_called_when_one_call_is_refused_for_everybody() -> None:
    called: list[Sequence[int]] = []

    def call(group: Sequence[int]) -> list[Outcome] | Outcome:
        called.append(group)
        return Refused("later", "throttled")

    assert settle([[1, 2], [3]], call) == [Refused("later", "throttled")] * 3
    assert called == [[1, 2]]


def test_next_group_is_called_when_one_is_in_doubt() -> None:
    def call(group: Sequence[int]) -> list[Outcome] | Outcome:
        return InDoubt("lost") if 1 in group else [Accepted("m") for _ in group]

    assert settle([[1, 2], [3]], call) == [InDoubt("lost"), InDoubt("lost"), Accepted("m")]


def test_nothing_is_called_when_there_is_nobody() -> None:
    assert settle([], lambda _group: InDoubt("never reached")) == []
