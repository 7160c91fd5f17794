"""What a drill of webhooks holds against a receiver: lost, thrice, out of order."""

import pytest

from benchmarks.drill.webhooks import judge

WRITTEN = {"a1": (1, 1), "b1": (2, 2), "a2": (1, 3)}


@pytest.mark.parametrize(
    ("taken", "wrong"),
    [
        (["a1", "b1", "a2"], {}),
        (["a1", "a1", "a2", "b1", "b1"], {}),
        (["a1", "b1"], {"lost": ["a2"]}),
        (["a1", "a1", "a1", "a2", "b1"], {"thrice": ["a1"]}),
        (["a2", "a1", "b1"], {"out_of_order": ["a1"]}),
        (["a1", "a2", "a1", "b1"], {"out_of_order": ["a1"]}),
    ],
)
def test_only_what_was_told_in_order_and_twice_at_most_is_good(
    taken: list[str], wrong: dict[str, list[str]]
) -> None:
    found = judge({"/0": taken}, WRITTEN, 1, 1)
    told = {"lost": found.lost, "thrice": found.thrice, "out_of_order": found.out_of_order}
    assert {name: names for name, names in told.items() if names} == wrong
    assert found.is_good is not bool(wrong)


def test_path_that_was_told_nothing_lost_all_and_a_drill_without_a_kill_shows_nothing() -> None:
    whole = {"/0": [*WRITTEN]}
    assert sorted(judge(whole, WRITTEN, 2, 1).lost) == sorted(WRITTEN)
    assert not judge(whole, WRITTEN, 1, 0).is_good
