"""Timing: how long a worker may be silent, and a doubt unproven; one value, handed around.

Everything here is chosen together: what a slow worker may still do has to end before the next
one goes on. Only a drill scales it, so that the hours of a year of accidents pass in minutes.
"""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Final

from app.clock import CLOCKS_APART
from app.transports.fence import GOOD_FOR


@dataclass(frozen=True)
class Timing:
    """The protocol's times (docs/adr/0004).

    `fence`: how old an intent may be when its call goes out. `answer_within`: how long SES may
    take to answer. `lease`: how long a worker may say nothing before its Batch is given away.
    `lost_after`: how long a Call may be open, as long as the three before together.
    `doubt_lasts`: how long Events may take to prove a mail: 30 s of claim, the 5 minutes that a
    signature is good for, 5 minutes of clocks apart, and a margin. `around`: how far around a
    lost Call the stream of Events must be whole. `backlog`: how late the stream may be.
    `probe_every`: the least time between two probes of it. `clocks_apart`: what lies further ahead
    than any of these and this was written by a clock that jumped; SES takes nothing from one.

    Source: AWS General Reference, "Signature Version 4": a request must reach AWS within five
    minutes of its time stamp.
    """

    fence: timedelta = GOOD_FOR
    answer_within: timedelta = timedelta(seconds=30)
    lease: timedelta = timedelta(seconds=120)
    lost_after: timedelta = timedelta(minutes=3)
    doubt_lasts: timedelta = timedelta(minutes=15)
    around: timedelta = timedelta(minutes=5)
    backlog: timedelta = timedelta(minutes=1)
    probe_every: timedelta = timedelta(minutes=2)
    clocks_apart: timedelta = CLOCKS_APART


USUAL: Final = Timing()
"""What holds everywhere but in drills."""


def scaled(timing: Timing, scale: float) -> Timing:
    """Return all of it times `scale`, so that everything keeps its proportion."""
    return Timing(**{one.name: getattr(timing, one.name) * scale for one in fields(Timing)})
