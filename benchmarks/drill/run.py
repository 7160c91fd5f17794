"""A drill from beginning to end: set up, send, disturb, wait, judge."""

import heapq
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.actors import CLI
from app.db.session import transaction
from app.delivery.editions import render_pending
from app.delivery.finish import finish_issues
from app.delivery.timing import USUAL, scaled
from app.delivery.warm_up import start_warm_up
from app.enums import IssueState
from app.issues.daily import launch_if_due
from app.models import Edition, Issue
from benchmarks.drill.audience import (
    add_issue,
    add_readers,
    draw_waves_together,
    n_undone,
    n_young_doubts,
    send_now,
)
from benchmarks.drill.deployment import Deployment, start_deployment
from benchmarks.drill.disturb import Trouble, disturb, must_wait, undo_due
from benchmarks.drill.letters import n_on_their_way
from benchmarks.drill.plan import OUTAGES, Disturbance, Scope, event_knobs, plan
from benchmarks.drill.report import Report, report
from benchmarks.drill.undone import least_faults

Sender = Literal["devoured", "naive"]
Say = Callable[[str], None]

_FAILED: Final = Path(__file__).resolve().parents[2] / "var" / "drills"
_LOOK_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 0.5
_LAUNCH_SECONDS: Final = 90.0
_AFTERWARDS: Final = 1.0
_LONGEST_WAIT: Final = 25 * 60
"""Seconds, before they are scaled, that what is open at the end may take to be settled."""
_SLOWLY: Final = 3.0
"""For so many times the drill's own seconds the rest may be sent, on a machine that others use."""
_LATE: Final = 60.0
"""Seconds after its time for which it is tried to do what at first hit nobody."""
_DELAYS: Final = 120.0
"""Seconds that readers who were refused for now may wait, which nothing scales."""


def run(seed: int, scope: Scope, sender: Sender, say: Say) -> Report:
    """Run one drill and return its report; every process is gone afterwards.

    Raises:
        ChildError: a server did not start.
        TimeoutError: the issue did not get under way.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="devoured-drill-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        with start_deployment(Path(folder), scope, seed) as deployment:
            issue_id = _launch(deployment, scope, sender)
            with transaction(deployment.container.sessions) as session:
                draw_waves_together(session, issue_id, scope, deployment.container.clock())
            say(f"{time.monotonic() - began:.0f} s: the issue is on its way.")
            found = _disturbed(deployment, issue_id, seed, scope, sender, began, say)
        if not found.is_good and sender != "naive":
            say(f"What the processes logged is kept in {_keep(deployment.place.logs, seed)}.")
        return found


def _keep(logs: Path, seed: int) -> Path:
    """Keep the logs of a drill that failed, since its replay runs the same plan and may pass."""
    return shutil.copytree(logs, _FAILED / str(seed), dirs_exist_ok=True)


def _disturbed(
    deployment: Deployment,
    issue_id: int,
    seed: int,
    scope: Scope,
    sender: Sender,
    began: float,
    say: Say,
) -> Report:
    trouble = Trouble(deployment, scope, seed)
    looks = _Looks(deployment, issue_id, is_naive=sender == "naive")
    send_began = time.monotonic()
    planned = plan(seed, scope)
    if sender == "naive":  # it has no answer in hand that could be looked for
        planned = [one for one in planned if one.kind not in OUTAGES]
    _do(trouble, planned, looks, say)
    undo_due(trouble, all_of_it=True)
    faults = _dealt_enough(deployment, scope, looks)
    if sender != "naive":  # the control sends under faults to its end, however slow the machine is
        deployment.calm()
    deployment.turn("events", event_knobs(seed, scope) | {"delay_seconds": [0, 0]})
    say(f"{time.monotonic() - began:.0f} s: all is calm; what is open is waited for.")
    is_sent = _wait(
        deployment, looks.is_over, _LONGEST_WAIT * scope.scale + _DELAYS + _SLOWLY * scope.seconds
    )
    send_seconds = time.monotonic() - send_began
    if sender == "naive":
        faults = deployment.dealt()
    time.sleep(_AFTERWARDS)  # whoever was frozen may still do harm
    deployment.close_slots()
    with transaction(deployment.container.sessions) as session:
        return report(
            deployment,
            session,
            issue_id,
            trouble,
            planned,
            faults,
            is_sent=is_sent,
            send_seconds=send_seconds,
            began=began,
        )


@dataclass
class _Looks:
    """What the issue's state is, as far as the database answers."""

    deployment: Deployment
    issue_id: int
    is_naive: bool

    def state(self) -> IssueState | None:
        container = self.deployment.container
        try:
            with transaction(container.sessions) as session:
                if self.is_naive:
                    finish_issues(session, container.clock())
                return session.get_one(Issue, self.issue_id).state
        except DBAPIError:
            return None

    def is_over(self) -> bool:
        """Return whether nobody is left to be mailed, letters among them.

        Without events readers stay in doubt, and for some time keep the issue open.
        """
        container = self.deployment.container
        try:
            with transaction(container.sessions) as session:
                if not self.is_naive and n_on_their_way(session):
                    return False
                if self.deployment.scope.transport == "smtp":
                    since = container.clock() - self._ripening()
                    is_young = n_young_doubts(session, self.issue_id, since)
                    return not is_young and not n_undone(session, self.issue_id)
        except DBAPIError:
            return False
        return self.state() is IssueState.SENT

    def _ripening(self) -> timedelta:
        """Return how long the policy may take to send again to who is in doubt, with some ticks."""
        scope = self.deployment.scope
        if scope.in_doubt == "hold":
            return timedelta()
        timing = scaled(USUAL, scope.scale)
        return timing.doubt_lasts + timing.lost_after + timedelta(seconds=_AFTERWARDS * 5)


def _dealt_enough(deployment: Deployment, scope: Scope, looks: _Looks) -> dict[str, Any]:
    """Return what faults the provider dealt, once they are as many as its calls should have met.

    On a slow machine so few calls come between the kills that chance may spare all of them. The
    sending goes on meanwhile, under faults, to its end at the most.
    """

    def is_enough() -> bool:
        dealt = Counter(deployment.dealt()["dealt"])
        n_faults = dealt.total() - dealt["slow"]
        return n_faults >= least_faults(scope, deployment.dealt()["n_calls"]) or looks.is_over()

    _wait(deployment, is_enough, _SLOWLY * scope.seconds)
    return deployment.dealt()


def _launch(deployment: Deployment, scope: Scope, sender: Sender) -> int:
    """Launch the issue, frozen and rendered, and start the workers that send it."""
    container = deployment.container
    with transaction(container.sessions) as session:
        issue_id = add_issue(session, scope, container.clock())
        add_readers(session, issue_id, scope, container.pepper, container.clock())
        if scope.warm_up:
            start_warm_up(session, CLI, container.clock(), first=scope.warm_up)
    deployment.open_slot("listener", "app.cli", "listen")
    with transaction(container.sessions, container.enqueue_now) as session:
        send_now(session, issue_id, container.clock())
    if sender == "naive":
        _launch_here(deployment, issue_id)
    for place in range(scope.n_workers):
        if sender == "naive":
            words = (str(place), str(scope.n_workers))
            deployment.open_slot(f"worker-{place}", "benchmarks.drill.naive", *words)
        else:
            deployment.open_slot(f"worker-{place}", "app.cli", "worker", "--concurrency", "2")
    deployment.open_slot("beat", "app.cli", "beat")

    def is_under_way() -> bool:
        with transaction(container.sessions) as session:
            return session.get_one(Issue, issue_id).rendered_at is not None

    if not _wait(deployment, is_under_way, _LAUNCH_SECONDS):
        raise TimeoutError("The issue did not get under way.")
    return issue_id


def _launch_here(deployment: Deployment, issue_id: int) -> None:
    """Freeze and render without a worker."""
    container = deployment.container
    with transaction(container.sessions) as session:
        launch_if_due(session, issue_id, container.clock())
        editions = session.scalars(select(Edition.id).where(Edition.issue_id == issue_id)).all()
    for edition_id in editions:
        render_pending(
            container.sessions,
            edition_id,
            container.templates,
            container.settings.base_url,
            container.clock(),
            container.enqueue_now,
        )


def _do(trouble: Trouble, disturbances: list[Disturbance], looks: _Looks, say: Say) -> None:
    """Follow the plan as long as there is an issue to disturb.

    What hits nobody, because whoever it was meant for is being started, is tried again. It ends
    with PostgreSQL of use.
    """
    began = time.monotonic()
    until = began + disturbances[-1].at + _LATE
    waiting = list(disturbances)
    while trouble.deployment.postgres.is_out or (waiting and time.monotonic() < until):
        undo_due(trouble)
        trouble.deployment.tend()
        if not waiting or time.monotonic() < began + waiting[0].at:
            time.sleep(_LOOK_SECONDS)
            continue
        if looks.state() not in {None, IssueState.SENDING}:
            say(f"The issue was over before {len(waiting)} disturbances.")
            return
        if disturb(trouble, waiting[0]):
            heapq.heappop(waiting)
        elif must_wait(trouble, waiting[0]):
            time.sleep(_LOOK_SECONDS)
        else:
            one = replace(waiting[0], at=time.monotonic() - began + _AGAIN_SECONDS)
            heapq.heapreplace(waiting, one)


def _wait(deployment: Deployment, is_over: Callable[[], bool], seconds: float) -> bool:
    """Wait at most this long, with everything kept running; return whether it was over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        deployment.tend()
        if is_over():
            return True
        time.sleep(_LOOK_SECONDS * 3)
    return False
