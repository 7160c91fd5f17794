"""How events misbehave on purpose: late, out of order, repeated, withheld; the same for a seed.

What happens to an event depends only on the seed, its message and its place, never on who polls.
"""

from hashlib import blake2b
from struct import Struct
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_DRAWS = Struct("<4Q")
_FULL = float(1 << 64)

Chance = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0)]


class Knobs(BaseModel):
    """The settings of `PUT /control/events`; all off to begin with.

    `delay_seconds` are the least and the most between acceptance and an event; `reorder` is the
    chance of a message to have its events the wrong way round; `repeat` that of an event to come
    twice, half of the time under the same SNS MessageId; `withhold` that of an event to be kept
    back until this is lowered, true or 1 for all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = 0
    delay_seconds: tuple[Seconds, Seconds] = (0.0, 0.0)
    reorder: Chance = 0.0
    repeat: Chance = 0.0
    withhold: Chance = 0.0

    @model_validator(mode="after")
    def _least_before_most(self) -> Self:
        if self.delay_seconds[0] > self.delay_seconds[1]:
            raise ValueError("delay_seconds: the least is more than the most")
        return self


class Fate(NamedTuple):
    """An event's own draws, each in [0, 1)."""

    delay: float
    withhold: float
    repeat: float
    other: float


def fate_of(knobs: Knobs, message: int, step: int) -> Fate:
    """Return the draws of the event at this place of the message with this number."""
    digest = blake2b(b"%d:%d:%d" % (knobs.seed, message, step), digest_size=32).digest()
    return Fate(*(number / _FULL for number in _DRAWS.unpack(digest)))


class Planned(NamedTuple):
    """When an event is due, in Unix seconds; `message`, `place` order those of one instant.

    `step` counts the message's events as they happened; `copy` is 0, or for a repeat 1 under the
    same SNS MessageId and 2 under one of its own.
    """

    due: float
    message: int
    place: int
    step: int
    copy: int


def plan(knobs: Knobs, message: int, n_steps: int, at: float) -> list[Planned]:
    """Plan the events of a message accepted at `at`, none withheld yet, repeats among them.

    Without `reorder` an event is never due before the one that happened before it.
    """
    least, most = knobs.delay_seconds
    if most == 0 and not knobs.reorder and not knobs.repeat:
        return [Planned(at, message, step, step, 0) for step in range(n_steps)]
    fates = [fate_of(knobs, message, step) for step in range(n_steps)]
    dues = sorted(at + least + fate.delay * (most - least) for fate in fates)
    steps = list(range(n_steps))
    if fate_of(knobs, message, -1).other < knobs.reorder:
        steps.reverse()
    planned = [
        Planned(due, message, place, step, 0)
        for place, (due, step) in enumerate(zip(dues, steps, strict=True))
    ]
    for first in list(planned):
        fate = fates[first.step]
        if fate.repeat < knobs.repeat:
            due = first.due + fate.other * (most - least)
            copy = 1 if fate.repeat < knobs.repeat / 2 else 2
            planned.append(Planned(due, message, first.place + n_steps, first.step, copy))
    return planned
