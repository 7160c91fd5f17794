"""How far an issue that goes out is, as Today and its own page show it."""

from dataclasses import dataclass
from datetime import timedelta

from app.delivery.progress import Progress, progress_of, rate_of, seconds_left
from app.delivery.receptions import WhyNot
from app.delivery.standstill import Standstill, StandstillOf
from app.desk.deps import Desk
from app.enums import DeliveryState, Scope
from app.issues.lifecycle import Transition, possible_steps
from app.models import Issue
from app.sentences import Sentence


@dataclass(frozen=True)
class GoingOut:
    """Tell of an Issue that was launched how far it is, how fast, and why it stands still."""

    issue: Issue
    progress: Progress
    rate: float
    left: timedelta | None
    stopped: Standstill | None
    may_pause: bool
    may_resume: bool

    @property
    def why(self) -> str:
        """Return why it stands still, in the words of whoever paused it; empty where it goes on."""
        return "" if self.stopped is None else self.stopped.reason.because or ""

    @property
    def cut_off(self) -> Sentence | None:
        """Return that the provider cannot be reached, where that is why."""
        reason = None if self.stopped is None else self.stopped.reason
        return reason.words if reason and reason.why is WhyNot.UNREACHED else None

    @property
    def n_handed_over(self) -> int:
        """Return how many were tried and are settled, but for those in doubt."""
        return sum(self.progress.settled.values()) - self.n_in_doubt

    @property
    def n_in_doubt(self) -> int:
        """Return of how many nobody knows whether they got it."""
        return self.progress.settled.get(DeliveryState.IN_DOUBT, 0)

    @property
    def n_waiting(self) -> int:
        """Return how many still wait for it."""
        return self.progress.queued + self.progress.sending


def going_out(desk: Desk, issue: Issue, find: StandstillOf) -> GoingOut:
    """Return how far an Issue is; `find` says why one stands still."""
    progress = progress_of(desk.session, issue, tells_delivered_apart=False)
    rate = rate_of(desk.session, issue, desk.now)
    stopped = find(issue)
    left = None if stopped else seconds_left(progress, rate)
    steps = possible_steps(issue.state) if desk.may(Scope.SEND) else []
    return GoingOut(
        issue,
        progress,
        rate,
        None if left is None else timedelta(seconds=left),
        stopped,
        Transition.PAUSE in steps,
        Transition.RESUME in steps,
    )
