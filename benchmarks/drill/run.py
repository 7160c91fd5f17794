"""A drill from beginning to end: set up, send, disturb, wait, judge."""

import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.session import transaction
from app.delivery.editions import render_pending
from app.delivery.finish import finish_issues
from app.issues.daily import launch_if_due
from app.models import Batch, Call, Delivery, Edition, Issue
from app.words import DeliveryState, IssueState
from benchmarks.drill.audience import (
    add_issue,
    add_readers,
    audience,
    draw_waves_together,
    n_early,
    n_undone,
    send_now,
)
from benchmarks.drill.disturb import Trouble, disturb, undo_due
from benchmarks.drill.house import House, start_house
from benchmarks.drill.inbox import of_issue, of_letters, taken
from benchmarks.drill.letters import LetterVerdict, judge_letters, letters, n_on_their_way
from benchmarks.drill.plan import Disturbance, Kind, Scope, event_knobs, plan
from benchmarks.drill.undone import undone
from benchmarks.drill.verdict import Row, Verdict, judge

Sender = Literal["devoured", "naive"]
Say = Callable[[str], None]

_LOOK_SECONDS: Final = 0.1
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


@dataclass(frozen=True)
class Report:
    """What was done, what came of it, and the verdict; `undone` is what fell short, in words."""

    verdict: Verdict
    letters: LetterVerdict
    n_early: int
    is_sent: bool
    done: Counter[Kind]
    undone: Sequence[str]
    faults: Counter[str]
    n_calls_dealt: int
    n_calls_lost: int
    states: Counter[DeliveryState]
    n_resolved_by_events: int
    n_queued_again: int
    n_refused_later: int
    send_seconds: float
    all_seconds: float

    @property
    def is_good(self) -> bool:
        """Whether all was sent, to everybody once, to nobody else and not before its time.

        And all was done to it that was to be done: an issue that nobody disturbed proves nothing.
        """
        is_right = self.verdict.is_good and self.letters.is_good
        return self.is_sent and is_right and not self.n_early and not self.undone


def run(seed: int, scope: Scope, sender: Sender, say: Say) -> Report:
    """The report of one drill; every process is gone afterwards.

    Raises:
        ChildError: a server did not start.
        TimeoutError: the issue did not get under way.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="devoured-drill-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user
        with start_house(Path(folder), scope, seed) as house:
            issue_id = _launch(house, scope, sender)
            with transaction(house.container.sessions) as session:
                draw_waves_together(session, issue_id, scope, house.container.clock())
            say(f"{time.monotonic() - began:.0f} s: the issue is on its way.")
            return _disturbed(house, issue_id, seed, scope, sender, began, say)


def _disturbed(
    house: House,
    issue_id: int,
    seed: int,
    scope: Scope,
    sender: Sender,
    began: float,
    say: Say,
) -> Report:
    trouble = Trouble(house, scope, seed)
    looks = _Looks(house, issue_id, is_naive=sender == "naive")
    send_began = time.monotonic()
    planned = plan(seed, scope)
    _do(trouble, planned, looks, say)
    undo_due(trouble, all_of_it=True)
    faults = house.dealt()
    if sender != "naive":  # the control sends under faults to its end, however slow the machine is
        house.calm()
    house.turn("events", event_knobs(seed, scope) | {"delay_seconds": [0, 0]})
    say(f"{time.monotonic() - began:.0f} s: all is calm; what is open is waited for.")
    is_sent = _wait(
        house, looks.is_over, _LONGEST_WAIT * scope.scale + _DELAYS + _SLOWLY * scope.seconds
    )
    send_seconds = time.monotonic() - send_began
    if sender == "naive":
        faults = house.dealt()
    time.sleep(_AFTERWARDS)  # whoever was frozen may still do harm
    house.close_slots()
    with transaction(house.container.sessions) as session:
        return _report(
            house,
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

    house: House
    issue_id: int
    is_naive: bool

    def state(self) -> IssueState | None:
        box = self.house.container
        try:
            with transaction(box.sessions) as session:
                if self.is_naive:
                    finish_issues(session, box.clock())
                return session.get_one(Issue, self.issue_id).state
        except OperationalError:
            return None

    def is_over(self) -> bool:
        """Whether nobody is left to be written to, letters among them.

        Without events readers stay in doubt, and for some time keep the issue open.
        """
        box = self.house.container
        try:
            with transaction(box.sessions) as session:
                if not self.is_naive and n_on_their_way(session):
                    return False
                if self.house.scope.transport == "smtp":
                    return not n_undone(session, self.issue_id)
        except OperationalError:
            return False
        return self.state() is IssueState.SENT


def _launch(house: House, scope: Scope, sender: Sender) -> int:
    """The issue, frozen and rendered, with somebody at work on it."""
    box = house.container
    with transaction(box.sessions) as session:
        issue_id = add_issue(session, scope, box.clock())
        add_readers(session, issue_id, scope, box.pepper, box.clock())
    house.open_slot("listener", "app.cli", "listen")
    with transaction(box.sessions, box.ring_now) as session:
        send_now(session, issue_id, box.clock())
    if sender == "naive":
        _launch_here(house, issue_id)
    for place in range(scope.n_workers):
        if sender == "naive":
            words = (str(place), str(scope.n_workers))
            house.open_slot(f"worker-{place}", "benchmarks.drill.naive", *words)
        else:
            house.open_slot(f"worker-{place}", "app.cli", "worker", "--concurrency", "2")
    house.open_slot("beat", "app.cli", "beat")

    def is_under_way() -> bool:
        with transaction(box.sessions) as session:
            return session.get_one(Issue, issue_id).rendered_at is not None

    if not _wait(house, is_under_way, _LAUNCH_SECONDS):
        raise TimeoutError("The issue did not get under way.")
    return issue_id


def _launch_here(house: House, issue_id: int) -> None:
    """Freeze and render without a worker."""
    box = house.container
    with transaction(box.sessions) as session:
        launch_if_due(session, issue_id, box.clock())
        editions = session.scalars(select(Edition.id).where(Edition.issue_id == issue_id)).all()
    for edition_id in editions:
        render_pending(
            box.sessions,
            edition_id,
            box.templates,
            box.settings.base_url,
            box.clock(),
            box.ring_now,
        )


def _do(trouble: Trouble, disturbances: list[Disturbance], looks: _Looks, say: Say) -> None:
    """Follow the plan as long as there is an issue to disturb.

    What hits nobody, because whoever it was meant for is being started, is tried again.
    """
    began = time.monotonic()
    until = began + disturbances[-1].at + _LATE
    waiting = deque(disturbances)
    while waiting and time.monotonic() < until:
        undo_due(trouble)
        trouble.house.tend()
        if time.monotonic() < began + waiting[0].at:
            time.sleep(_LOOK_SECONDS)
            continue
        if looks.state() not in {None, IssueState.SENDING}:
            say(f"The issue was over before {len(waiting)} disturbances.")
            return
        if disturb(trouble, waiting[0]):
            waiting.popleft()
        else:
            time.sleep(_LOOK_SECONDS)


def _wait(house: House, is_over: Callable[[], bool], seconds: float) -> bool:
    """Whether it was over within this time, with everything kept running."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        house.tend()
        if is_over():
            return True
        time.sleep(_LOOK_SECONDS * 3)
    return False


def _report(
    house: House,
    session: Session,
    issue_id: int,
    trouble: Trouble,
    planned: Sequence[Disturbance],
    faults: dict[str, Any],
    *,
    is_sent: bool,
    send_seconds: float,
    began: float,
) -> Report:
    rows = session.scalars(select(Delivery).where(Delivery.issue_id == issue_id)).all()
    ledger = {row.subscriber_id: Row(row.state, row.reason, row.provider_id) for row in rows}
    calls = select(func.count()).select_from(Call)
    again = select(func.coalesce(func.sum(Batch.n_readers), 0)).where(Batch.tries > 0)
    messages = taken(house)
    dealt, n_calls = Counter[str](faults["dealt"]), int(faults["n_calls"])
    n_faults = dealt.total() - dealt["slow"]
    return Report(
        verdict=judge(
            audience(session, issue_id),
            ledger,
            of_issue(messages, issue_id),
            is_doubt_left=house.scope.transport == "smtp",
        ),
        letters=judge_letters(letters(session), of_letters(messages)),
        n_early=n_early(session, issue_id),
        is_sent=is_sent,
        done=trouble.done,
        undone=undone(planned, trouble.done, house.scope, n_calls=n_calls, n_faults=n_faults),
        faults=dealt,
        n_calls_dealt=n_calls,
        n_calls_lost=session.scalar(calls.where(Call.state == "in_doubt")) or 0,
        states=Counter(row.state for row in rows),
        n_resolved_by_events=sum(row.call_id is None and row.event_at is not None for row in rows),
        n_queued_again=session.scalar(again.where(Batch.not_before.is_(None))) or 0,
        n_refused_later=session.scalar(again.where(Batch.not_before.is_not(None))) or 0,
        send_seconds=send_seconds,
        all_seconds=time.monotonic() - began,
    )
