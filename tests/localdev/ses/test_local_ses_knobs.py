from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from localdev.ses.knobs import Knobs, plan
from tests.localdev.ses.reading import Told, counts, publishing, read_all
from tests.localdev.ses.running import Clock, LocalSes, bulk, entry, serving

CHANCES = st.sampled_from([0.0, 0.3, 1.0])
KNOBS = st.builds(
    Knobs,
    seed=st.integers(-5, 5),
    delay_seconds=st.sampled_from([(0.0, 0.0), (0.0, 9.0), (2.0, 2.0), (1.0, 60.0)]),
    reorder=CHANCES,
    repeat=CHANCES,
)


def send(ses: LocalSes, number: int) -> None:
    """Mail to so many readers in one call."""
    ses.client.send_bulk_email(**bulk(*[entry(index) for index in range(number)]))


def turn(ses: LocalSes, **knobs: Any) -> dict[str, Any]:
    answer = ses.web.put("/control/events", json=knobs).raise_for_status()
    said: dict[str, Any] = answer.json()
    return said


def once(told: list[Told]) -> set[tuple[str, str]]:
    return {(event.delivery, event.kind) for event in told}


@given(KNOBS, st.integers(1, 10**9), st.integers(1, 4))
def test_every_event_is_planned_within_its_time_when_knobs_are_turned(
    knobs: Knobs, message: int, n_steps: int
) -> None:
    least, most = knobs.delay_seconds
    events = plan(knobs, message, n_steps, 1000.0)
    assert events == plan(knobs, message, n_steps, 1000.0)
    firsts = [event for event in events if event.copy == 0]
    assert sorted(event.step for event in firsts) == list(range(n_steps))
    for event in firsts:
        assert 1000 + least <= event.due <= 1000 + most
    in_order = [event.step for event in sorted(firsts)]
    assert in_order in ([*range(n_steps)], [*reversed(range(n_steps))])
    if knobs.reorder in {0, 1}:
        assert (in_order == [*range(n_steps)]) == (knobs.reorder == 0 or n_steps == 1)
    n_repeats = len(events) - n_steps
    assert n_repeats == {0.0: 0, 1.0: n_steps}.get(knobs.repeat, n_repeats)


@pytest.mark.parametrize(
    "knobs",
    [
        {"delay_seconds": (2, 1)},
        {"delay_seconds": (-1, 1)},
        {"repeat": 1.1},
        {"withhold": -0.1},
        {"with_hold": 0.5},
    ],
)
def test_knobs_are_refused_when_they_make_no_sense(knobs: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Knobs(**knobs)


def test_events_come_when_their_delay_is_over() -> None:
    clock = Clock()
    with serving(publishing=publishing(delay_seconds=(60, 120)), clock=clock) as ses:
        send(ses, 20)
        assert read_all(ses) == []
        assert counts(ses) == (0, 0)
        clock.pass_by(90)
        some = once(read_all(ses))
        assert 0 < len(some) < 40
        clock.pass_by(31)
        rest = once(read_all(ses))
        assert len(some | rest) == len(some) + len(rest) == 40


def test_event_says_when_it_happened_when_it_was_delayed() -> None:
    clock = Clock()
    with serving(publishing=publishing(delay_seconds=(60, 60)), clock=clock) as ses:
        send(ses, 1)
        clock.pass_by(200)
        send_, delivery = read_all(ses)
        assert send_.kind == "Send"
        assert delivery.event["delivery"]["processingTimeMillis"] == 60_000
        assert delivery.envelope["Timestamp"] == delivery.event["delivery"]["timestamp"]
        published = datetime.fromisoformat(delivery.envelope["Timestamp"])
        sent = datetime.fromisoformat(delivery.event["mail"]["timestamp"])
        assert (published - sent).total_seconds() == pytest.approx(60, abs=0.002)
        assert published.tzinfo == UTC


def test_outcome_comes_before_send_when_events_are_reordered() -> None:
    with serving(publishing=publishing(reorder=1)) as ses:
        send(ses, 1)
        assert [event.kind for event in read_all(ses)] == ["Delivery", "Send"]


def test_some_ids_come_twice_and_some_events_when_events_are_repeated() -> None:
    with serving(publishing=publishing(repeat=1, seed=3)) as ses:
        send(ses, 20)
        told = read_all(ses)
    assert len(told) == 80
    assert len(once(told)) == 40
    assert 40 < len({event.envelope["MessageId"] for event in told}) < 80


def test_events_wait_when_all_are_withheld_and_come_when_they_no_longer_are() -> None:
    clock = Clock()
    with serving(publishing=publishing(withhold=1), clock=clock) as ses:
        send(ses, 20)
        assert read_all(ses) == []
        assert counts(ses) == (0, 0)
        clock.pass_by(120)
        turn(ses, withhold=False)
        told = read_all(ses)
        assert len(once(told)) == len(told) == 40
        released = datetime.fromisoformat(told[0].envelope["Timestamp"])
        sent = datetime.fromisoformat(told[0].event["mail"]["timestamp"])
        assert (released - sent).total_seconds() >= 120


def test_some_events_never_come_when_a_share_is_withheld_until_it_is_lowered() -> None:
    with serving(publishing=publishing(withhold=0.5, seed=1)) as ses:
        send(ses, 20)
        told = once(read_all(ses))
        assert 0 < len(told) < 40
        assert turn(ses, withhold=0.5, seed=1)["n_withheld"] == {"queue": 40 - len(told)}
        assert read_all(ses) == []
        assert turn(ses, seed=1)["n_withheld"] == {"queue": 0}
        rest = once(read_all(ses))
        assert len(told | rest) == len(told) + len(rest) == 40


def test_reader_is_woken_when_events_are_released() -> None:
    with serving(publishing=publishing(withhold=True)) as ses:
        send(ses, 1)
        turn(ses)
        assert len(read_all(ses, WaitTimeSeconds=1)) == 2


def test_same_events_are_withheld_when_the_seed_is_the_same() -> None:
    runs = []
    for seed in (7, 7, 8):
        with serving(publishing=publishing(withhold=0.5, seed=seed)) as ses:
            send(ses, 20)
            runs.append(once(read_all(ses)))
    assert runs[0] == runs[1] != runs[2]
