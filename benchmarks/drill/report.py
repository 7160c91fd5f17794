"""The report of a drill: what was done, what came of it, and the verdict."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.enums import BatchOrigin, DeliveryState
from app.models import Batch, Call, Delivery
from benchmarks.drill.answers import (
    AnswerVerdict,
    judge_answers,
    n_waited,
    sent_again,
    told,
    unsettled,
)
from benchmarks.drill.audience import audience, n_early
from benchmarks.drill.deployment import Deployment
from benchmarks.drill.disturb import Trouble
from benchmarks.drill.inbox import numbered, of_issue, of_letters, readers_of, taken
from benchmarks.drill.letters import LetterVerdict, judge_letters, letters
from benchmarks.drill.plan import Disturbance, Kind
from benchmarks.drill.undone import undone
from benchmarks.drill.verdict import Row, Verdict, judge


@dataclass(frozen=True)
class Report:
    """What was done, what came of it, and the verdict; `undone` is what fell short, in words.

    `n_waited` Calls had an answer that PostgreSQL did not take at once. `n_overdue` workers did not
    end in time when they were told to stop.
    """

    verdict: Verdict
    letters: LetterVerdict
    answers: AnswerVerdict
    n_waited: int
    n_overdue: int
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
        """Return whether all was sent, to everybody once, to nobody else and not before its time.

        Besides, every answer that came is known, workers end when they are told to, and every
        planned disturbance was done: an issue that nobody disturbed proves nothing.
        """
        is_right = self.verdict.is_good and self.letters.is_good and not self.answers.forgotten
        is_in_time = not self.n_early and not self.n_overdue
        return self.is_sent and is_right and is_in_time and not self.undone


def report(
    deployment: Deployment,
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
    """Build the report at the end, with nothing left running but the servers."""
    rows = session.scalars(select(Delivery).where(Delivery.issue_id == issue_id)).all()
    ledger = {row.subscriber_id: Row(row.state, row.reason, row.provider_id) for row in rows}
    calls = select(func.count()).select_from(Call)
    tried_again = select(func.coalesce(func.sum(Batch.n_readers), 0)).where(Batch.tries > 0)
    messages = numbered(session, taken(deployment))
    dealt, n_calls = Counter[str](faults["dealt"]), int(faults["n_calls"])
    n_faults = dealt.total() - dealt["slow"]
    waited = n_waited(deployment)
    answers = judge_answers(unsettled(session), messages, told(deployment), trouble.killed)
    again = sent_again(messages, answers.known) if deployment.scope.in_doubt == "resend" else ()
    return Report(
        verdict=judge(
            audience(session, issue_id),
            ledger,
            of_issue(messages, issue_id),
            is_doubt_left=deployment.scope.transport == "smtp",
            may_be_twice=readers_of(again, issue_id),
        ),
        letters=judge_letters(letters(session), of_letters(messages)),
        answers=answers,
        n_waited=waited,
        n_overdue=trouble.n_overdue,
        n_early=n_early(session, issue_id),
        is_sent=is_sent,
        done=trouble.done,
        undone=undone(
            planned,
            trouble.done,
            deployment.scope,
            n_calls=n_calls,
            n_faults=n_faults,
            n_waited=waited,
        ),
        faults=dealt,
        n_calls_dealt=n_calls,
        n_calls_lost=session.scalar(calls.where(Call.state == "in_doubt")) or 0,
        states=Counter(row.state for row in rows),
        n_resolved_by_events=sum(row.accepted_by == "event" for row in rows),
        n_queued_again=session.scalar(tried_again.where(Batch.origin == BatchOrigin.DOUBT)) or 0,
        n_refused_later=session.scalar(tried_again.where(Batch.origin == BatchOrigin.REFUSED)) or 0,
        send_seconds=send_seconds,
        all_seconds=time.monotonic() - began,
    )
