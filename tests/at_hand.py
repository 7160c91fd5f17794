"""A worker at hand: what is asked for an address is answered as soon as its job is enqueued."""

from app.clock import Clock, system_clock
from app.container import Container, build
from app.db.session import Job
from app.readers.answers import answer_asks
from app.settings import Settings


class AtHand:
    """Keep the jobs that a process enqueues, and answer the Asks of `container` as a worker."""

    def __init__(self, jobs: list[Job] | None = None) -> None:
        self.jobs = [] if jobs is None else jobs
        self.container: Container | None = None

    def __call__(self, jobs: list[Job]) -> None:
        self.jobs += jobs
        if self.container is not None and ("answer_asks", ()) in jobs:
            answer_asks(self.container.sessions, self.container.pepper, self.container.clock, self)


def build_at_hand(
    settings: Settings, *, clock: Clock = system_clock, jobs: list[Job] | None = None
) -> Container:
    """Build a process's container beside such a worker; `jobs` gets all that was enqueued."""
    worker = AtHand(jobs)
    worker.container = build(settings, clock=clock, enqueue_now=worker)
    return worker.container
