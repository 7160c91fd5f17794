"""A worker at hand: what is asked for an address is answered as soon as its bell was rung."""

from app.clock import Clock, system_clock
from app.container import Container, build
from app.db.session import Bell
from app.readers.answers import answer_asks
from app.settings import Settings


class AtHand:
    """What a process rings, kept; `box` is whose Asks are answered, by the steps of a worker."""

    def __init__(self, bells: list[Bell] | None = None) -> None:
        self.bells = [] if bells is None else bells
        self.box: Container | None = None

    def __call__(self, bells: list[Bell]) -> None:
        self.bells += bells
        if self.box is not None and ("answer_asks", ()) in bells:
            answer_asks(self.box.sessions, self.box.pepper, self.box.clock, self)


def build_at_hand(
    settings: Settings, *, clock: Clock = system_clock, bells: list[Bell] | None = None
) -> Container:
    """Build a process's container beside such a worker; `bells` gets all that was rung."""
    worker = AtHand(bells)
    worker.box = build(settings, clock=clock, ring_now=worker)
    return worker.box
