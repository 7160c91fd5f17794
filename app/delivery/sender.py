"""Sender: what a worker process needs to send with."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from app.clock import Clock
from app.db.session import Sessions
from app.delivery.pace import Pace
from app.delivery.reach import Reach
from app.delivery.send_epoch import SendEpoch
from app.delivery.spool import Spool
from app.delivery.timing import USUAL, Timing
from app.tokens import Signer
from app.transports.base import Outcome, Refused, Transport


@dataclass(frozen=True)
class Sender:
    """The objects that sending needs beside the database, made once per worker process.

    Mails to `inbound_address` let readers leave, where there is one. `is_stopping` is asked between
    two Calls, so that a worker that is told to stop leaves nothing in doubt. `is_ending` is asked
    while an Answer waits for PostgreSQL: whether the process itself must end. `clock_was_refused`
    is told when the provider takes nothing of this machine because of its clock. `reach` says when
    to try again where nobody was reached. `sleep` takes seconds; a test hands in one that does not
    wait.
    """

    sessions: Sessions
    transport: Transport
    pace: Pace
    signer: Signer
    clock: Clock
    base_url: str
    worker: str
    inbound_address: str = ""
    send_mode: Literal["auto", "bulk", "single"] = "auto"
    timing: Timing = USUAL
    epoch: SendEpoch = field(default_factory=SendEpoch)
    spool: Spool = field(default_factory=Spool)
    is_stopping: Callable[[], bool] = bool
    is_ending: Callable[[], bool] = bool
    sleep: Callable[[float], None] = time.sleep
    clock_was_refused: Callable[[str], None] = lambda _: None
    reach: Reach = field(default_factory=Reach)


def learn_of_clock(sender: Sender, outcomes: Iterable[Outcome]) -> None:
    """Say so where the provider refused what this machine signed because of its clock."""
    for one in outcomes:
        if isinstance(one, Refused) and one.kind == "clock":
            sender.clock_was_refused(one.detail or one.code)
            return
