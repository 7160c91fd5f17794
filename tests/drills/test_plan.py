import pytest

from benchmarks.drill.plan import KILLS, Kind, Scope, faults, plan, smtp_faults

SCOPE = Scope(n_readers=1000, n_kills=50, seconds=100, scale=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_plan_is_the_same_when_the_seed_is(seed: int) -> None:
    assert plan(seed, SCOPE) == plan(seed, SCOPE)
    assert plan(seed, SCOPE) != plan(seed + 1, SCOPE)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_kills", [1, 6, 50])
def test_plan_has_every_kind_and_as_many_kills_as_asked_for(seed: int, n_kills: int) -> None:
    scope = Scope(n_readers=1000, n_kills=n_kills, seconds=100, scale=0.1)
    kinds = [one.kind for one in plan(seed, scope)]
    assert sum(kind in KILLS for kind in kinds) == n_kills
    assert set(Kind) - set(kinds) <= KILLS


def test_plan_is_in_order_and_within_its_time() -> None:
    instants = [one.at for one in plan(7, SCOPE)]
    assert instants == sorted(instants)
    assert instants[0] >= 0
    assert instants[-1] <= SCOPE.seconds


def test_answer_of_few_messages_is_lost_by_smtp() -> None:
    chances = smtp_faults(1, SCOPE)["chances"]
    assert 0 < chances["drop_after"] + chances["hang_after"] < 0.01
    assert sum(chances.values()) < 0.1


def test_faults_hit_every_fifth_call() -> None:
    chances = faults(1, SCOPE)["chances"]
    assert sum(chances.values()) - chances["slow"] == pytest.approx(0.2)
